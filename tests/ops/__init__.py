"""Tests of ops, the commands that operators run."""
