"""Tests; this tree mirrors the project's."""

import os

import pytest

# COLUMNS makes pytest-xdist's workers print 80 columns wide, which breaks long names; through a pipe there is no limit.
os.environ.pop("COLUMNS", None)
pytest.register_assert_rewrite("tests.support")  # so that a failing assert there shows its values
