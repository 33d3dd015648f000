"""Bedrock: models, which are AWS's own, and inference profiles, which are the account's."""

from collections.abc import Iterator

from emulator.additions.bedrock import PROFILES
from emulator.iam.targets.registry import Target, arn, finder
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call


def _named(cloud: Cloud, name: str) -> Iterator[Target]:
    if name.startswith("arn:"):
        yield Target(name)
    elif name in PROFILES:
        yield Target(arn(cloud, "bedrock", f"inference-profile/{name}"))
    else:
        yield Target(f"arn:{cloud.partition}:bedrock:{cloud.region}::foundation-model/{name}")


@finder("bedrock-runtime")
def invoked(call: Call, cloud: Cloud) -> Iterator[Target]:
    """The model of a call, and with a profile each model behind it ("Prerequisites for inference profiles")."""
    name = str(call.params.get("modelId", ""))
    yield from _named(cloud, name)
    profile = PROFILES.get(name.rpartition("/")[2])
    for region in profile.regions if profile is not None else ():
        yield Target(f"arn:{cloud.partition}:bedrock:{region}::foundation-model/{profile.model if profile else name}")


@finder("bedrock")
def described(call: Call, cloud: Cloud) -> Iterator[Target]:
    """A model or a profile by its id or ARN."""
    if name := call.params.get("inferenceProfileIdentifier"):
        yield Target(str(name) if str(name).startswith("arn:") else arn(cloud, "bedrock", f"inference-profile/{name}"))
    if name := call.params.get("modelIdentifier"):
        yield from _named(cloud, str(name))
