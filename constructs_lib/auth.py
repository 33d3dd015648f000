"""Amazon Cognito: the user pool, its clients and its token endpoint."""

from constructs_lib.helpers.access import RESOURCE_SERVER, SCOPES, token_endpoint
from constructs_lib.helpers.scope import Scope

import attrs
from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cognito_resource_server import CognitoResourceServer, CognitoResourceServerScope
from cdktf_cdktf_provider_aws.cognito_user_pool import (
    CognitoUserPool,
    CognitoUserPoolAccountRecoverySetting,
    CognitoUserPoolAccountRecoverySettingRecoveryMechanism,
    CognitoUserPoolAdminCreateUserConfig,
    CognitoUserPoolPasswordPolicy,
)
from cdktf_cdktf_provider_aws.cognito_user_pool_client import (
    CognitoUserPoolClient,
    CognitoUserPoolClientTokenValidityUnits,
)
from cdktf_cdktf_provider_aws.cognito_user_pool_domain import CognitoUserPoolDomain
from constructs import Construct

ACCESS_TOKEN_HOURS = 1
TOKEN_UNITS = {"access_token": "hours", "id_token": "hours", "refresh_token": "days"}


@attrs.frozen(kw_only=True)
class TokenIssuer:
    """What the load balancer needs to validate a token."""

    issuer: str
    jwks_endpoint: str
    required_scope: str


class Auth(Construct):
    """A user pool for machines: a resource server with scopes, client_credentials clients and a token endpoint.

    One client belongs to the environment and has every scope; each team has one with the team's scopes.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        domain_prefix: str,
        teams: dict[str, tuple[str, ...]],
        deletion_protection: bool,
    ) -> None:
        super().__init__(scope, id_)
        names = where.names
        pool = CognitoUserPool(
            self,
            "UserPool",
            name=names.user_pool,
            deletion_protection="ACTIVE" if deletion_protection else "INACTIVE",
            admin_create_user_config=CognitoUserPoolAdminCreateUserConfig(allow_admin_create_user_only=True),
            account_recovery_setting=CognitoUserPoolAccountRecoverySetting(
                recovery_mechanism=[
                    CognitoUserPoolAccountRecoverySettingRecoveryMechanism(name="admin_only", priority=1)
                ]
            ),
            password_policy=CognitoUserPoolPasswordPolicy(
                minimum_length=16,
                require_lowercase=True,
                require_numbers=True,
                require_symbols=True,
                require_uppercase=True,
                temporary_password_validity_days=1,
            ),
        )
        self.user_pool_id = pool.id
        server = CognitoResourceServer(
            self,
            "ResourceServer",
            identifier=RESOURCE_SERVER,
            name=names.user_pool,
            user_pool_id=self.user_pool_id,
            scope=[
                CognitoResourceServerScope(scope_name=name, scope_description=description)
                for name, description in SCOPES.items()
            ],
        )
        self.client_id = self._client("Client", names.user_pool, tuple(SCOPES), server)
        self.client_ids = {
            team: self._client(f"Client-{team}", names.client(team), allowed, server) for team, allowed in teams.items()
        }
        """Team to the id of its Cognito client."""
        CognitoUserPoolDomain(self, "Domain", domain=domain_prefix, user_pool_id=self.user_pool_id)
        self.token_endpoint = token_endpoint(domain_prefix, where.region)
        issuer = f"https://{where.host('cognito-idp')}/{self.user_pool_id}"
        self.token_issuer = TokenIssuer(
            issuer=issuer,
            jwks_endpoint=f"{issuer}/.well-known/jwks.json",
            required_scope=f"{RESOURCE_SERVER}/invoke",
        )

    def _client(self, id_: str, name: str, scopes: tuple[str, ...], server: CognitoResourceServer) -> str:
        return CognitoUserPoolClient(
            self,
            id_,
            name=name,
            user_pool_id=self.user_pool_id,
            generate_secret=True,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["client_credentials"],
            allowed_oauth_scopes=[f"{RESOURCE_SERVER}/{scope}" for scope in scopes],
            access_token_validity=ACCESS_TOKEN_HOURS,
            # Cognito's defaults. Without them the provider cannot take over a client with other units: it plans to
            # remove the units, and AWS returns the defaults.
            token_validity_units=[CognitoUserPoolClientTokenValidityUnits(**TOKEN_UNITS)],
            enable_token_revocation=True,
            prevent_user_existence_errors="ENABLED",
            # AWS does not return it: Terraform would replace an imported client and with it the callers' credentials.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["generate_secret"]),
            # The scopes are plain strings, so Terraform does not see the dependency.
            depends_on=[server],
        ).id
