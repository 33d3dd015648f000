"""What the task definition is made of, without cdktf."""
