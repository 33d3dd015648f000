"""The gateway itself: the task's containers run here as processes and answer."""
