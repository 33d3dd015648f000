"""Every pattern of the services that the stack uses is compared as in Java."""

import re

from constructs_lib.helpers.monitoring.access_log import METRIC_FILTERS
from emulator.judge import patterns
from emulator.judge.refusal import CODES
from emulator.judge.rules.filter_patterns import is_json_pattern
from emulator.wire.calls import service_model

import pytest

NOT_COMPARABLE: set[tuple[str, str]] = set()
"""Patterns that Python cannot compare, by service and shape. The emulator accepts any value for them."""


@pytest.mark.parametrize("service", sorted(CODES))
def test_every_pattern_is_translated(service: str) -> None:
    """Every pattern can be translated, except those in NOT_COMPARABLE."""
    model = service_model(service)
    failed = set()
    for name in model.shape_names:
        pattern = model.shape_for(name).metadata.get("pattern")
        try:
            patterns.translated(pattern or "")
        except (KeyError, ValueError, re.error):
            failed.add((service, name))
    assert failed == {one for one in NOT_COMPARABLE if one[0] == service}


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Größe 1", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "a#b", False),
        (r"\p{Print}+", "service name", True),
        (r"\p{Print}+", "tab\t", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "🙂", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "\x00", False),
        (r"[\w-_]*", "a-b_c", True),
        (r"\d+", "\u0661", False),
        (r"[a-z]+", "ab1", False),
        (r"^[0-9a-z]{3}", "abcdef", True),
        (r"^[0-9a-z]{3}$", "abcdef", False),
    ],
)
def test_a_value_fits_as_a_whole(pattern: str, value: str, *, fits: bool) -> None:
    """Java's properties, classes and surrogates work, digits and words are ASCII, and ^ without $ matches a prefix."""
    assert patterns.fits(pattern, value) is fits


@pytest.mark.parametrize(
    ("pattern", "sound"),
    [
        *((pattern, True) for pattern in METRIC_FILTERS.values()),
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        ("{ $.bandwidth > 75 || $.latency < 1e-3 }", True),
        ("{ $.a = }", False),
        ("{ $.a == 1 }", False),
        ("{ a = 1 }", False),
        ("{ ($.a = 1 }", False),
        ("{ $.a = 1 & $.b = 2 }", False),
        ("{ $.a = 1 $.b = 2 }", False),
        ("{ }", False),
    ],
)
def test_a_filters_pattern(pattern: str, *, sound: bool) -> None:
    """The stack's patterns and those of the CloudWatch Logs user guide are valid, malformed ones are not."""
    assert is_json_pattern(pattern) is sound
