"""Helpers that several test folders share. A test module imports from here and its own folder, never from a test."""
