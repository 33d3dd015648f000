"""Web ACLs: rules in an order, with the action that suits them, before something that exists."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
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
"""The rule groups of the vendor AWS ("AWS Managed Rules rule groups list", WAF developer guide)."""
MORE_THAN_ONE = "must hold at least two statements, field: {}"
WINDOWS = (60, 120, 300, 600)
GROUPS = ("ManagedRuleGroupStatement", "RuleGroupReferenceStatement")
NESTED = ("AndStatement", "OrStatement")


@rule("wafv2", "CreateWebACL", "UpdateWebACL", source=f"{API}Rule.html")
def rules_of_an_acl(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Names and priorities are unique; a group of rules is overridden, any other rule acts."""
    given = call.params.get("Rules", [])
    for member in ("Name", "Priority"):
        values = [one.get(member) for one in given]
        if len(set(values)) < len(values):
            yield Refusal(INVALID, f"Rules.{member}", values, f"{member} must be unique within the web ACL")
    for number, one in enumerate(given):
        place = f"Rules[{number}]"
        statement = one.get("Statement") or {}
        of_group = any(name in statement for name in GROUPS)
        wanted, other = ("OverrideAction", "Action") if of_group else ("Action", "OverrideAction")
        if not one.get(wanted) or one.get(other):
            said = f"{'a rule group' if of_group else 'this rule'} takes {wanted} and not {other}"
            yield Refusal(INVALID, f"{place}.{wanted}", sorted(one), said)
        yield from _statement(statement, f"{place}.Statement")


def _statement(statement: dict[str, Any], place: str) -> Iterator[Refusal]:
    if len(statement) != 1:
        yield Refusal(INVALID, place, sorted(statement), "must hold exactly one statement")
        return
    ((kind, body),) = statement.items()
    where = f"{place}.{kind}"
    if kind == "ManagedRuleGroupStatement" and body.get("VendorName") == "AWS" and body.get("Name") not in AWS_GROUPS:
        said = "AWS has no such managed rule group"
        yield Refusal("WAFNonexistentItemException", f"{where}.Name", body.get("Name"), said)
    if kind == "RateBasedStatement":
        window = body.get("EvaluationWindowSec", 300)
        if window not in WINDOWS:
            yield Refusal(INVALID, f"{where}.EvaluationWindowSec", window, "must be 60, 120, 300 or 600")
        if (body.get("AggregateKeyType") == "CUSTOM_KEYS") is not bool(body.get("CustomKeys")):
            said = "goes together with CustomKeys, and with nothing else"
            yield Refusal(INVALID, f"{where}.AggregateKeyType", body.get("AggregateKeyType"), said)
    if kind in NESTED:
        inner = body.get("Statements", [])
        if len(inner) < 2:
            yield Refusal(
                INVALID,
                f"{where}.Statements",
                len(inner),
                MORE_THAN_ONE.format(re.sub(r"(?<!^)(?=[A-Z])", "_", kind).upper()),
            )
        for number, one in enumerate(inner):
            yield from _statement(one, f"{where}.Statements[{number}]")
    if kind == "NotStatement":
        yield from _statement(body.get("Statement") or {}, f"{where}.Statement")


@rule("wafv2", "CreateIPSet", "UpdateIPSet", source=f"{API}CreateIPSet.html")
def addresses(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Addresses are in CIDR notation."""
    for number, text in enumerate(call.params.get("Addresses", [])):
        if "/" not in str(text) or not _is_network(str(text)):
            yield Refusal(INVALID, f"Addresses[{number}]", text, "must be in CIDR notation, field: IP_ADDRESS")


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


UNITS = {"SqliMatchStatement": 20, "XssMatchStatement": 40, "RegexMatchStatement": 3, "RateBasedStatement": 2}
"""Web ACL capacity units that a statement needs at least; another one needs 1 ("AWS WAF web ACL capacity units")."""


@rule("wafv2", "CreateRuleGroup", "UpdateRuleGroup", source=f"{API}CreateRuleGroup.html")
def capacity(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A rule group has the capacity that its rules need at least."""
    most = call.params.get("Capacity")
    needed = sum(UNITS.get(next(iter(one.get("Statement") or {}), ""), 1) for one in call.params.get("Rules", []))
    if most is not None and needed > most:
        said = f"the capacity must be at least what its rules need, {needed}"
        yield Refusal(INVALID, "Capacity", most, said)


@rule("wafv2", "AssociateWebACL", source=f"{API}AssociateWebACL.html")
def association(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Web ACL and load balancer exist in this region."""
    arn, resource = str(call.params.get("WebACLArn", "")), str(call.params.get("ResourceArn", ""))
    if ":loadbalancer/" in resource and cloud.load_balancer(resource) is None:
        yield Refusal("WAFUnavailableEntityException", "ResourceArn", resource, "there is no such load balancer here")
    if ":regional/webacl/" not in arn or arn.split(":")[3] != cloud.region:
        yield Refusal(INVALID, "WebACLArn", arn, f"must be a regional web ACL of {cloud.region}")
    elif all(acl.arn != arn for acl in cloud.backend("wafv2").wacls.values()):
        yield Refusal("WAFNonexistentItemException", "WebACLArn", arn, "there is no such web ACL")


@rule("wafv2", "PutLoggingConfiguration", source="waf/latest/developerguide/logging-cw-logs.html")
def logging(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Logs go to a log group of this account and region whose name begins with aws-waf-logs-."""
    configuration = call.params.get("LoggingConfiguration") or {}
    for arn in configuration.get("LogDestinationConfigs", []):
        if ":logs:" not in arn:
            continue
        group = arn.split(":")[6] if arn.count(":") >= 6 else ""
        place = "LoggingConfiguration.LogDestinationConfigs"
        if not group.startswith("aws-waf-logs-"):
            yield Refusal(INVALID, place, arn, "its name must begin with aws-waf-logs-, field: LOG_DESTINATION")
        elif cloud.log_group(arn) is None:
            said = "there is no such log group in this account and region"
            yield Refusal("WAFLogDestinationPermissionIssueException", place, arn, said)
