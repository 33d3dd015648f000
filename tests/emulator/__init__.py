"""Tests of the embedded AWS by itself."""
