"""Checks that each setting is read by code and that its rule has a test."""

import re

from envs.schema import Environment
from tools.environment import ROOT

import attrs

FIELDS = attrs.fields(Environment)


def test_every_setting_is_read() -> None:
    """Each setting is read as an attribute in a construct, a stack, a command, or a property of the schema."""
    folders = ("constructs_lib", "envs/schema", "ops", "stacks")
    sources = "".join(path.read_text(encoding="utf-8") for name in folders for path in (ROOT / name).glob("**/*.py"))
    sources += (ROOT / "main.py").read_text(encoding="utf-8")
    attributes = set(re.findall(r"\.([a-z]\w+)", sources))
    unread = [field.name for field in FIELDS if field.name not in attributes]
    assert not unread, f"settings in envs/schema/ that no code reads: {', '.join(unread)}; pass them on in stacks/"


def test_every_rule_of_a_setting_is_tested() -> None:
    """For each setting with a rule, a test expects a message about its value."""
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "envs").glob("*.py"))
    tested = set(re.findall(r"""["']([a-z]\w+)=.*: """, tests))
    untested = [field.name for field in FIELDS if field.metadata["rule"] and field.name not in tested]
    assert not untested, (
        f"settings with a rule that no test breaks: {', '.join(untested)}; "
        "add a row with a refused value and the exact message to tests/envs/test_schema.py"
    )
