"""The Terraform state and what it should hold: backend, recovery, finding resources."""
