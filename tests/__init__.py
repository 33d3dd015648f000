"""Tests; this tree mirrors the project's."""

import os

import pytest

# Workers of pytest-xdist have a width of 80, in which long names would be broken; a pipe has none.
os.environ.pop("COLUMNS", None)
pytest.register_assert_rewrite("tests.support")  # so that a failing assert there shows its values
