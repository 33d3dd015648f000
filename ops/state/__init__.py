"""The Terraform state: its bucket and lock table, repair, stored plans, and finding resources that it lacks."""
