"""Moving over from the Terraform version: settings and deployed resources."""
