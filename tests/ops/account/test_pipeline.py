"""The account's identity provider for GitHub is created, extended with our audience, or left unchanged."""

from collections.abc import Callable
from typing import Any

from ops.account import pipeline
from ops.account.pipeline import variables
from ops.aws import Aws
from tests.support.synthesized import settings

import pytest

Clients = Callable[..., Any]
ARN = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
URL = "https://token.actions.githubusercontent.com"


def audiences(iam: Any) -> list[str]:  # noqa: ANN401 (boto3 has no types)
    """Return the provider's audiences."""
    found: list[str] = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=ARN)["ClientIDList"]
    return found


def test_it_is_made_once(aws: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    """The first run creates the provider; the second one changes and prints nothing."""
    account = Aws.of(settings())
    assert pipeline.provider(account, yes=True)
    assert capsys.readouterr().out == f"created {ARN}\n"
    assert pipeline.provider(account, yes=True)
    assert (capsys.readouterr().out, audiences(aws("iam"))) == ("", ["sts.amazonaws.com"])


def test_one_for_others_gets_our_audience(aws: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    """An existing provider keeps its audiences and gets ours, without which AWS would refuse our tokens."""
    aws("iam").create_open_id_connect_provider(Url=URL, ClientIDList=["theirs"])
    assert pipeline.provider(Aws.of(settings()), yes=True)
    assert capsys.readouterr().out == f"added audience sts.amazonaws.com to {ARN}\n"
    assert audiences(aws("iam")) == ["theirs", "sts.amazonaws.com"]


@pytest.mark.parametrize("there", [True, False])
def test_a_no_changes_nothing(there: bool, aws: Clients, at_terminal: Callable[[str], None]) -> None:  # noqa: FBT001
    """After the answer no, neither the provider nor its audiences change."""
    if there:
        aws("iam").create_open_id_connect_provider(Url=URL, ClientIDList=["theirs"])
    at_terminal("no")
    assert not pipeline.provider(Aws.of(settings()), yes=False)
    found = aws("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert found == ([{"Arn": ARN}] if there else [])
    assert not there or audiences(aws("iam")) == ["theirs"]


def test_the_variables_are_named_after_the_environment(aws: Clients) -> None:
    """Variable names have capitals and underscores, as GitHub requires."""
    del aws
    assert variables(Aws.of(settings(environment="prod-eu", cognito_domain_prefix="x-eu"))) == {
        "DEPLOY_ROLE_PROD_EU": "arn:aws:iam::123456789012:role/pipelines/ai-gateway-prod-eu-deploy",
        "PLAN_ROLE_PROD_EU": "arn:aws:iam::123456789012:role/pipelines/ai-gateway-prod-eu-plan",
    }
