"""Names of metrics and log fields, without cdktf."""
