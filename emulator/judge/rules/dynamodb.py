"""DynamoDB: rules that have to parse a call's expressions. Other rules are in dynamodb.toml."""

import re
from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "amazondynamodb/latest/APIReference/API_"
INVALID = "ValidationException"
QUOTAS = "amazondynamodb/latest/developerguide/Constraints.html"
EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
MOST_EXPRESSION_BYTES = 4096
PLACEHOLDERS = (("ExpressionAttributeNames", "#"), ("ExpressionAttributeValues", ":"))
CLAUSE = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)


@rule("dynamodb", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem", source=QUOTAS)
def expressions(call: Call, _: Cloud) -> Iterator[Refusal]:
    """An expression has at most 4 KB, every placeholder is defined, and every definition is used."""
    texts = {name: call.params[name] for name in EXPRESSIONS if call.params.get(name)}
    for name, text in texts.items():
        if (size := len(text.encode())) > MOST_EXPRESSION_BYTES:
            said = f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            yield Refusal(INVALID, name, f"{size} bytes", said)
    for kind, sigil in PLACEHOLDERS:
        used = {found for text in texts.values() for found in re.findall(rf"{sigil}\w+", text, re.ASCII)}
        given = set(call.params.get(kind, {}))
        if kind in call.params and not given:
            yield Refusal(INVALID, kind, {}, f"{kind} must not be empty")
        if malformed := sorted(one for one in given if not re.fullmatch(rf"{sigil}\w+", one, re.ASCII)):
            yield Refusal(INVALID, kind, malformed, f"{kind} contains invalid key: Syntax error")
        elif unused := sorted(given - used):
            yield Refusal(INVALID, kind, unused, "Value provided is unused in expressions")
        if missing := sorted(used - given):
            yield Refusal(INVALID, kind, missing, "every placeholder in an expression must be defined")


@rule("dynamodb", "UpdateItem", source=f"{API}UpdateItem.html")
def paths(call: Call, _: Cloud) -> Iterator[Refusal]:
    """An update sets each attribute once: the order of its clauses is not defined."""
    parts = CLAUSE.split(call.params.get("UpdateExpression") or "")[2::2]
    found = [entry.split("=")[0].split()[0] for part in parts for entry in _entries(part)]
    for path in sorted({one for one in found if found.count(one) > 1}):
        said = "Two document paths overlap with each other; must remove or rewrite one of these paths"
        yield Refusal(INVALID, "UpdateExpression", path, said)


def _entries(clause: str) -> Iterator[str]:
    """The parts of a clause between its commas; commas in parentheses do not count."""
    depth, entry = 0, ""
    for character in f"{clause},":
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            if entry.strip():
                yield entry
            entry = ""
        else:
            entry += character
