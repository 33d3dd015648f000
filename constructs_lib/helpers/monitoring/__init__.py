"""Metrics, and fields and queries of the access log, without cdktf."""
