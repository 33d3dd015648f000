"""The task: containers, roles, service and autoscaling."""
