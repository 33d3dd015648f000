"""Planted faults of web ACL statements and logs, after the API reference."""

from typing import Any

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import acl, rule, visibility
from tests.emulator.planted.wafv2 import GEO, WAF

RATE = {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}}
INVALID = "WAFInvalidParameterException"


def created(aws: Account, statement: dict[str, Any], **changes: Any) -> Call:
    """Create a web ACL with one rule."""
    return lambda: aws.wafv2.create_web_acl(**acl("gateway", Rules=[rule("rule", 1, statement)], **changes))


def by_keys(*keys: str) -> dict[str, Any]:
    """A rate-based statement with custom keys."""
    custom: list[dict[str, Any]] = [{key: {}} for key in keys]
    return {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": custom}}


def regex(pattern: str) -> dict[str, Any]:
    """A regex statement on the path."""
    none = [{"Priority": 0, "Type": "NONE"}]
    match = {"RegexString": pattern, "FieldToMatch": {"UriPath": {}}, "TextTransformations": none}
    return {"RegexMatchStatement": match}


@fault(INVALID, "RateBasedStatement", WAF + "API_RateBasedStatement.html")
def rate_within_and(aws: Account) -> Call:
    """A rate-based statement cannot be nested in another statement."""
    return created(aws, {"AndStatement": {"Statements": [GEO, RATE]}})


@twin
def rate_with_a_scope(aws: Account) -> Call:
    """A rate-based statement with a scope-down statement is accepted."""
    scope = {"NotStatement": {"Statement": GEO}}
    return created(aws, {"RateBasedStatement": {**RATE["RateBasedStatement"], "ScopeDownStatement": scope}})


@fault(INVALID, "CustomKeys", WAF + "API_RateBasedStatementCustomKey.html")
def rate_by_the_ip_address_as_only_key(aws: Account) -> Call:
    """The IP address cannot be the only custom key; there is an AggregateKeyType for that."""
    return created(aws, by_keys("IP"))


@twin
def rate_by_ip_address_and_method(aws: Account) -> Call:
    """The IP address together with another custom key is accepted."""
    return created(aws, by_keys("IP", "HTTPMethod"))


@fault(INVALID, "Default_Action", WAF + "API_VisibilityConfig.html")
def reserved_metric_name(aws: Account) -> Call:
    """The metric name Default_Action is reserved for AWS WAF."""
    return lambda: aws.wafv2.create_web_acl(**acl("gateway", VisibilityConfig=visibility("Default_Action")))


@fault(INVALID, "(chat|models", WAF + "API_RegexMatchStatement.html")
def regex_that_is_not_closed(aws: Account) -> Call:
    """A regular expression must close its parentheses."""
    return created(aws, regex("^/v1/(chat|models"))


@twin
def regex_of_paths(aws: Account) -> Call:
    """A valid regular expression is accepted."""
    return created(aws, regex("^/v1/(chat|models)$"))


@fault(INVALID, "limited", WAF + "API_CustomResponse.html")
def body_that_the_web_acl_lacks(aws: Account) -> Call:
    """The body of a custom response must exist in the web ACL."""
    block = {"Block": {"CustomResponse": {"ResponseCode": 429, "CustomResponseBodyKey": "limited"}}}
    bodies = {"other": {"ContentType": "APPLICATION_JSON", "Content": "{}"}}
    rules = [rule("rule", 1, GEO, Action=block)]
    return lambda: aws.wafv2.create_web_acl(**acl("gateway", Rules=rules, CustomResponseBodies=bodies))


def logged(aws: Account, *redacted: dict[str, Any]) -> Call:
    """Create logs of a web ACL without some parts of the requests."""
    made = aws.web_acl()
    aws.logs.create_log_group(logGroupName="aws-waf-logs-gateway")
    group = f"arn:aws:logs:us-east-1:{aws.id}:log-group:aws-waf-logs-gateway"
    settings = {"ResourceArn": made["ARN"], "LogDestinationConfigs": [group], "RedactedFields": list(redacted)}
    return lambda: aws.wafv2.put_logging_configuration(LoggingConfiguration=settings)


@fault(INVALID, "RedactedFields", WAF + "API_LoggingConfiguration.html")
def body_kept_out_of_the_logs(aws: Account) -> Call:
    """Only UriPath, QueryString, SingleHeader and Method can be redacted."""
    return logged(aws, {"Body": {}})


@twin
def header_kept_out_of_the_logs(aws: Account) -> Call:
    """Redacting a header and the query string is accepted."""
    return logged(aws, {"SingleHeader": {"Name": "authorization"}}, {"QueryString": {}})
