"""Arithmetic, names and documents, in plain Python without cdktf."""
