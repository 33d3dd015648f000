"""Cognito clients on the embedded AWS, as the stack creates them."""

from collections.abc import Callable
from typing import Any

from envs.schema import Environment


def make_clients(aws: Callable[..., Any], environment: Environment) -> None:
    """Create a pool with the environment's client and those of its teams, as the stack does."""
    cognito = aws("cognito-idp", environment.aws_region)
    names = environment.names
    pool = cognito.create_user_pool(PoolName=names.user_pool)["UserPool"]["Id"]
    cognito.create_resource_server(
        UserPoolId=pool,
        Identifier="https://gateway.internal",
        Name="gateway",
        Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in ("admin", "invoke")],
    )
    wanted = {names.user_pool: ["admin", "invoke"]}
    wanted |= {names.client(client.team): list(client.scopes) for client in environment.clients}
    for name, scopes in wanted.items():
        cognito.create_user_pool_client(
            UserPoolId=pool,
            ClientName=name,
            GenerateSecret=True,
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=[f"https://gateway.internal/{scope}" for scope in scopes],
        )
