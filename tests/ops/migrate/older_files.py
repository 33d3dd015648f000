"""Variable files of the Terraform version of this gateway, as import tests read them."""

from pathlib import Path

TFVARS = {
    "dev": """environment = "dev"
aws_region = "us-east-1"
gateway_desired_count = 2
gateway_cpu = 512
gateway_memory = 1024
autoscaling_min_capacity = 1
autoscaling_max_capacity = 3
enable_waf = false
certificate_arn = ""
cognito_domain_prefix = "ai-gateway-dev"
enable_jwt_auth = false
""",
    "prod": """environment = "prod"
aws_region = "us-east-1"
gateway_desired_count = 2
gateway_cpu = 1024
gateway_memory = 2048
autoscaling_min_capacity = 2
autoscaling_max_capacity = 6
enable_waf = true
certificate_arn = "" # Set to your ACM cert ARN
cognito_domain_prefix = "ai-gateway-prod"
enable_jwt_auth = false
""",
    "staging": """environment = "staging"
aws_region = "us-east-1"
gateway_desired_count = 2
gateway_cpu = 1024
gateway_memory = 2048
autoscaling_min_capacity = 1
autoscaling_max_capacity = 4
enable_waf = true
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/abc-123"
cognito_domain_prefix = "ai-gateway-staging"
enable_jwt_auth = false
""",
}
"""Variables of dev, prod and staging, as in the Terraform version of this gateway."""
INPUTS = """include "root" {
  path = find_in_parent_folders()
}

locals {
  common = read_terragrunt_config(find_in_parent_folders("common.hcl", "_env/common.hcl"))
  env    = read_terragrunt_config("env.hcl")
}

inputs = merge(
  local.common.locals,
  local.env.locals,
  {
    gateway_desired_count    = 2
    gateway_cpu              = 1024
    gateway_memory           = 2048
    autoscaling_min_capacity = 1
    autoscaling_max_capacity = 4
    enable_waf               = true
    certificate_arn          = "arn:aws:acm:us-east-1:123456789012:certificate/abc-123"
    cognito_domain_prefix    = "ai-gateway-staging"
    enable_jwt_auth          = false
  }
)
"""


def terragrunt(folder: Path, **files: str) -> None:
    """Write the Terraform version's Terragrunt tree with a staging environment; `files` replace or add files."""
    texts = {
        "terragrunt.hcl": 'remote_state {\n  backend = "s3"\n}\n',
        "_env/common.hcl": 'locals {\n  project_name = "ai-gateway"\n  portkey_image = "portkeyai/gateway:1.15.2"\n}\n',
        "staging/env.hcl": 'locals {\n  environment = "staging"\n  aws_region = "us-east-1"\n}\n',
        "staging/terragrunt.hcl": INPUTS,
    }
    for name, text in (texts | files).items():
        path = folder / "terragrunt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
