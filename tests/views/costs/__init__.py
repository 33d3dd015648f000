"""Tests of views/costs."""
