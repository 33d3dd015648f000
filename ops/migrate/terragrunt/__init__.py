"""Reads variables from the files of a Terraform or Terragrunt project; Terraform itself evaluates the expressions."""
