"""Tests of constructs_lib/bindings."""
