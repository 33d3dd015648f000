"""Tests of the gateway: the task's containers run on this machine as processes and answer requests."""
