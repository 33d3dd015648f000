"""Runs parliament in policy/.venv: reads a JSON list of IAM documents, and writes the findings of each as JSON.

Parliament supports identity policies only. For resource policies and trust policies, only the actions are checked.
"""

import json
import sys
from typing import Any

from parliament import analyze_policy_string

ABOUT_RESOURCES = {"RESOURCE_STAR", "RESOURCE_MISMATCH"}


def _plain(condition: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """A condition with each list of one replaced by its item, since parliament 1.6 fails on lists under Bool."""
    return {
        operator: {
            key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in line.items()
        }
        for operator, line in condition.items()
    }


def _statement(statement: dict[str, Any], *, identity: bool) -> dict[str, Any]:
    if identity:
        return {**statement, **({"Condition": _plain(statement["Condition"])} if "Condition" in statement else {})}
    return {"Effect": statement["Effect"], "Action": statement["Action"], "Resource": "*"}


def findings(document: str) -> list[dict[str, str]]:
    """Parliament's findings about one IAM document, as `check` and `title`."""
    statements = json.loads(document)["Statement"]
    identity = not any("Principal" in statement for statement in statements)
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [_statement(statement, identity=identity) for statement in statements],
        }
    )
    return [
        {"check": f"IAM_{one.issue}", "title": " ".join(f"{one.title or ''} {one.detail}".split())}
        for one in analyze_policy_string(text).findings
        if identity or one.issue not in ABOUT_RESOURCES
    ]


if __name__ == "__main__":
    json.dump([findings(document) for document in json.load(sys.stdin)], sys.stdout)
