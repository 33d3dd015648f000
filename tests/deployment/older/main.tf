# A deployment as the older project made it: modules, names without the environment, its own security groups.
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
      ManagedBy   = "terragrunt"
      Environment = var.environment
    }
  }
}

module "network" {
  source      = "./network"
  environment = var.environment
}

resource "aws_security_group" "alb" {
  name        = "ai-gateway-${var.environment}-alb-sg"
  description = "ALB"
  vpc_id      = module.network.vpc_id
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "main" {
  name               = "ai-gateway-${var.environment}"
  load_balancer_type = "application"
  security_groups    = [aws_security_group.alb.id]
  subnets            = module.network.public_subnet_ids

  # AWS refuses a public load balancer in a VPC without an internet gateway.
  depends_on = [module.network]
}

resource "aws_lb_target_group" "gateway" {
  name        = "ai-gateway-${var.environment}-tg"
  port        = 8787
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = module.network.vpc_id
  health_check {
    path = "/"
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.main.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.gateway.arn
  }
}

resource "aws_cognito_user_pool" "gateway" {
  name = "ai-gateway-${var.environment}"
  admin_create_user_config {
    allow_admin_create_user_only = true
  }
}

resource "aws_cognito_resource_server" "gateway" {
  identifier   = "https://gateway.internal"
  name         = "AI gateway"
  user_pool_id = aws_cognito_user_pool.gateway.id
  scope {
    scope_name        = "invoke"
    scope_description = "Call the gateway"
  }
}

resource "aws_cognito_user_pool_client" "m2m" {
  name                                 = "ai-gateway-m2m"
  user_pool_id                         = aws_cognito_user_pool.gateway.id
  generate_secret                      = true
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_scopes                 = aws_cognito_resource_server.gateway.scope_identifiers
}

resource "aws_cognito_user_pool_domain" "main" {
  domain       = "ai-gateway-${var.environment}"
  user_pool_id = aws_cognito_user_pool.gateway.id
}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "logs" {
  description         = "Logs of the AI gateway"
  enable_key_rotation = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { Service = "logs.us-east-1.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "logs" {
  name          = "alias/ai-gateway-logs"
  target_key_id = aws_kms_key.logs.key_id
}

resource "aws_cloudwatch_log_group" "gateway" {
  name              = "/ecs/ai-gateway/gateway"
  retention_in_days = 30
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_ecr_repository" "gateway" {
  name = "ai-gateway"
}

resource "aws_sqs_queue" "audit" {
  name = "ai-gateway-audit"
}
