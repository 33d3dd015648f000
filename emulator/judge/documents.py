"""Parses and evaluates IAM policy documents for the judge's rules."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from emulator.judge.refusal import Refusal


def listed(value: Any) -> list[Any]:
    """A value that a document may hold alone or in a list, as a list; empty for None."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def statements(text: str) -> list[dict[str, Any]]:
    """The statements of a policy document; empty where it cannot be parsed."""
    try:
        document = json.loads(text)
    except ValueError:
        return []
    return (
        [one for one in listed(document.get("Statement")) if isinstance(one, dict)]
        if isinstance(document, dict)
        else []
    )


def malformed(text: str, *, member: str, code: str, with_principal: bool) -> Iterator[Refusal]:
    """Yield what breaks the grammar of policies (IAM user guide, "Grammar of the IAM JSON policy language").

    `with_principal`: each statement needs a principal (a resource's policy); otherwise none may have one.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        yield Refusal(code, member, text, f"must be a JSON document: {error}")
        return
    if not isinstance(document, dict) or not listed(document.get("Statement")):
        yield Refusal(code, member, text, "must hold at least one statement")
        return
    if document.get("Version") not in {"2012-10-17", "2008-10-17", None}:
        yield Refusal(code, f"{member}.Version", document["Version"], "must be 2012-10-17 or 2008-10-17")
    identifiers = [one.get("Sid") for one in statements(text) if one.get("Sid")]
    if len(set(identifiers)) < len(identifiers):
        yield Refusal(code, f"{member}.Statement.Sid", identifiers, "must be unique in the document")
    for number, one in enumerate(statements(text)):
        yield from _malformed_statement(one, f"{member}.Statement[{number}]", code, with_principal=with_principal)


def _malformed_statement(one: dict[str, Any], place: str, code: str, *, with_principal: bool) -> Iterator[Refusal]:
    known = {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
    for key in one.keys() - known:
        yield Refusal(code, f"{place}.{key}", one[key], f"must be one of {', '.join(sorted(known))}")
    if one.get("Effect") not in {"Allow", "Deny"}:
        yield Refusal(code, f"{place}.Effect", one.get("Effect"), "must be Allow or Deny")
    if not listed(one.get("Action")) and not listed(one.get("NotAction")):
        yield Refusal(code, f"{place}.Action", None, "a statement must have Action or NotAction")
    has = "Principal" in one or "NotPrincipal" in one
    if has is not with_principal:
        needed, unwanted = "a resource-based policy must have a Principal", "an identity-based policy must have none"
        said = needed if with_principal else unwanted
        yield Refusal(code, f"{place}.Principal", one.get("Principal"), said)


def size(text: str) -> int:
    """The characters of a document that count for IAM's quotas: all but white space ("IAM and STS quotas")."""
    return sum(not character.isspace() for character in text)


def _principals(one: Mapping[str, Any], kind: str) -> list[str]:
    found = one.get("Principal")
    if found == "*":
        return ["*"]
    return [str(item) for item in listed(found.get(kind))] if isinstance(found, dict) else []


def _acts(one: Mapping[str, Any], action: str) -> bool:
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in listed(one.get("Action")))


def _holds(condition: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Whether a condition is met by the known keys; a condition on any other key counts as met."""
    for operator, lines in condition.items():
        for key, wanted in lines.items():
            if key not in context:
                continue
            exact = operator in {"StringEquals", "ArnEquals"} and not any(
                set("*?") & set(str(w)) for w in listed(wanted)
            )
            value = context[key]
            hit = any(value == w if exact else fnmatchcase(value, str(w)) for w in listed(wanted))
            if hit is operator.startswith(("StringNot", "ArnNot")):
                return False
    return True


def lets_service(text: str, service: str, action: str, context: Mapping[str, str], resource: str = "*") -> bool:
    """Whether a resource-based policy allows an AWS service an action, and no statement denies it."""
    allowed = False
    for one in statements(text):
        named = _principals(one, "Service") + [p for p in _principals(one, "AWS") if p == "*"]
        resources = listed(one.get("Resource", "*"))
        if not any(fnmatchcase(service, pattern) for pattern in named) or not _acts(one, action):
            continue
        if not any(resource == "*" or fnmatchcase(resource, str(pattern)) for pattern in resources):
            continue
        if _holds(one.get("Condition", {}), context):
            if one.get("Effect") == "Deny":
                return False
            allowed = True
    return allowed


def lets_account(text: str, account_id: str, action: str) -> bool:
    """Whether a resource-based policy lets an account's IAM policies allow an action."""
    roots = {"*", account_id}
    return any(
        one.get("Effect") == "Allow"
        and _acts(one, action)
        and any(p in roots or p.endswith(f":iam::{account_id}:root") for p in _principals(one, "AWS"))
        for one in statements(text)
    )


def dns_suffix(region: str) -> str:
    """The DNS suffix of services in a region, which is also in their principals, e.g. `amazonaws.com`."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
