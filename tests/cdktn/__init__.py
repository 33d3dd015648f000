"""Tests with cdktn, the successor of cdktf, and its own packages."""
