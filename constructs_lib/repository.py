"""The environment's ECR repository, to which `make images` copies the task's images."""

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
"""Tag prefixes of `make images`; None: all other images. The lifecycle policy counts each kind separately."""


def _rule(priority: int, prefix: str | None) -> dict[str, object]:
    """A lifecycle rule for images whose tags start with `prefix`; None: all others, which ECR requires to be last."""
    tagged = {"tagStatus": "tagged", "tagPrefixList": [prefix]} if prefix else {"tagStatus": "any"}
    return {
        "rulePriority": priority,
        "description": f"Keep the last {KEPT_IMAGES} {f'of {prefix}*' if prefix else 'of all others'}",
        "selection": {**tagged, "countType": "imageCountMoreThan", "countNumber": KEPT_IMAGES},
        "action": {"type": "expire"},
    }


class Repository(Construct):
    """Immutable tags, scan on push, encrypted; keeps the last KEPT_IMAGES images of each kind."""

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
