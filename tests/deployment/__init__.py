"""Tests in which real Terraform applies the synthesized stacks to the embedded AWS."""
