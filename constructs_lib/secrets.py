"""Secrets that ECS puts into the gateway's environment; their values are never Terraform's."""

from constructs_lib.helpers.naming import Names

from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from constructs import Construct


class Secrets(Construct):
    """An empty secret for each environment variable; an operator writes the value, no apply writes over it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        key: KmsKey,
        variables: tuple[str, ...],
        deletion_protection: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.key_arn = key.arn
        self.arns = {
            variable: SecretsmanagerSecret(
                self,
                variable,
                name=names.secret(variable.lower().replace("_", "-")),
                description=f"{names.prefix}: {variable} of the gateway; the value is set by hand",
                kms_key_id=self.key_arn,
                # A secret in its recovery window keeps its name, so destroy and deploy would fail.
                recovery_window_in_days=30 if deletion_protection else 0,
            ).arn
            for variable in variables
        }
