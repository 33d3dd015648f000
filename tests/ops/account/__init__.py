"""Tests of ops/account."""
