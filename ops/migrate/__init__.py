"""Moving from an older Terraform or Terragrunt project to this one: its settings and its deployed resources."""
