variable "prefix" {
  type = string
}

variable "account_id" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  type = list(string)
}

variable "balancer_group" {
  type = string
}

variable "target_group_arn" {
  type = string
}

variable "resource_label" {
  type = string
}

variable "log_groups" {
  type = map(string)
}

locals {
  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" },
    ]
  })
}

resource "aws_kms_key" "this" {
  for_each                = { ecr = "ECR", secrets = "secrets" }
  description             = "KMS key for AI Gateway ${each.value} encryption"
  deletion_window_in_days = 7
  enable_key_rotation     = true
}

resource "aws_kms_alias" "this" {
  for_each      = aws_kms_key.this
  name          = "alias/ai-gateway-${each.key}"
  target_key_id = each.value.key_id
}

resource "aws_ecr_repository" "gateway" {
  name                 = "ai-gateway-gateway"
  image_tag_mutability = "IMMUTABLE"
  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = aws_kms_key.this["ecr"].arn
  }
}

resource "aws_ecr_lifecycle_policy" "gateway" {
  repository = aws_ecr_repository.gateway.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 10 }
      action       = { type = "expire" }
    }]
  })
}

resource "aws_secretsmanager_secret" "provider" {
  for_each   = toset(["openai", "anthropic"])
  name       = "ai-gateway/${each.key}-api-key"
  kms_key_id = aws_kms_key.this["secrets"].arn
}

resource "aws_secretsmanager_secret_version" "provider" {
  for_each      = aws_secretsmanager_secret.provider
  secret_id     = each.value.id
  secret_string = "REPLACE_ME"
}

resource "aws_iam_role" "execution" {
  name               = "${var.prefix}-task-execution"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_iam_role_policy" "secrets" {
  name = "secrets-access"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = "arn:aws:secretsmanager:us-east-1:${var.account_id}:secret:ai-gateway/*"
    }]
  })
}

resource "aws_iam_role" "task" {
  name               = "${var.prefix}-task"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "bedrock" {
  name = "bedrock-access"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "bedrock:InvokeModel*", Resource = "*" }]
  })
}

resource "aws_iam_role_policy" "observability" {
  name = "observability"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "cloudwatch:PutMetricData", Resource = "*" }]
  })
}

# The log group that the ecs module creates for a cluster, and the cluster's configuration.
resource "aws_cloudwatch_log_group" "cluster" {
  name              = "/aws/ecs/${var.prefix}"
  retention_in_days = 90
}

resource "aws_ecs_cluster" "this" {
  name = var.prefix
  setting {
    name  = "containerInsights"
    value = "enhanced"
  }
  configuration {
    execute_command_configuration {
      logging = "OVERRIDE"
      log_configuration {
        cloud_watch_log_group_name = aws_cloudwatch_log_group.cluster.name
      }
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
    base              = 1
  }
}

# The ecs module also creates log groups for the containers, although they log to other groups.
resource "aws_cloudwatch_log_group" "container" {
  for_each          = toset(["gateway", "otel-collector"])
  name              = "/aws/ecs/ai-gateway-gateway/${each.key}"
  retention_in_days = 30
}

resource "aws_security_group" "service" {
  name_prefix = "ai-gateway-gateway-"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  security_group_id            = aws_security_group.service.id
  from_port                    = 8787
  to_port                      = 8787
  ip_protocol                  = "tcp"
  referenced_security_group_id = var.balancer_group
}

resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = aws_security_group.service.id
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_ecs_task_definition" "this" {
  family                   = "ai-gateway-gateway"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  container_definitions = jsonencode([
    {
      name         = "gateway"
      image        = "portkeyai/gateway:1.15.2"
      essential    = true
      portMappings = [{ containerPort = 8787, hostPort = 8787, protocol = "tcp" }]
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = var.log_groups["gateway"]
          awslogs-region        = "us-east-1"
          awslogs-stream-prefix = "gateway"
        }
      }
    },
  ])
}

resource "aws_ecs_service" "this" {
  name            = "ai-gateway-gateway"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = 2
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = var.subnet_ids
    security_groups = [aws_security_group.service.id]
  }
  load_balancer {
    target_group_arn = var.target_group_arn
    container_name   = "gateway"
    container_port   = 8787
  }
  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 1
  max_capacity       = 3
}

resource "aws_appautoscaling_policy" "requests" {
  name               = "requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this.service_namespace
  resource_id        = aws_appautoscaling_target.this.resource_id
  scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value = 500
    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = var.resource_label
    }
  }
}
