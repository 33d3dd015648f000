"""WAF: statements, capacity of rule groups, IP sets in use. Other rules are in wafv2.toml."""

import re
from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.records import parts
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "waf/latest/APIReference/API_"
INVALID = "WAFInvalidParameterException"
AWS_GROUPS = frozenset(
    {
        "AWSManagedRulesCommonRuleSet", "AWSManagedRulesAdminProtectionRuleSet", "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet", "AWSManagedRulesLinuxRuleSet", "AWSManagedRulesUnixRuleSet",
        "AWSManagedRulesWindowsRuleSet", "AWSManagedRulesPHPRuleSet", "AWSManagedRulesWordPressRuleSet",
        "AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesAnonymousIpList", "AWSManagedRulesBotControlRuleSet",
        "AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesAntiDDoSRuleSet",
    }
)  # fmt: skip
"""AWS's managed rule groups ("AWS Managed Rules rule groups list", WAF developer guide)."""
MORE_THAN_ONE = "must hold at least two statements, field: {}"
WINDOWS = (60, 120, 300, 600)
NESTED = ("AndStatement", "OrStatement")
TOP = ("ManagedRuleGroupStatement", "RuleGroupReferenceStatement", "RateBasedStatement")
"""Statements that stand alone in their rule: no other statement holds them."""


@rule("wafv2", "CreateWebACL", "UpdateWebACL", source=f"{API}Statement.html")
def statements_of_an_acl(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A statement has exactly one kind; managed rule groups and evaluation windows are ones that AWS has."""
    for place, statement in parts(call.params, "Rules[].Statement"):
        yield from _statement(statement or {}, place)


def _statement(statement: dict[str, Any], place: str, *, inside: bool = False) -> Iterator[Refusal]:
    if len(statement) != 1:
        yield Refusal(INVALID, place, sorted(statement), "must hold exactly one statement")
        return
    ((kind, body),) = statement.items()
    where = f"{place}.{kind}"
    if inside and kind in TOP:
        yield Refusal(INVALID, place, kind, "cannot be nested inside another statement, field: STATEMENT")
    yield from _content(kind, body, where)
    inner = {
        f"{where}.ScopeDownStatement": body.get("ScopeDownStatement"),
        f"{where}.Statement": body.get("Statement"),
        **{f"{where}.Statements[{number}]": one for number, one in enumerate(body.get("Statements", []))},
    }
    for inner_place, one in inner.items():
        if one is not None:
            yield from _statement(one, inner_place, inside=True)


def _content(kind: str, body: dict[str, Any], where: str) -> Iterator[Refusal]:
    """What is wrong with a statement itself, whatever statements it holds."""
    if kind == "ManagedRuleGroupStatement" and body.get("VendorName") == "AWS" and body.get("Name") not in AWS_GROUPS:
        said = "AWS has no such managed rule group"
        yield Refusal("WAFNonexistentItemException", f"{where}.Name", body.get("Name"), said)
    if kind == "RegexMatchStatement" and not _is_regex(str(body.get("RegexString"))):
        yield Refusal(INVALID, f"{where}.RegexString", body.get("RegexString"), "is not a valid regular expression")
    if kind == "RateBasedStatement":
        yield from _rate(body, where)
    if kind in NESTED and len(body.get("Statements", [])) < 2:
        said = MORE_THAN_ONE.format(re.sub(r"(?<!^)(?=[A-Z])", "_", kind).upper())
        yield Refusal(INVALID, f"{where}.Statements", len(body.get("Statements", [])), said)


def _rate(body: dict[str, Any], where: str) -> Iterator[Refusal]:
    """A window that there is, and keys that fit."""
    window, keys = body.get("EvaluationWindowSec", 300), body.get("CustomKeys") or []
    if window not in WINDOWS:
        yield Refusal(INVALID, f"{where}.EvaluationWindowSec", window, "must be 60, 120, 300 or 600")
    if (body.get("AggregateKeyType") == "CUSTOM_KEYS") is not bool(keys):
        said = "must be CUSTOM_KEYS where CustomKeys is set, and another value where it is not"
        yield Refusal(INVALID, f"{where}.AggregateKeyType", body.get("AggregateKeyType"), said)
    if [list(one) for one in keys] in ([["IP"]], [["ForwardedIP"]]):
        said = "to aggregate on the IP address alone, use the AggregateKeyType IP or FORWARDED_IP"
        yield Refusal(INVALID, f"{where}.CustomKeys", keys, said)


def _is_regex(text: str) -> bool:
    """Whether parentheses and brackets are closed. What only one of Python and PCRE knows is let through."""
    try:
        re.compile(text)
    except re.error as error:
        return not error.msg.startswith(("missing )", "unbalanced", "unterminated character set", "nothing to repeat"))
    return True


UNITS = {"SqliMatchStatement": 20, "XssMatchStatement": 40, "RegexMatchStatement": 3, "RateBasedStatement": 2}
"""The least web ACL capacity units of a statement; 1 for any other ("AWS WAF web ACL capacity units")."""


@rule("wafv2", "CreateRuleGroup", "UpdateRuleGroup", source=f"{API}CreateRuleGroup.html")
def capacity(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A rule group's capacity is at least what its rules need."""
    most = call.params.get("Capacity")
    needed = sum(UNITS.get(next(iter(one.get("Statement") or {}), ""), 1) for one in call.params.get("Rules", []))
    if most is not None and needed > most:
        said = f"must be at least {needed}, the capacity that the rules need"
        yield Refusal(INVALID, "Capacity", most, said)


@rule("wafv2", "DeleteIPSet", source=f"{API}DeleteIPSet.html")
def ip_set(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An IP set that a web ACL's rule uses cannot be deleted."""
    backend, identifier = cloud.backend("wafv2"), call.params.get("Id")
    for held in backend.ip_sets.values():
        users = [acl.arn for acl in backend.wacls.values() if held.arn in str([one.to_dict() for one in acl.rules])]
        if held.ip_set_id == identifier and users:
            said = f"AWS WAF couldn't perform the operation because your resource is being used by {users[0]}"
            yield Refusal("WAFAssociatedItemException", "Id", identifier, said)
