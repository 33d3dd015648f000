"""What people and other programs read: diagrams, tables, HCL."""
