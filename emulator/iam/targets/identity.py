"""IAM and STS."""

from collections.abc import Iterator

from emulator.iam.targets.registry import Target, finder
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call


@finder("iam")
def iam(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Roles, policies and identity providers, with their paths."""
    params, operation = call.params, call.operation
    place = f"arn:{cloud.partition}:iam::{cloud.account_id}"
    if name := params.get("RoleName"):
        held = cloud.role(str(name))
        path = params.get("Path", "/") if held is None else held.path
        yield Target(f"{place}:role{path}{name}", operation == "CreateRole")
    if name := params.get("PolicyName"):
        yield Target(f"{place}:policy{params.get('Path', '/')}{name}", operation == "CreatePolicy")
    for member in ("PolicyArn", "OpenIDConnectProviderArn"):
        if found := params.get(member):
            yield Target(str(found))
    if url := params.get("Url"):
        yield Target(f"{place}:oidc-provider/{str(url).removeprefix('https://')}", new=True)
    if service := params.get("AWSServiceName"):
        yield Target(f"{place}:role/aws-service-role/{service}/AWSServiceRole", new=True)


@finder("sts")
def sts(call: Call, cloud: Cloud) -> Iterator[Target]:
    """The role to assume."""
    del cloud
    if found := call.params.get("RoleArn"):
        yield Target(str(found))
