"""Tests; this tree mirrors the project's."""

import pytest

pytest.register_assert_rewrite("tests.support")  # so that a failing assert there shows its values
