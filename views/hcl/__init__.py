"""`make hcl`: exports synthesized stacks as readable HCL, one module for all environments."""
