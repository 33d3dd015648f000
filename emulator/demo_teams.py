"""The last step of `make demo`: two teams call the gateway with tokens of the deployed user pool; then their usage.

The committed environment has no teams, so two are added to its settings here. The user pool is the deployed one; the
table of budgets and the teams' clients are created on the embedded AWS as these settings synthesize them.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.routes import Target
from envs.schema import Client, Environment
from local.embedded_aws import EmbeddedAws, filled
from local.gateway import WITHOUT_COLLECTOR, LocalGateway, free_port, local_gateway
from local.task import GATEWAY, LOOPBACK
from main import build_app
from ops.aws import Aws, OperatorError, one_environment
from ops.console import out, say
from ops.gateway.clients import access_token, credentials_of
from ops.gateway.usage import usage
from ops.state.finders import find_named
from resource_types.stack import SynthesizedStack
from tools.interrupts import interruptible

import attrs
import requests
from botocore.exceptions import BotoCoreError, ClientError

POOL, CLIENT, TABLE = "aws_cognito_user_pool", "aws_cognito_user_pool_client", "aws_dynamodb_table"
TEAMS = (
    Client(team="search", models=("gpt-4o*",), monthly_budget_usd=0.01),
    Client(team="research"),
)
QUESTION = [{"role": "user", "content": "Say hello."}]
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("search", "a completion", {"model": "gpt-4o-mini"}),
    ("search", "a stream", {"model": "gpt-4o-mini", "stream": True}),
    ("search", "a model that is not the team's", {"model": "o3"}),
    ("search", "an answer that could cost more than is left", {"model": "gpt-4o", "max_tokens": 4096}),
    ("research", "a completion", {"model": "gpt-4o"}),
    ("research", "a model without a price", {"model": "in-house"}),
)
"""Team, what the call is, and the request's body without its messages."""
Values = dict[str, dict[str, Any]]


def with_teams(environment: Environment) -> Environment:
    """The environment with the two teams and the settings that teams need: JWT, HTTPS, and a route."""
    certificate = f"arn:aws:acm:{environment.aws_region}:123456789012:certificate/demo"
    return attrs.evolve(
        environment,
        enable_jwt_auth=True,
        certificate_arn=environment.certificate_arn or certificate,
        accept_public_plain_http=False,
        routes=Target(provider="openai"),
        clients=TEAMS,
    )


def created(aws: Aws, stack: SynthesizedStack) -> Values:
    """Create a stack's table and clients. Returns the attributes that its task definition refers to, by address.

    Raises OperatorError where the environment's user pool does not exist.
    """
    cognito, dynamodb = aws.client("cognito-idp"), aws.client("dynamodb")
    pool = find_named(aws, POOL, name=aws.environment.names.user_pool)
    if pool is None:
        raise OperatorError(f"there is no user pool {aws.environment.names.user_pool}; deploy the environment first")
    made: Values = {}
    for address, block in stack.resources.items():
        match address.partition(".")[0]:
            case "aws_cognito_user_pool":
                made[address] = {"id": pool["id"]}
            case "aws_cognito_user_pool_client" if block["name"] != aws.environment.names.user_pool:
                client = cognito.create_user_pool_client(
                    UserPoolId=pool["id"],
                    ClientName=block["name"],
                    GenerateSecret=True,
                    AllowedOAuthFlowsUserPoolClient=True,
                    AllowedOAuthFlows=block["allowed_oauth_flows"],
                    AllowedOAuthScopes=block["allowed_oauth_scopes"],
                )
                made[address] = {"id": client["UserPoolClient"]["ClientId"]}
            case "aws_dynamodb_table":
                keys = ((block["hash_key"], "HASH"), (block["range_key"], "RANGE"))
                dynamodb.create_table(
                    TableName=block["name"],
                    KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
                    AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
                    BillingMode=block["billing_mode"],
                )
                made[address] = {"name": block["name"]}
    return made


def _said(answer: requests.Response) -> str:
    """The status, and the message of an error."""
    if answer.ok:
        _ = answer.content
        return str(answer.status_code)
    return f"{answer.status_code}, {answer.json()['error']['message']}"


def ask(gateway: LocalGateway, tokens: Mapping[str, str]) -> None:
    """Send the calls and print the answers."""
    for team, what, document in CALLS:
        answer = gateway.ask({"messages": QUESTION, **document}, {"authorization": f"Bearer {tokens[team]}"})
        out.print(f"{team}: {what} ({document['model']}): {_said(answer)}")


def teams(environment: Environment, embedded: EmbeddedAws) -> None:
    """Start the gateway with teams, call it as each of them, and print their usage."""
    made = with_teams(environment)
    aws = Aws.of(made)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder  # where tokens are cached
        build_app([made], outdir=f"{folder}/out").synth()
        stack = SynthesizedStack.read(Path(folder) / "out", made.environment)
        definition = filled(stack.containers()[GATEWAY], created(aws, stack))
        tokens = {client.team: access_token(credentials_of(aws, client.team)) for client in TEAMS}
        out.print(f"The committed {made.environment} has no teams. The demo adds clients=(")
        for client in TEAMS:
            out.print(f"    {client!r},")
        out.print("), enable_jwt_auth, and a route with the provider's key on the server.")
        with local_gateway(
            definition, Path(folder), keys=None, environ=WITHOUT_COLLECTOR, port=free_port(), aws=embedded
        ) as gateway:
            ask(gateway, tokens)
            gateway.container.stop()  # writes the last counters
        say(f"\nmake usage ENV={made.environment}", "bold")
        usage(aws, month=None, form=None)


def main() -> int:
    """Run the demo of teams for the environment named on the command line; the exit code, 1 where it fails."""
    interruptible()
    try:
        environment = one_environment(sys.argv[1])
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = (
            LOOPBACK  # the gateway is called without the embedded AWS's proxy
        )
        if environment.clients:
            out.print(f"{environment.environment} already has teams; see make usage ENV={environment.environment}")
            return 0
        teams(environment, EmbeddedAws.of(os.environ, environment.aws_region))
    except (OperatorError, ClientError, BotoCoreError, TimeoutError, RuntimeError, requests.RequestException) as error:
        print(f"the demo of teams failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
