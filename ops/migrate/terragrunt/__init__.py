"""What the files of a Terraform or Terragrunt project set, evaluated by Terraform itself."""
