"""Policies and trust of the pipeline's roles, without cdktf."""
