"""Tests of constructs_lib/task."""
