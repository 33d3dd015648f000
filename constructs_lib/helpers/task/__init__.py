"""Parts of the task definition, without cdktf."""
