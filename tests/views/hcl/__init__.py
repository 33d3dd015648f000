"""Tests of views/hcl."""
