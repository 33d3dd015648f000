"""Tests; this tree mirrors the project's."""
