"""Checks whether the account may invoke the Bedrock models that the routes name. Invokes none of them.

Uses GetInferenceProfile, GetFoundationModelAvailability and GetFoundationModel (Bedrock's API reference).
"""

from typing import Any

from constructs_lib.helpers.task.routes import Route, asked
from ops.aws import Aws

import attrs

UNKNOWN = ("ResourceNotFoundException", "ValidationException")
"""Bedrock's error codes for an identifier that it does not know."""
ON_DEMAND = "ON_DEMAND"
CONSOLE = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html"


@attrs.frozen(order=True)
class Model:
    """A model that a route calls with the task role, and the region in which it calls it."""

    region: str
    name: str
    """Id or ARN of a foundation model or of an inference profile."""


def named(route: Route | None) -> list[Model]:
    """The Bedrock models that a route names, without duplicates. Models that callers choose are not known here."""
    if route is None:
        return []
    own = ((dict(one.target.options)["aws_region"], one.model) for one in asked(route) if one.target.secret is None)
    return sorted({Model(str(region), model) for region, model in own if model})


@attrs.frozen
class Bedrock:
    """Bedrock in one region, with the account's credentials."""

    aws: Aws
    region: str

    def _answer(self, call: str, query: str, **arguments: str) -> Any:
        """The part of a call's answer that `query` selects; None where Bedrock does not know the identifier."""
        return self.aws.first("bedrock", call, query, region=self.region, absent=UNKNOWN, **arguments)

    def foundation_models(self, name: str) -> list[str] | None:
        """The ids of the models of an inference profile; None where `name` is not a profile."""
        models = self._answer("get_inference_profile", "[models]", inferenceProfileIdentifier=name)
        return None if models is None else sorted({one["modelArn"].rpartition("/")[2] for one in models})

    def problem(self, name: str) -> str | None:
        """Why the account cannot invoke a model, and what to do; None where it can."""
        in_profile = self.foundation_models(name)
        models = [name.rpartition("/")[2]] if in_profile is None else in_profile
        return next(filter(None, (self._of_model(one, in_profile=in_profile is not None) for one in models)), None)

    def _of_model(self, model: str, *, in_profile: bool) -> str | None:
        found = self._answer("get_foundation_model_availability", "[@]", modelId=model)
        if found is None:
            return f"Bedrock knows no such model or inference profile in {self.region}: correct the name or aws_region"
        if found["regionAvailability"] != "AVAILABLE" and not in_profile:
            return f"is not served in {self.region}: change aws_region, or name an inference profile that reaches it"
        if found["authorizationStatus"] != "AUTHORIZED":
            return (
                "the account is not authorized to use it: check for a service control policy that denies it, and in "
                f"the Bedrock console for a form that the provider requires ({CONSOLE})"
            )
        if found["entitlementAvailability"] != "AVAILABLE":
            return f"the account is not entitled to it: request access in the Bedrock console ({CONSOLE})"
        agreement = found["agreementAvailability"]
        if agreement["status"] != "AVAILABLE":
            said = agreement.get("errorMessage") or agreement["status"]
            return (
                f"its agreement is not in force ({said}), and the task may not subscribe on AWS Marketplace: invoke it "
                f"once in the Bedrock console in {self.region}, as a user with aws-marketplace:Subscribe ({CONSOLE})"
            )
        return None if in_profile else self._on_demand(model)

    def _on_demand(self, model: str) -> str | None:
        query = "[modelDetails.inferenceTypesSupported]"
        types = self._answer("get_foundation_model", query, modelIdentifier=model)
        if not types or ON_DEMAND in types:
            return None
        return (
            f"is not served on demand ({', '.join(types)}): name an inference profile from `aws bedrock "
            f"list-inference-profiles --region {self.region}`"
        )


def problems(aws: Aws) -> list[str]:
    """The models of the routes that the account cannot invoke, one line each with what to do.

    Raises ClientError where a call fails, e.g. for lack of a permission.
    """
    environment = aws.environment
    return [
        f"envs/{environment.environment}.py: routes: Bedrock in {model.region}, model {model.name!r}: {problem}"
        for model in named(environment.routes)
        if (problem := Bedrock(aws, model.region).problem(model.name))
    ]
