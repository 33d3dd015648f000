"""Generated views of the environments: diagrams, cost estimates, tables of the docs, HCL."""
