"""More planted faults of load balancers, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.balancers import listening
from tests.emulator.planted.cases import Call, fault, twin

ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"


@fault("TargetGroupNotFound", "target group", ELB + "API_CreateListener.html")
def listener_to_a_missing_target_group(aws: Account) -> Call:
    """The target group of a listener must exist."""
    vpc = aws.vpc()
    made, targets = aws.balancer(aws.subnets(vpc), [aws.group(vpc)]), aws.target_group(vpc)
    aws.elbv2.delete_target_group(TargetGroupArn=targets)
    return lambda: aws.listener(made, targets)


def https(balancer: str, targets: str, *certificates: str) -> dict[str, object]:
    """The parameters of an HTTPS listener."""
    return {
        "LoadBalancerArn": balancer,
        "Protocol": "HTTPS",
        "Port": 443,
        "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": targets}],
        "Certificates": [{"CertificateArn": arn} for arn in certificates],
    }


@fault("ValidationError", "certificate", ELB + "API_CreateListener.html", semantic=False)
def https_without_a_certificate(aws: Account) -> Call:
    """An HTTPS listener must have a certificate."""
    made, targets, _ = listening(aws)
    return lambda: aws.elbv2.create_listener(**https(made, targets))


@fault("ValidationError", "certificate", ELB + "API_CreateListener.html", semantic=False)
def http_with_a_certificate(aws: Account) -> Call:
    """An HTTP listener cannot have a certificate."""
    made, targets, _ = listening(aws)
    certificate = aws.certificate()
    return lambda: aws.elbv2.create_listener(
        LoadBalancerArn=made,
        Protocol="HTTP",
        Port=8080,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        Certificates=[{"CertificateArn": certificate}],
    )


@fault("CertificateNotFound", "Certificate", ELB + "API_CreateListener.html")
def https_with_a_missing_certificate(aws: Account) -> Call:
    """The certificate of a listener must exist."""
    made, targets, _ = listening(aws)
    certificate = aws.certificate()
    aws.acm.delete_certificate(CertificateArn=certificate)
    return lambda: aws.elbv2.create_listener(**https(made, targets, certificate))


@fault("CertificateNotFound", "Certificate", ELB + "API_ModifyListener.html")
def listener_changed_to_a_missing_certificate(aws: Account) -> Call:
    """The new certificate of a listener must exist."""
    made, targets, _ = listening(aws)
    valid, missing = aws.certificate(), aws.certificate("other.example.com")
    aws.acm.delete_certificate(CertificateArn=missing)
    listener = aws.elbv2.create_listener(**https(made, targets, valid))["Listeners"][0]["ListenerArn"]
    return lambda: aws.elbv2.modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": missing}])


@fault("UnsupportedCertificate", "certificate", ELB + "API_CreateListener.html")
def https_with_a_certificate_that_is_not_issued(aws: Account) -> Call:
    """A listener can only use a certificate that has been issued."""
    made, targets, _ = listening(aws)
    asked = aws.acm.request_certificate(DomainName="gateway.example.com", ValidationMethod="DNS")
    return lambda: aws.elbv2.create_listener(**https(made, targets, asked["CertificateArn"]))


@twin
def https_with_a_certificate(aws: Account) -> Call:
    """A listener with a certificate from ACM is accepted."""
    made, targets, _ = listening(aws)
    certificate = aws.certificate()
    return lambda: aws.elbv2.create_listener(**https(made, targets, certificate))


def rule(listener: str, targets: str, priority: int, path: str) -> dict[str, object]:
    """The parameters of a listener rule."""
    return {
        "ListenerArn": listener,
        "Priority": priority,
        "Conditions": [{"Field": "path-pattern", "Values": [path]}],
        "Actions": [{"Type": "forward", "TargetGroupArn": targets}],
    }


@fault("PriorityInUse", "10", ELB + "API_CreateRule.html")
def priority_of_a_rule_twice(aws: Account) -> Call:
    """The rules of a listener must have different priorities."""
    _, targets, listener = listening(aws)
    aws.elbv2.create_rule(**rule(listener, targets, 10, "/v1/*"))
    return lambda: aws.elbv2.create_rule(**rule(listener, targets, 10, "/v2/*"))


@twin
def rules_of_two_priorities(aws: Account) -> Call:
    """Two rules with different priorities are accepted."""
    _, targets, listener = listening(aws)
    aws.elbv2.create_rule(**rule(listener, targets, 10, "/v1/*"))
    return lambda: aws.elbv2.create_rule(**rule(listener, targets, 20, "/v2/*"))


@fault("OperationNotPermitted", "Default rule", ELB + "API_DeleteRule.html")
def default_rule_deleted(aws: Account) -> Call:
    """A default rule is only deleted with its listener."""
    _, _, listener = listening(aws)
    default = aws.elbv2.describe_rules(ListenerArn=listener)["Rules"][0]["RuleArn"]
    return lambda: aws.elbv2.delete_rule(RuleArn=default)
