"""The Terraform stacks of this project."""
