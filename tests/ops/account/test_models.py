"""The check whether the account may invoke the Bedrock models that routes name, without invoking them."""

from collections.abc import Callable
from typing import Any

from constructs_lib.helpers.task.routes import ByModel, Fallback, LoadBalance, Route, Target
from ops.account.models import Bedrock, Model, named, problems
from ops.aws import Aws
from tests.support.synthesized import settings

import pytest

HERE = {"aws_region": "us-east-1"}
NOVA, PREMIER = "amazon.nova-lite-v1:0", "amazon.nova-premier-v1:0"
HAIKU, SONNET = "anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"
CONSOLE = "https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html"
SUBSCRIBE = (
    "its agreement is not in force (NOT_AVAILABLE), and the task may not subscribe on AWS Marketplace: invoke it once in "
    f"the Bedrock console in us-east-1, as a user with aws-marketplace:Subscribe ({CONSOLE})"
)


def bedrock(model: str = "", region: str = "us-east-1") -> Target:
    """Return a Bedrock target that uses the task role, with a fixed model or the caller's."""
    overrides = {"model": model} if model else {}
    return Target(provider="bedrock", options={"aws_region": region}, override_params=overrides)


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (None, []),
        (Target(provider="openai"), []),
        (bedrock(), []),
        (bedrock(NOVA), [Model("us-east-1", NOVA)]),
        (Target(provider="bedrock", key="bedrock", options=HERE, override_params={"model": NOVA}), []),
        (
            ByModel(
                models={HAIKU: bedrock(), "fast": LoadBalance(targets=(bedrock(NOVA), bedrock(NOVA, "eu-west-1")))},
                default=Fallback(targets=(Target(provider="openai"), bedrock(NOVA))),
            ),
            [Model("eu-west-1", NOVA), Model("us-east-1", NOVA), Model("us-east-1", HAIKU)],
        ),
    ],
)
def test_what_a_route_names(route: Route | None, expected: list[Model]) -> None:
    """Only fixed models and model names of ByModel are checked, and only for targets that use the task role."""
    assert named(route) == expected


@pytest.mark.parametrize(
    ("model", "region", "expected"),
    [
        (NOVA, "us-east-1", None),
        (f"us.{NOVA}", "us-east-1", None),
        (f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{NOVA}", "us-east-1", None),
        (f"arn:aws:bedrock:us-east-1::foundation-model/{NOVA}", "us-east-1", None),
        (HAIKU, "us-east-1", SUBSCRIBE),
        (f"us.{SONNET}", "us-east-1", SUBSCRIBE),
        (
            NOVA,
            "eu-west-1",
            "is not served in eu-west-1: change aws_region, or name an inference profile that reaches it",
        ),
        (
            PREMIER,
            "us-east-1",
            "is not served on demand (INFERENCE_PROFILE): name an inference profile from `aws bedrock "
            "list-inference-profiles --region us-east-1`",
        ),
        (
            f"us.{NOVA}",
            "eu-west-1",
            "Bedrock knows no such model or inference profile in eu-west-1: correct the name or aws_region",
        ),
    ],
)
def test_what_stands_in_the_way(aws: Callable[..., Any], model: str, region: str, expected: str | None) -> None:
    """Each reason for which Bedrock would refuse the first request is reported, with the fix."""
    del aws  # empties the embedded AWS
    assert Bedrock(Aws.of(settings(aws_region="us-east-1")), region).problem(model) == expected


def test_an_agreement_ends_it(aws: Callable[..., Any]) -> None:
    """Each line names the file and the model, and disappears once the account accepts the model's agreement."""
    account = Aws.of(settings(aws_region="us-east-1", routes=bedrock(f"us.{SONNET}"), ingress_cidrs=("10.0.0.0/8",)))
    assert problems(account) == [f"envs/test.py: routes: Bedrock in us-east-1, model 'us.{SONNET}': {SUBSCRIBE}"]
    aws("bedrock").create_foundation_model_agreement(modelId=SONNET, offerToken="any")
    assert problems(account) == []
