"""Tests of ops/gateway."""
