"""Tests of ops/state."""
