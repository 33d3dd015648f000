"""Load balancers, web ACLs, certificates, Route 53 and Cognito."""

from collections.abc import Iterator

from emulator.iam.targets.registry import NEW, Target, arn, finder
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

BALANCING = ("LoadBalancerArn", "ListenerArn", "TargetGroupArn", "RuleArn")
BALANCINGS = ("LoadBalancerArns", "ListenerArns", "TargetGroupArns", "RuleArns", "ResourceArns")


@finder("elbv2")
def elbv2(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Load balancers, listeners and target groups by ARN; new ones by name."""
    name = call.params.get("Name")
    match call.operation:
        case "CreateLoadBalancer":
            yield Target(arn(cloud, "elasticloadbalancing", f"loadbalancer/app/{name}/{NEW}"), new=True)
            return
        case "CreateTargetGroup":
            yield Target(arn(cloud, "elasticloadbalancing", f"targetgroup/{name}/{NEW}"), new=True)
            return
        case "CreateListener":
            balancer = str(call.params.get("LoadBalancerArn")).partition("loadbalancer/")[2]
            yield Target(arn(cloud, "elasticloadbalancing", f"listener/{balancer}/{NEW}"), new=True)
    for member in BALANCING:
        if found := call.params.get(member):
            yield Target(str(found))
    for member in BALANCINGS:
        yield from (Target(str(found)) for found in call.params.get(member) or [])


@finder("wafv2")
def wafv2(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Web ACLs by name and id or by ARN, and what they are in front of.

    A web ACL with a managed rule group is asked about that group too, which AWS names `managedruleset/*/*`.
    """
    params = call.params
    if name := params.get("Name"):
        new = call.operation == "CreateWebACL"
        scope = str(params.get("Scope", "REGIONAL")).lower()
        yield Target(arn(cloud, "wafv2", f"{scope}/webacl/{name}/{NEW if new else params.get('Id')}"), new)
    for member in ("WebACLArn", "ResourceArn", "ResourceARN"):
        if found := params.get(member):
            yield Target(str(found))
    if configured := params.get("LoggingConfiguration"):
        yield Target(str(configured["ResourceArn"]))
    if "ManagedRuleGroupStatement" in str(params.get("Rules")):
        yield Target(arn(cloud, "wafv2", "regional/managedruleset/any/any"))
    if call.operation in {"GetWebACLForResource", "DisassociateWebACL"}:
        before = cloud.backend("wafv2").wacls.values()
        yield from (Target(one.arn) for one in before if str(params.get("ResourceArn")) in one.associated_resources)


@finder("acm")
def acm(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Certificates by ARN."""
    if found := call.params.get("CertificateArn"):
        yield Target(str(found))
    if call.operation == "RequestCertificate":
        yield Target(arn(cloud, "acm", f"certificate/{NEW}"), new=True)


@finder("route53")
def route53(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Hosted zones and changes by id."""
    zone = call.params.get("HostedZoneId")
    change = None
    if call.operation in {"GetHostedZone", "DeleteHostedZone"}:
        zone = call.params.get("Id")
    elif call.operation == "GetChange":
        change = call.params.get("Id")
    elif call.params.get("ResourceType") == "hostedzone":
        zone = call.params.get("ResourceId")
    for kind, identifier in (("hostedzone", zone), ("change", change)):
        if identifier:
            yield Target(f"arn:{cloud.partition}:route53:::{kind}/{str(identifier).rpartition('/')[2]}")


@finder("cognito-idp")
def cognito(call: Call, cloud: Cloud) -> Iterator[Target]:
    """User pools by id or ARN."""
    if found := call.params.get("UserPoolId"):
        yield Target(arn(cloud, "cognito-idp", f"userpool/{found}"))
    if found := call.params.get("ResourceArn"):
        yield Target(str(found))
    if call.operation == "CreateUserPool":
        yield Target(arn(cloud, "cognito-idp", f"userpool/{cloud.region}_{NEW}"), new=True)
