"""Whether the account may invoke the models of Bedrock that its routes name, checked before anything is created.

Bedrock's API reference: GetInferenceProfile, GetFoundationModelAvailability and GetFoundationModel. Nothing is invoked.
"""

from typing import Any

from constructs_lib.helpers.task.routes import Route, target_models
from ops.aws import Aws

import attrs

UNKNOWN = ("ResourceNotFoundException", "ValidationException")
"""How Bedrock refuses an identifier that it does not know."""
ON_DEMAND = "ON_DEMAND"
CONSOLE = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html"


@attrs.frozen(order=True)
class Model:
    """A model that a route calls with the task role, in the region that it calls."""

    region: str
    name: str
    """Id or ARN of a foundation model or of an inference profile."""


def named(route: Route | None) -> list[Model]:
    """The models that a route names for Bedrock, each once; what callers name is not known before."""
    if route is None:
        return []
    own = (
        (dict(one.target.options)["aws_region"], one.model) for one in target_models(route) if one.target.secret is None
    )
    return sorted({Model(str(region), model) for region, model in own if model})


@attrs.frozen
class Bedrock:
    """Bedrock in one region, as the account sees it."""

    aws: Aws
    region: str

    def _answer(self, call: str, query: str, **arguments: str) -> Any:
        """What a call answers, or None where Bedrock does not know what it names."""
        return self.aws.first("bedrock", call, query, region=self.region, absent=UNKNOWN, **arguments)

    def foundation_models(self, name: str) -> list[str] | None:
        """The ids of the models behind an inference profile; None for what is none."""
        models = self._answer("get_inference_profile", "[models]", inferenceProfileIdentifier=name)
        return None if models is None else sorted({one["modelArn"].rpartition("/")[2] for one in models})

    def problem(self, name: str) -> str | None:
        """What stands between the account and a model, as a sentence that says what to do; None where nothing does."""
        behind = self.foundation_models(name)
        models = [name.rpartition("/")[2]] if behind is None else behind
        return next(filter(None, (self._of_model(one, in_profile=behind is not None) for one in models)), None)

    def _of_model(self, model: str, *, in_profile: bool) -> str | None:
        found = self._answer("get_foundation_model_availability", "[@]", modelId=model)
        if found is None:
            return f"Bedrock knows no such model or inference profile in {self.region}: correct the name or aws_region"
        if found["regionAvailability"] != "AVAILABLE" and not in_profile:
            return f"is not served in {self.region}: change aws_region, or name an inference profile that reaches it"
        if found["authorizationStatus"] != "AUTHORIZED":
            return (
                "the account is not authorized for it: look for a service control policy, and in the Bedrock console "
                f"for a form that its provider asks for ({CONSOLE})"
            )
        if found["entitlementAvailability"] != "AVAILABLE":
            return f"the account is not entitled to it: request access in the Bedrock console ({CONSOLE})"
        agreement = found["agreementAvailability"]
        if agreement["status"] != "AVAILABLE":
            said = agreement.get("errorMessage") or agreement["status"]
            return (
                f"its agreement is not in force ({said}), and the task may not subscribe on AWS Marketplace: invoke it "
                f"once in the Bedrock console of {self.region} as a person who may aws-marketplace:Subscribe "
                f"({CONSOLE})"
            )
        return None if in_profile else self._on_demand(model)

    def _on_demand(self, model: str) -> str | None:
        query = "[modelDetails.inferenceTypesSupported]"
        types = self._answer("get_foundation_model", query, modelIdentifier=model)
        if not types or ON_DEMAND in types:
            return None
        return (
            f"is not served on demand ({', '.join(types)}): name an inference profile, as `aws bedrock "
            f"list-inference-profiles --region {self.region}` lists them"
        )


def problems(aws: Aws) -> list[str]:
    """What is wrong with the models that the routes name, one line each. Raises ClientError for any other error."""
    environment = aws.environment
    return [
        f"envs/{environment.environment}.py: routes: Bedrock in {model.region}, model {model.name!r}: {problem}"
        for model in named(environment.routes)
        if (problem := Bedrock(aws, model.region).problem(model.name))
    ]
