"""Bedrock: a few models with their inference profiles, and whether the account may invoke them.

After the API references of GetFoundationModel, GetFoundationModelAvailability, GetInferenceProfile and
CreateFoundationModelAgreement. Third-party models need an agreement ("Request access to models", Bedrock user guide).
Other models and regions do not exist here.
"""

import json
from typing import Any
from urllib.parse import unquote

from emulator.additions.state import state

import attrs
from moto.bedrock.exceptions import ResourceNotFoundException
from moto.bedrock.responses import BedrockResponse
from moto.core.exceptions import JsonRESTError

IN_THE_US = ("us-east-1", "us-east-2", "us-west-2")


@attrs.frozen
class Model:
    """A foundation model."""

    types: tuple[str, ...]
    """Its inference types, e.g. `ON_DEMAND`."""
    regions: tuple[str, ...] = IN_THE_US
    needs_agreement: bool = True


@attrs.frozen
class Profile:
    """A system-defined inference profile, which routes to one model in several regions."""

    model: str
    regions: tuple[str, ...] = IN_THE_US


MODELS = {
    # "Supported foundation models" and "Supported Regions and models for inference profiles", Bedrock user guide.
    "amazon.nova-lite-v1:0": Model(("ON_DEMAND", "INFERENCE_PROFILE"), needs_agreement=False),
    "amazon.nova-premier-v1:0": Model(("INFERENCE_PROFILE",), needs_agreement=False),
    "anthropic.claude-3-haiku-20240307-v1:0": Model(("ON_DEMAND", "INFERENCE_PROFILE")),
    "anthropic.claude-sonnet-4-20250514-v1:0": Model(("INFERENCE_PROFILE",)),
}
PROFILES = {
    f"us.{name}": Profile(name) for name in ("amazon.nova-lite-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0")
}


def _last(self: BedrockResponse) -> str:
    """The last part of the path: an id, or the last part of an ARN."""
    return unquote(self.path.partition("?")[0]).rstrip("/").rpartition("/")[2]


def _model(self: BedrockResponse) -> tuple[str, Model]:
    name = _last(self)
    if name not in MODELS:
        raise ResourceNotFoundException(f"Could not resolve the foundation model from the model identifier {name}.")
    return name, MODELS[name]


def get_foundation_model(self: BedrockResponse) -> str:
    """A model's ARN, status and inference types."""
    name, model = _model(self)
    arn = f"arn:{self.partition}:bedrock:{self.region}::foundation-model/{name}"
    details = {"modelArn": arn, "modelId": name, "inferenceTypesSupported": list(model.types)}
    return json.dumps({"modelDetails": {**details, "modelLifecycle": {"status": "ACTIVE"}}})


def get_foundation_model_availability(self: BedrockResponse) -> str:
    """Whether the account may invoke a model in this region."""
    name, model = _model(self)
    agreed = not model.needs_agreement or name in state(self.bedrock_backend, "added_agreements")
    return json.dumps(
        {
            "modelId": name,
            "agreementAvailability": {"status": "AVAILABLE" if agreed else "NOT_AVAILABLE"},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": "AVAILABLE",
            "regionAvailability": "AVAILABLE" if self.region in model.regions else "NOT_AVAILABLE",
        }
    )


def get_inference_profile(self: BedrockResponse) -> str:
    """A system-defined inference profile with the ARNs of its models."""
    name = _last(self)
    profile = PROFILES.get(name)
    if profile is None or self.region not in profile.regions:
        raise ResourceNotFoundException(f"The inference profile {name} is not found.")
    place = f"arn:{self.partition}:bedrock"
    found: dict[str, Any] = {
        "inferenceProfileId": name,
        "inferenceProfileName": name.replace(".", " ").replace(":", " "),
        "inferenceProfileArn": f"{place}:{self.region}:{self.current_account}:inference-profile/{name}",
        "models": [{"modelArn": f"{place}:{region}::foundation-model/{profile.model}"} for region in profile.regions],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }
    return json.dumps(found)


def create_foundation_model_agreement(self: BedrockResponse) -> str:
    """Accept a model's agreement; any offer token is accepted."""
    name = str(json.loads(self.body)["modelId"])
    if name not in MODELS:
        raise JsonRESTError("ValidationException", "The provided model identifier is invalid.")
    state(self.bedrock_backend, "added_agreements")[name] = True
    return json.dumps({"modelId": name})
