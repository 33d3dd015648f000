"""Condition keys of a request: those of every service, and the services' own."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

Value = str | Sequence[str]
Keys = Iterator[tuple[str, Value]]
GLOBAL = {"iam": "us-east-1", "route53": "us-east-1"}
"""Where the services without regions are, in the partition `aws` (IAM user guide, `aws:RequestedRegion`)."""


def _iam(call: Call, cloud: Cloud) -> Keys:
    role = cloud.role(str(call.params.get("RoleName")))
    boundary = call.params.get("PermissionsBoundary") or (role.permissions_boundary_arn if role is not None else None)
    if boundary:
        yield "iam:PermissionsBoundary", str(boundary)
    if arn := call.params.get("PolicyArn"):
        yield "iam:PolicyARN", str(arn)
    if service := call.params.get("AWSServiceName"):
        yield "iam:AWSServiceName", str(service)


def _scaling(call: Call, cloud: Cloud) -> Keys:
    del cloud
    for member, key in (("ServiceNamespace", "service-namespace"), ("ScalableDimension", "scalable-dimension")):
        if found := call.params.get(member):
            yield f"application-autoscaling:{key}", str(found)


def _dynamodb(call: Call, cloud: Cloud) -> Keys:
    parts = [part for item in call.params.get("TransactItems", []) for part in item.values()] or [call.params]
    tables = cloud.backend("dynamodb").tables
    found = []
    for part in parts:
        table = tables.get(str(part.get("TableName", "")).rpartition("/")[2])
        held = part.get("Key") or part.get("Item") or {}
        value = held.get(table.hash_key_attr) if table is not None else None
        if value is not None:
            found.append(str(next(iter(value.values()))))
    if found:
        yield "dynamodb:LeadingKeys", found


def _normalized(name: str) -> str:
    """A record's name as its condition key has it: lower case, no last dot, other characters in octal."""
    return "".join(
        character if character.isalnum() or character in "-_." else f"\\{ord(character):03o}"
        for character in name.lower().removesuffix(".")
    )


def _route53(call: Call, cloud: Cloud) -> Keys:
    del cloud
    changes = (call.params.get("ChangeBatch") or {}).get("Changes", [])
    if changes:
        start = "route53:ChangeResourceRecordSets"
        yield f"{start}Actions", sorted({one["Action"] for one in changes})
        records = [one["ResourceRecordSet"] for one in changes]
        yield f"{start}NormalizedRecordNames", sorted({_normalized(one["Name"]) for one in records})
        yield f"{start}RecordTypes", sorted({one["Type"] for one in records})


def _acm(call: Call, cloud: Cloud) -> Keys:
    del cloud
    if call.operation == "RequestCertificate":
        yield "acm:DomainNames", [call.params["DomainName"], *call.params.get("SubjectAlternativeNames", [])]
        yield "acm:ValidationMethod", str(call.params.get("ValidationMethod", "EMAIL"))


def _revision(cloud: Cloud, named: str) -> str:
    """The ARN of a task definition that is named by its family, with or without a revision, or by its ARN."""
    name = named.rpartition("/")[2]
    if ":" not in name:
        newest = max(cloud.backend("ecs").task_definitions.get(name, {0: None}))
        name = f"{name}:{newest}"
    return f"arn:{cloud.partition}:ecs:{cloud.region}:{cloud.account_id}:task-definition/{name}"


def _ecs(call: Call, cloud: Cloud) -> Keys:
    if found := call.params.get("cluster"):
        name = str(found).rpartition("/")[2]
        yield "ecs:cluster", f"arn:{cloud.partition}:ecs:{cloud.region}:{cloud.account_id}:cluster/{name}"
    if call.operation not in {"CreateService", "UpdateService"}:
        return
    if definition := call.params.get("taskDefinition"):
        yield "ecs:task-definition", _revision(cloud, str(definition))
    network = (call.params.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    if subnets := network.get("subnets"):
        yield "ecs:subnet", list(subnets)
        yield "ecs:auto-assign-public-ip", str(network.get("assignPublicIp") == "ENABLED").lower()
    uses = {
        "execute-command": call.params.get("enableExecuteCommand"),
        "service-connect": (call.params.get("serviceConnectConfiguration") or {}).get("enabled"),
        "vpc-lattice": bool(call.params.get("vpcLatticeConfigurations")),
        "ebs-volumes": bool(call.params.get("volumeConfigurations")),
    }
    for what, used in uses.items():
        yield f"ecs:enable-{what}", str(bool(used)).lower()


def _elbv2(call: Call, cloud: Cloud) -> Keys:
    del cloud
    mapped = [one.get("SubnetId") for one in call.params.get("SubnetMappings") or []]
    if subnets := [*(call.params.get("Subnets") or []), *filter(None, mapped)]:
        yield "elasticloadbalancing:Subnet", subnets
    if groups := call.params.get("SecurityGroups"):
        yield "elasticloadbalancing:SecurityGroup", list(groups)
    if call.operation == "CreateLoadBalancer":
        yield "elasticloadbalancing:Scheme", str(call.params.get("Scheme", "internet-facing"))


def _cloudwatch(call: Call, cloud: Cloud) -> Keys:
    del cloud
    members = ("AlarmActions", "OKActions", "InsufficientDataActions")
    if actions := [one for member in members for one in call.params.get(member) or []]:
        yield "cloudwatch:AlarmActions", actions


def _wafv2(call: Call, cloud: Cloud) -> Keys:
    del cloud
    for arn in (call.params.get("LoggingConfiguration") or {}).get("LogDestinationConfigs", []):
        yield "wafv2:LogDestinationResource", str(arn)


def _secrets(call: Call, cloud: Cloud) -> Keys:
    del cloud
    if call.operation == "CreateSecret":
        yield "secretsmanager:Name", str(call.params.get("Name"))


def _sns(call: Call, cloud: Cloud) -> Keys:
    del cloud
    if call.operation == "Subscribe":
        yield "sns:Protocol", str(call.params.get("Protocol"))
        yield "sns:Endpoint", str(call.params.get("Endpoint"))


OWN: dict[str, Callable[[Call, Cloud], Keys]] = {
    "acm": _acm,
    "application-autoscaling": _scaling,
    "cloudwatch": _cloudwatch,
    "dynamodb": _dynamodb,
    "ecs": _ecs,
    "elbv2": _elbv2,
    "iam": _iam,
    "route53": _route53,
    "secretsmanager": _secrets,
    "sns": _sns,
    "wafv2": _wafv2,
}
"""The keys of the services that this stack's policies can name (Service Authorization Reference)."""


def of_request(call: Call, cloud: Cloud) -> dict[str, Value]:
    """The keys that are the same for each resource of a call."""
    region = GLOBAL.get(call.service, call.region) if cloud.partition == "aws" else call.region
    own = OWN.get(call.service)
    return {
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        **(dict(own(call, cloud)) if own is not None else {}),
    }


def _aliases(cloud: Cloud, arn: str) -> list[str]:
    key = cloud.key(arn)
    return sorted(key.aliases) if key is not None else []


def of_resource(cloud: Cloud, arn: str, tags: Mapping[str, str]) -> dict[str, Value]:
    """The keys of a resource that exists."""
    _, _, service, _, account, resource = arn.split(":", 5)
    if service == "s3":  # whose ARNs have no account
        account = cloud.bucket_owner(resource.partition("/")[0]) or cloud.account_id
    found: dict[str, Value] = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    if service in {"ec2", "elasticloadbalancing", "ecs"}:
        found |= {f"{service}:ResourceTag/{key}": value for key, value in tags.items()}
    if service == "kms" and ":key/" in arn and (aliases := _aliases(cloud, arn)):
        found["kms:ResourceAliases"] = aliases
    return found | ({"aws:ResourceAccount": account} if account.isdigit() else {})
