"""Secrets that ECS passes to the task as environment variables. Terraform never has their values."""

from constructs_lib.helpers.naming import Names

from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from constructs import Construct


class Secrets(Construct):
    """Empty secrets, whose values `make secrets` sets; Terraform never overwrites them.

    One for each variable in `gateway_secrets`, each provider's key and each team's credentials.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        key: KmsKey,
        variables: tuple[str, ...],
        providers: dict[str, str],
        teams: tuple[str, ...],
        deletion_protection: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._prefix = names.prefix
        # A deleted secret keeps its name during this window, so a deployment after a destroy would fail.
        self._recovery_window_in_days = 30 if deletion_protection else 0
        self.key_arn = key.arn
        self.gateway = {
            variable: self._secret(variable, names.secret(variable.lower().replace("_", "-")), variable)
            for variable in variables
        }
        """Environment variable of the gateway to the ARN of its secret."""
        self.providers = {
            variable: self._secret(f"Provider-{name}", names.provider_secret(name), f"key of {name}")
            for name, variable in providers.items()
        }
        """Environment variable of the gateway to the ARN of the secret with a provider's key."""
        for team in teams:
            self._secret(f"Client-{team}", names.client_secret(team), f"credentials of the team {team}")

    def _secret(self, id_: str, name: str, what: str) -> str:
        return SecretsmanagerSecret(
            self,
            id_,
            name=name,
            description=f"{self._prefix}: {what}; the value is set with make secrets",
            kms_key_id=self.key_arn,
            recovery_window_in_days=self._recovery_window_in_days,
        ).arn
