"""Tests of local, the package behind `make run`."""
