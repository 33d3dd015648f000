"""Tests of constructs_lib/network."""
