"""A synthesized stack as readable HCL, one module for all environments."""
