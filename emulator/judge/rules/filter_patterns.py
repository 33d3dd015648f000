"""JSON patterns of metric filters, which begin with a brace ("Filter pattern syntax", CloudWatch Logs user guide)."""

import re
from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

_SELECTOR = r"\$(?:\.[A-Za-z0-9_@-]+|\[(?:\d+|\*|'[^']*'|\"[^\"]*\")\])+"
_VALUE = r"(?:\"[^\"]*\"|%[^%]*%|[A-Za-z0-9_*:.?@/+-]+)"
_CONDITION = re.compile(
    rf"{_SELECTOR}\s*(?:(?:!=|>=|<=|=|>|<)\s*{_VALUE}|(?:IS\s+(?:NOT\s+)?(?:NULL|TRUE|FALSE))|NOT\s+EXISTS|EXISTS)"
)


def is_json_pattern(pattern: str) -> bool:
    """Whether the braces hold conditions that are joined by && and ||, with or without parentheses."""
    rest, before = re.sub(_CONDITION, " c ", pattern.strip()[1:-1]), ""
    while rest != before:
        before = rest
        rest = re.sub(r"\(\s*c\s*\)|\bc\s*(?:&&|\|\|)\s*c\b", " c ", rest)
    return rest.strip() == "c"


@rule("logs", "PutMetricFilter", source="AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html")
def json_pattern(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A JSON pattern has valid selectors, comparisons and operators."""
    pattern = str(call.params.get("filterPattern", "")).strip()
    if pattern.startswith("{") and pattern.endswith("}") and not is_json_pattern(pattern):
        yield Refusal("InvalidParameterException", "filterPattern", pattern, "Invalid metric filter pattern")
