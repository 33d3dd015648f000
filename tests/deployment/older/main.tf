# A deployment like the Terraform version of this gateway: the same modules and resource types, names without the
# environment, its own security groups, one key for several log groups, and a protected user pool and load balancer.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
  backend "s3" {}
}

variable "environment" {
  type = string
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = {
      Project     = "ai-gateway"
      ManagedBy   = "terraform"
      Environment = var.environment
    }
  }
}

data "aws_caller_identity" "current" {}

module "observability" {
  source     = "./observability"
  account_id = data.aws_caller_identity.current.account_id
  prefix     = "ai-gateway-${var.environment}"
}

module "network" {
  source = "./network"
  prefix = "ai-gateway-${var.environment}"
}

module "edge" {
  source     = "./edge"
  prefix     = "ai-gateway-${var.environment}"
  vpc_id     = module.network.vpc_id
  subnet_ids = module.network.public_subnet_ids
}

module "identity" {
  source      = "./identity"
  environment = var.environment
}

module "compute" {
  source           = "./compute"
  prefix           = "ai-gateway-${var.environment}"
  account_id       = data.aws_caller_identity.current.account_id
  vpc_id           = module.network.vpc_id
  subnet_ids       = module.network.private_subnet_ids
  balancer_group   = module.edge.security_group_id
  target_group_arn = module.edge.target_group_arn
  resource_label   = module.edge.resource_label
  log_groups       = module.observability.log_groups
}
