"""The task: containers, roles, service, autoscaling."""
