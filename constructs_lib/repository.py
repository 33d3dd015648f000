"""The environment's own ECR repository for the gateway image."""

import json

from constructs_lib.helpers.naming import Names

from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

KEPT_IMAGES = 10
KINDS = ("gateway-", "collector-", "instrumentation-", None)
"""How the tags of `make images` start. Each kind is counted apart: one that changes often takes no other along."""


def _rule(priority: int, prefix: str | None) -> dict[str, object]:
    """Keep the last images whose tags start so; without a prefix of all others (ECR: a rule for any comes last)."""
    tagged = {"tagStatus": "tagged", "tagPrefixList": [prefix]} if prefix else {"tagStatus": "any"}
    return {
        "rulePriority": priority,
        "description": f"Keep the last {KEPT_IMAGES} {f'of {prefix}*' if prefix else 'of all others'}",
        "selection": {**tagged, "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
        "action": {"type": "expire"},
    }


class Repository(Construct):
    """Immutable tags, scanned on push, the last ten images kept, encrypted with our key."""

    def __init__(self, scope: Construct, id_: str, *, names: Names, key: KmsKey, deletion_protection: bool) -> None:
        super().__init__(scope, id_)
        repository = EcrRepository(
            self,
            "Repository",
            name=names.repository,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[EcrRepositoryEncryptionConfiguration(encryption_type="KMS", kms_key=key.arn)],
            force_delete=not deletion_protection,
        )
        self.arn = repository.arn
        self.url = repository.repository_url
        EcrLifecyclePolicy(
            self,
            "Lifecycle",
            repository=repository.name,
            policy=json.dumps({"rules": [_rule(number, prefix) for number, prefix in enumerate(KINDS, start=1)]}),
        )
