"""Arithmetic, names and documents: plain Python that never imports cdktf."""
