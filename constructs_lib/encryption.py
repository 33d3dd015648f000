"""The KMS keys of an environment."""

from constructs_lib.helpers.policies import Condition, Statement, policy
from constructs_lib.helpers.scope import Scope

from cdktf_cdktf_provider_aws.kms_alias import KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct


class Encryption(Construct):
    """One KMS key each, with rotation and an alias, for log groups, secrets, images, alarms and the usage table.

    A store for a new kind of data takes a new key: add it here, and its purpose to `keys` in
    helpers/pipeline/access.toml.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        deletion_protection: bool,
        with_usage: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._names = where.names
        # Days AWS waits before it deletes a key (7 to 30). Data encrypted with the key is lost then.
        self._deletion_window_in_days = 30 if deletion_protection else 7
        administration = Statement(
            sid="AccountDecides",
            actions=("kms:*",),
            accounts=(where.arn("iam", "root", region=""),),
            resources=("*",),
        )
        logs_service = Statement(
            sid="LogsOfThisEnvironment",
            actions=("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
            services=(where.host("logs"),),
            resources=("*",),
            conditions=(
                Condition(
                    "ArnEquals",
                    "kms:EncryptionContext:aws:logs:arn",
                    tuple(where.arn("logs", f"log-group:{name}") for name in where.names.log_groups),
                ),
            ),
        )
        alarms_service = Statement(
            sid="AlarmsOfThisAccount",
            actions=("kms:Decrypt", "kms:GenerateDataKey*"),
            services=("cloudwatch.amazonaws.com",),
            resources=("*",),
            conditions=(Condition("StringEquals", "aws:SourceAccount", (where.account_id,)),),
        )
        self.logs_key = self._key("Logs", "logs", policy(administration, logs_service))
        self.secrets_key = self._key("Secrets", "secrets", policy(administration))
        self.images_key = self._key("Images", "images", policy(administration))
        self.alarms_key = self._key("Alarms", "alarms", policy(administration, alarms_service))
        # DynamoDB uses it with a grant, and with the permissions of the principal that reads or writes the table.
        self.usage_key = self._key("Usage", "usage", policy(administration)) if with_usage else None

    def _key(self, id_: str, purpose: str, key_policy: str) -> KmsKey:
        key = KmsKey(
            self,
            id_,
            description=f"{self._names.prefix}: {purpose}",
            enable_key_rotation=True,
            deletion_window_in_days=self._deletion_window_in_days,
            policy=key_policy,
        )
        KmsAlias(self, f"{id_}Alias", name=self._names.key_alias(purpose), target_key_id=key.key_id)
        return key
