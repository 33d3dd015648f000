"""Resource policies that IAM evaluates together with the caller's: of keys, buckets, secrets and repositories."""

import json
from typing import Any

from emulator.iam.evaluator import Document
from emulator.judge.cloud import Cloud


def default_key_policy(cloud: Cloud) -> Document:
    """The default key policy, which lets the account's IAM policies decide (KMS developer guide)."""
    root = f"arn:{cloud.partition}:iam::{cloud.account_id}:root"
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}],
    }


def _text(cloud: Cloud, arn: str) -> Any:
    _, _, service, _, _, resource = arn.split(":", 5)
    if service == "s3":
        bucket = cloud.backend("s3").buckets.get(resource.partition("/")[0])
        return bucket.policy if bucket is not None else None
    if service == "secretsmanager":
        return next((one.policy for one in cloud.backend("secretsmanager").secrets.values() if one.arn == arn), None)
    if service == "ecr":
        repository = cloud.backend("ecr").repositories.get(resource.partition("/")[2])
        return repository.policy if repository is not None else None
    return None


def policy_of(cloud: Cloud, arn: str) -> Document | None:
    """The policy of a resource; None where it has none or is of a type that is not evaluated here."""
    if arn.split(":")[2:3] == ["kms"] and ":key/" in arn:
        key = cloud.key(arn)
        found: Document = json.loads(key.policy) if key is not None else default_key_policy(cloud)
        return found
    text = _text(cloud, arn) if arn.startswith("arn:") else None
    return json.loads(text) if text else None
