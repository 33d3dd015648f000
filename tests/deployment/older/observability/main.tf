variable "prefix" {
  type = string
}

variable "account_id" {
  type = string
}

# Every log group of the account may use this key, as in the Terraform version.
resource "aws_kms_key" "logs" {
  description             = "KMS key for AI Gateway CloudWatch Logs encryption"
  deletion_window_in_days = 7
  enable_key_rotation     = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${var.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Effect    = "Allow"
        Principal = { Service = "logs.us-east-1.amazonaws.com" }
        Action    = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
        Resource  = "*"
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:us-east-1:${var.account_id}:log-group:*" }
        }
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
  retention_in_days = 365
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_cloudwatch_log_group" "otel" {
  name              = "/ecs/ai-gateway/otel"
  retention_in_days = 365
  kms_key_id        = aws_kms_key.logs.arn
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each        = toset(["ai-gateway/error-rate-by-provider", "ai-gateway/dev/gateway-errors"])
  name            = each.key
  log_group_names = [aws_cloudwatch_log_group.gateway.name]
  query_string    = "fields @timestamp | filter ispresent(responseTime) | stats count(*) by bin(1h)"
}

resource "aws_sns_topic" "alarms" {
  name = "${var.prefix}-alarms"
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "${var.prefix}-high-p99-latency"
  namespace           = "AIGateway"
  metric_name         = "ResponseTime"
  extended_statistic  = "p99"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5000
  evaluation_periods  = 5
  period              = 60
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.prefix
  dashboard_body = jsonencode({
    widgets = [{
      type = "metric", x = 0, y = 0, width = 6, height = 6
      properties = { metrics = [["AIGateway", "RequestCount"]], region = "us-east-1", title = "Requests" }
    }]
  })
}

output "log_groups" {
  value = { gateway = aws_cloudwatch_log_group.gateway.name, otel = aws_cloudwatch_log_group.otel.name }
}
