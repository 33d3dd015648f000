"""Real Terraform applies the synthesized stack onto the embedded AWS."""
