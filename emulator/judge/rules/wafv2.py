"""Web ACLs: rules in an order, with the action that suits them, before something that exists."""

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
            yield Refusal(INVALID, f"{where}.Statements", len(inner), "must hold at least two statements")
        for number, one in enumerate(inner):
            yield from _statement(one, f"{where}.Statements[{number}]")
    if kind == "NotStatement":
        yield from _statement(body.get("Statement") or {}, f"{where}.Statement")


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
            yield Refusal(INVALID, place, arn, "the log group's name must begin with aws-waf-logs-")
        elif cloud.log_group(arn) is None:
            said = "there is no such log group in this account and region"
            yield Refusal("WAFLogDestinationPermissionIssueException", place, arn, said)
