variable "environment" {
  type = string
}

resource "aws_cognito_user_pool" "gateway" {
  name                = "ai-gateway-${var.environment}"
  deletion_protection = "ACTIVE"
  admin_create_user_config {
    allow_admin_create_user_only = true
  }
  tags = { Name = "ai-gateway-${var.environment}" }
}

resource "aws_cognito_resource_server" "gateway" {
  identifier   = "https://gateway.internal"
  name         = "ai-gateway-${var.environment}"
  user_pool_id = aws_cognito_user_pool.gateway.id
  scope {
    scope_name        = "invoke"
    scope_description = "Call the gateway"
  }
  scope {
    scope_name        = "admin"
    scope_description = "Configure the gateway"
  }
}

resource "aws_cognito_user_pool_client" "m2m" {
  name                                 = "ai-gateway-m2m-${var.environment}"
  user_pool_id                         = aws_cognito_user_pool.gateway.id
  generate_secret                      = true
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_scopes                 = aws_cognito_resource_server.gateway.scope_identifiers
  access_token_validity                = 1
  token_validity_units {
    access_token = "hours"
  }
}

resource "aws_cognito_user_pool_domain" "gateway" {
  domain       = "ai-gateway-${var.environment}"
  user_pool_id = aws_cognito_user_pool.gateway.id
}
