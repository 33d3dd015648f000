"""Planted faults of listener rules, after the API reference."""

from typing import Any

from tests.emulator.planted.account import Account
from tests.emulator.planted.balancers import listening
from tests.emulator.planted.balancers_more import https
from tests.emulator.planted.cases import Call, fault, twin

ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"


def host(*names: str) -> dict[str, Any]:
    """A condition on the host."""
    return {"Field": "host-header", "HostHeaderConfig": {"Values": list(names)}}


def path(*patterns: str) -> dict[str, Any]:
    """A condition on the path."""
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(patterns)}}


def header(name: str) -> dict[str, Any]:
    """A condition on a header."""
    return {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": ["1"]}}


def created(aws: Account, *conditions: dict[str, Any]) -> Call:
    """Create a rule that returns 403 under these conditions."""
    _, _, listener = listening(aws)
    actions = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]
    return lambda: aws.elbv2.create_rule(
        ListenerArn=listener, Priority=10, Conditions=list(conditions), Actions=actions
    )


@fault("ValidationError", "Host", ELB + "API_HttpHeaderConditionConfig.html")
def header_condition_on_the_host(aws: Account) -> Call:
    """An http-header condition cannot match the host; there is a host-header condition for that."""
    return created(aws, header("Host"))


@fault("ValidationError", "/v1/{model}", ELB + "API_RuleCondition.html", semantic=False)
def path_pattern_with_braces(aws: Account) -> Call:
    """A path pattern cannot contain braces."""
    return created(aws, path("/v1/{model}"))


@fault("ValidationError", "host-header", ELB + "API_RuleCondition.html")
def two_conditions_on_the_host(aws: Account) -> Call:
    """A rule has at most one host condition."""
    return created(aws, host("a.example.com"), host("b.example.com"))


@fault("ValidationError", "condition values", GUIDE + "load-balancer-limits.html")
def six_values_of_conditions(aws: Account) -> Call:
    """A rule has at most five values in its conditions."""
    return created(aws, path("/a", "/b", "/c"), host("a.example.com", "b.example.com"), header("X-Beta"))


@twin
def five_values_of_conditions(aws: Account) -> Call:
    """Two paths with every kind of character, a host and two headers are accepted."""
    return created(aws, path("/v1/~a@b:c+d&e", "/*_-.$?"), host("a.example.com"), header("X-Beta"), header("X-Team"))


def forwarded(aws: Account, *, elsewhere: bool) -> Call:
    """Create a rule that forwards to two target groups. The second one belongs to this or another load balancer."""
    vpc = aws.vpc()
    subnets, groups = aws.subnets(vpc), [aws.group(vpc)]
    first, second = aws.target_group(vpc), aws.target_group(vpc, "second")
    listener = aws.listener(aws.balancer(subnets, groups), first)
    if elsewhere:
        aws.listener(aws.balancer(subnets, groups, "second"), second)
    targets = [{"TargetGroupArn": first, "Weight": 1}, {"TargetGroupArn": second, "Weight": 0}]
    actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": targets}}]
    return lambda: aws.elbv2.create_rule(ListenerArn=listener, Priority=10, Conditions=[path("/v2/*")], Actions=actions)


@fault("TargetGroupAssociationLimit", "second", ELB + "API_CreateRule.html")
def rule_to_the_targets_of_another_balancer(aws: Account) -> Call:
    """A target group can be used by one load balancer only."""
    return forwarded(aws, elsewhere=True)


@twin
def rule_to_two_target_groups(aws: Account) -> Call:
    """A rule with weights for two target groups is accepted."""
    return forwarded(aws, elsewhere=False)


@fault("ValidationError", "trust store", ELB + "API_MutualAuthenticationAttributes.html")
def client_certificates_without_a_trust_store(aws: Account) -> Call:
    """Verifying client certificates requires a trust store."""
    made, targets, _ = listening(aws)
    valid = https(made, targets, aws.certificate())
    return lambda: aws.elbv2.create_listener(**valid, MutualAuthentication={"Mode": "verify"})


def attributes(aws: Account, **values: str) -> Call:
    """Change attributes of a target group; `__` in a name stands for a dot."""
    targets = aws.target_group(aws.vpc())
    changes = [{"Key": name.replace("__", "."), "Value": value} for name, value in values.items()]
    return lambda: aws.elbv2.modify_target_group_attributes(TargetGroupArn=targets, Attributes=changes)


@fault("InvalidConfigurationRequest", "slow_start", GUIDE + "edit-target-group-attributes.html")
def slow_start_with_least_outstanding_requests(aws: Account) -> Call:
    """Slow start requires round robin."""
    return attributes(
        aws, slow_start__duration_seconds="60", load_balancing__algorithm__type="least_outstanding_requests"
    )


@fault("InvalidConfigurationRequest", "anomaly_mitigation", GUIDE + "edit-target-group-attributes.html")
def anomaly_mitigation_with_round_robin(aws: Account) -> Call:
    """Anomaly mitigation requires weighted_random."""
    return attributes(aws, load_balancing__algorithm__anomaly_mitigation="on")


@twin
def anomaly_mitigation_with_weighted_random(aws: Account) -> Call:
    """Anomaly mitigation and weighted_random in one call are accepted."""
    return attributes(
        aws,
        load_balancing__algorithm__anomaly_mitigation="on",
        load_balancing__algorithm__type="weighted_random",
    )


@fault("InvalidConfigurationRequest", "AWSLogs", GUIDE + "enable-access-logging.html")
def access_logs_with_the_prefix_of_aws(aws: Account) -> Call:
    """A prefix cannot contain AWSLogs, which AWS adds itself."""
    made, _, _ = listening(aws)
    changes = [{"Key": "access_logs.s3.prefix", "Value": "AWSLogs/gateway"}]
    return lambda: aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=changes)
