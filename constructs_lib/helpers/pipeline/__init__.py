"""Policies and trust policies of the pipeline's roles, without cdktf."""
