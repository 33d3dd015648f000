"""Load balancers, target groups and listeners."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "elasticloadbalancing/latest/APIReference/API_"
INVALID = "ValidationError"
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?")
SMALLEST_SUBNET = 27
VALIDATED_CLAIMS = ("exp", "iss", "nbf", "iat")
"""Claims that the JWT action validates by itself (API reference, JwtValidationActionAdditionalClaim)."""
HEALTH_CHECK_RANGES = {
    "HealthCheckIntervalSeconds": (5, 300),
    "HealthCheckTimeoutSeconds": (2, 120),
    "HealthyThresholdCount": (2, 10),
    "UnhealthyThresholdCount": (2, 10),
}


@rule("elbv2", "CreateLoadBalancer", "CreateTargetGroup", source=f"{API}CreateLoadBalancer.html")
def names(call: Call, _: Cloud) -> Iterator[Refusal]:
    """At most 32 letters, digits and hyphens, none of them at an end; internal- is AWS's own."""
    name = str(call.params.get("Name", ""))
    if len(name) > 32:
        yield Refusal(INVALID, "Name", name, "cannot be longer than '32' characters")
    elif not NAME.fullmatch(name):
        yield Refusal(INVALID, "Name", name, "can only contain characters that are alphanumeric or hyphens(-)")
    elif call.operation == "CreateLoadBalancer" and name.startswith("internal-"):
        yield Refusal(INVALID, "Name", name, "cannot begin with 'internal-'")


@rule("elbv2", "CreateLoadBalancer", "SetSubnets", source=f"{API}CreateLoadBalancer.html")
def subnets(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Two zones, one subnet in each, of one VPC, large enough, and a way to the internet where it faces it."""
    given = call.params.get("Subnets") or [one.get("SubnetId") for one in call.params.get("SubnetMappings", [])]
    found = [(number, identifier, cloud.subnet(identifier)) for number, identifier in enumerate(given)]
    for number, identifier, subnet in found:
        if subnet is None:
            yield Refusal(
                "SubnetNotFound", f"Subnets[{number}]", identifier, f"The subnet ID '{identifier}' does not exist"
            )
        elif ipaddress.ip_network(subnet.cidr_block).prefixlen > SMALLEST_SUBNET:
            yield Refusal("InvalidSubnet", f"Subnets[{number}]", identifier, "must be at least a /27")
    existing = [subnet for *_, subnet in found if subnet is not None]
    zones = [subnet.availability_zone for subnet in existing]
    if len(existing) == len(given) and call.params.get("Type", "application") == "application":
        if len(set(zones)) < len(zones):
            said = "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
            yield Refusal("InvalidConfigurationRequest", "Subnets", given, said)
        if len(set(zones)) < 2:
            said = "At least two subnets in two different Availability Zones must be specified"
            yield Refusal(INVALID, "Subnets", given, said)
    vpcs = {subnet.vpc_id for subnet in existing}
    if len(vpcs) > 1:
        yield Refusal("InvalidConfigurationRequest", "Subnets", given, "must all be of one VPC")
    yield from _groups_and_gateway(call, cloud, vpcs)


def _groups_and_gateway(call: Call, cloud: Cloud, vpcs: set[str]) -> Iterator[Refusal]:
    for number, identifier in enumerate(call.params.get("SecurityGroups") or []):
        group = cloud.security_group(identifier)
        place = f"SecurityGroups[{number}]"
        if group is None:
            yield Refusal("InvalidSecurityGroup", place, identifier, "The security group does not exist")
        elif vpcs and group.vpc_id not in vpcs:
            said = (
                f"One or more security groups are invalid: it is of {group.vpc_id}, the subnets are of {sorted(vpcs)}"
            )
            yield Refusal("InvalidConfigurationRequest", place, identifier, said)
    if call.operation == "CreateLoadBalancer" and call.params.get("Scheme", "internet-facing") == "internet-facing":
        attached = {gateway.vpc.id for gateway in cloud.backend("ec2").internet_gateways.values() if gateway.vpc}
        defaults = {vpc.id for vpc in cloud.backend("ec2").vpcs.values() if vpc.is_default in {True, "true"}}
        for vpc in sorted(vpcs - attached - defaults):
            yield Refusal("InvalidSubnet", "Subnets", vpc, f"VPC {vpc} has no internet gateway")


@rule("elbv2", "CreateTargetGroup", "ModifyTargetGroup", source=f"{API}CreateTargetGroup.html")
def health_checks(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Ranges, an interval longer than the timeout, a path, codes, and a VPC that is there."""
    for member, (least, most) in HEALTH_CHECK_RANGES.items():
        value = call.params.get(member)
        if value is not None and not least <= value <= most:
            yield Refusal(INVALID, member, value, f"must be between {least} and {most}")
    group = cloud.target_group(str(call.params.get("TargetGroupArn", "")))
    interval = call.params.get("HealthCheckIntervalSeconds", getattr(group, "healthcheck_interval_seconds", None) or 30)
    timeout = call.params.get("HealthCheckTimeoutSeconds", getattr(group, "healthcheck_timeout_seconds", None) or 5)
    if int(timeout) >= int(interval):
        said = f"Health check interval must be greater than the timeout; the interval is {interval}"
        yield Refusal(INVALID, "HealthCheckTimeoutSeconds", timeout, said)
    path = call.params.get("HealthCheckPath")
    if path is not None and not path.startswith("/"):
        yield Refusal(INVALID, "HealthCheckPath", path, "must begin with a '/' character")
    codes = (call.params.get("Matcher") or {}).get("HttpCode")
    if codes is not None and not all(200 <= int(code) <= 499 for code in re.findall(r"\d+", codes)):
        yield Refusal(INVALID, "Matcher.HttpCode", codes, "must be within 200 and 499")
    vpc = call.params.get("VpcId")
    if vpc is not None and cloud.vpc(vpc) is None:
        yield Refusal(INVALID, "VpcId", vpc, f"The VPC ID '{vpc}' is not found")


@rule("elbv2", "CreateListener", "ModifyListener", source=f"{API}CreateListener.html")
def certificates(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """HTTPS has one certificate of this account and region, which is issued; HTTP has none."""
    listener = _listener(call, cloud)
    protocol = call.params.get("Protocol") or (listener.protocol if listener is not None else "")
    given = [one.get("CertificateArn") for one in call.params.get("Certificates", [])]
    if protocol == "HTTP" and (given or call.params.get("SslPolicy")):
        yield Refusal(INVALID, "Certificates", given, "cannot be specified for HTTP listeners")
    if protocol != "HTTPS":
        return
    if not given and listener is None:
        said = "A certificate must be specified for HTTPS listeners"
        yield Refusal(INVALID, "Certificates", given, said)
    if len(given) > 1:
        yield Refusal("TooManyCertificates", "Certificates", given, "exactly one default certificate is allowed")
    for arn in given:
        if ":iam:" in arn:
            continue
        certificate = cloud.certificate(arn)
        if certificate is None or certificate.arn.split(":")[3] != cloud.region:
            said = f"Certificate ARN '{arn}' is not valid: there is none in {cloud.region} of this account"
            yield Refusal("CertificateNotFound", "Certificates[0].CertificateArn", arn, said)
        elif certificate.status != "ISSUED":
            # The code is in no list of the API reference: hashicorp/terraform-provider-aws#41789, #26245.
            said = f"the certificate must be issued; it is {certificate.status}"
            yield Refusal("UnsupportedCertificate", "Certificates[0].CertificateArn", arn, said)


def _listener(call: Call, cloud: Cloud) -> Any:
    arn = str(call.params.get("ListenerArn", ""))
    balancers = cloud.backend("elbv2").load_balancers.values()
    return next((one.listeners[arn] for one in balancers if arn in one.listeners), None)


def _target_groups(action: dict[str, Any]) -> list[str]:
    forward = action.get("ForwardConfig") or {}
    found = [action.get("TargetGroupArn"), *(one.get("TargetGroupArn") for one in forward.get("TargetGroups", []))]
    return [arn for arn in found if arn]


@rule("elbv2", "CreateListener", "ModifyListener", source=f"{API}TargetGroup.html")
def target_groups(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A listener forwards to a target group of its load balancer's VPC that no other load balancer uses."""
    listener = _listener(call, cloud)
    arn = call.params.get("LoadBalancerArn") or (listener.load_balancer_arn if listener is not None else "")
    balancer = cloud.load_balancer(str(arn))
    if balancer is None:
        yield Refusal("LoadBalancerNotFound", "LoadBalancerArn", arn, "One or more load balancers not found")
        return
    for number, action in enumerate(call.params.get("DefaultActions", [])):
        for target in _target_groups(action):
            group = cloud.target_group(target)
            place = f"DefaultActions[{number}].TargetGroupArn"
            if group is None:
                yield Refusal("TargetGroupNotFound", place, target, "One or more target groups not found")
            elif group.vpc_id != balancer.vpc_id:
                said = f"is of {group.vpc_id}, a different VPC than the load balancer's, {balancer.vpc_id}"
                yield Refusal("InvalidConfigurationRequest", place, target, said)
            elif set(group.load_balancer_arns) - {arn}:
                said = "A target group cannot be associated with more than one load balancer"
                yield Refusal("TargetGroupAssociationLimit", place, target, said)


@rule("elbv2", "CreateListener", "ModifyListener", source=f"{API}Action.html")
def actions(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The last action routes, each has its place, and tokens are validated on HTTPS alone."""
    given = call.params.get("DefaultActions")
    if not given:
        return
    ordered = sorted(given, key=lambda action: action.get("Order", 1))
    orders = [action.get("Order") for action in given if "Order" in action]
    if len(set(orders)) < len(orders):
        yield Refusal(INVALID, "DefaultActions", orders, "each action must have a unique order")
    routing = [action["Type"] for action in given if action.get("Type") in {"forward", "redirect", "fixed-response"}]
    if len(routing) != 1 or ordered[-1].get("Type") not in routing:
        types = [action.get("Type") for action in ordered]
        said = "exactly one forward, redirect or fixed-response action must come last"
        yield Refusal("InvalidLoadBalancerAction", "DefaultActions", types, said)
    listener = _listener(call, cloud)
    protocol = call.params.get("Protocol") or (listener.protocol if listener is not None else "")
    for number, action in enumerate(given):
        if action.get("Type") == "redirect":
            yield from _redirect(action.get("RedirectConfig") or {}, f"DefaultActions[{number}].RedirectConfig")
        if action.get("Type") == "jwt-validation":
            yield from _jwt(action, f"DefaultActions[{number}]", protocol)


UNCHANGED = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Path": "/#{path}"}
"""What a redirection keeps where it names nothing (API reference, RedirectActionConfig)."""


def _redirect(config: dict[str, Any], place: str) -> Iterator[Refusal]:
    if all(config.get(name, kept) == kept for name, kept in UNCHANGED.items()):
        said = "must change protocol, host, port or path to avoid a redirect loop"
        yield Refusal("InvalidLoadBalancerAction", place, config, said)


def _jwt(action: dict[str, Any], place: str, protocol: str) -> Iterator[Refusal]:
    code = "InvalidLoadBalancerAction"
    config = action.get("JwtValidationConfig")
    if config is None:
        yield Refusal(code, f"{place}.JwtValidationConfig", None, "is required for jwt-validation")
        return
    if protocol != "HTTPS":
        yield Refusal(code, f"{place}.Type", "jwt-validation", "is supported on HTTPS listeners only")
    if not str(config.get("JwksEndpoint", "")).startswith("https://"):
        yield Refusal(
            code, f"{place}.JwtValidationConfig.JwksEndpoint", config.get("JwksEndpoint"), "must be an https URL"
        )
    claims = config.get("AdditionalClaims", [])
    place = f"{place}.JwtValidationConfig.AdditionalClaims"
    if len(claims) > 10:
        yield Refusal(code, place, len(claims), "at most 10 are allowed")
    for number, claim in enumerate(claims):
        if claim.get("Name") in VALIDATED_CLAIMS:
            said = "is validated by itself and cannot be an additional claim"
            yield Refusal(code, f"{place}[{number}].Name", claim["Name"], said)
        values = claim.get("Values", [])
        if len(values) > 10 or any(len(value) > 256 for value in values):
            yield Refusal(code, f"{place}[{number}].Values", values, "up to 10 values of up to 256 characters")
        if claim.get("Format") == "space-separated-values" and any(" " in value for value in values):
            said = "the values of space-separated-values cannot include spaces"
            yield Refusal(code, f"{place}[{number}].Values", values, said)
