"""The resources that hold an environment's state: what bucket and lock table share, and the bucket's settings."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

from envs.schema import Environment
from ops.aws import Aws, OperatorError, code_of

import attrs
from botocore.exceptions import ClientError

OLD_VERSION_DAYS = 90
"""Days after which old versions of the state are deleted."""
OLD_VERSIONS_KEPT = 20
"""Old versions that are kept whatever their age, so that a rarely deployed environment keeps its history."""
PLANS = "plans/"
"""Key prefix of plans that wait for their approval; the commit follows."""
PLAN_DAYS = 30
"""Days after which a stored plan is deleted; its noncurrent version is deleted one day later."""
STATES = ("terraform.tfstate", "pipeline.tfstate")
"""Keys of the states of the gateway's stack and of the pipeline's stack."""
LIFECYCLE_RULE, PLANS_RULE = "old-state-versions", "stored-plans"
_OLD_VERSIONS = {
    "ID": LIFECYCLE_RULE,
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {
        "NoncurrentDays": OLD_VERSION_DAYS,
        "NewerNoncurrentVersions": OLD_VERSIONS_KEPT,
    },
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
_STORED_PLANS = {
    "ID": PLANS_RULE,
    "Status": "Enabled",
    "Filter": {"Prefix": PLANS},
    "Expiration": {"Days": PLAN_DAYS},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
}
TLS_STATEMENT = "DenyWithoutTls"
PUBLIC_ACCESS_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def encryption(environment: Environment) -> dict[str, str]:
    """Encryption arguments for writing to the state bucket: `state_kms_key_arn`, or S3's own key."""
    if key := environment.state_kms_key_arn:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    return {"ServerSideEncryption": "AES256"}


@attrs.frozen
class Difference:
    """A setting that differs, and the call that repairs it; `repair` is None where it cannot be repaired."""

    resource: str
    what: str
    now: str
    wanted: str
    repair: partial[object] | None


@attrs.frozen
class StateResource:
    """A resource that holds a part of an environment's state, with its current and wanted settings."""

    aws: Aws
    kind: ClassVar[str]
    service: ClassVar[str]
    named_by: ClassVar[str]
    """The argument for its name in its service's calls."""
    called: ClassVar[str]
    """The attribute of `Names` with its name."""

    @property
    def name(self) -> str:
        """Its name, as in the Terraform version of this gateway."""
        return str(getattr(self.aws.environment.names, self.called))

    @property
    def shown(self) -> str:
        """Its kind and name, for output."""
        return f"{self.kind} {self.name}"

    def _settings(self) -> Iterator[Difference]:
        """Each of its settings, with the current and the wanted value."""
        raise NotImplementedError

    def differences(self) -> list[Difference]:
        """The settings whose current and wanted values differ."""
        return [setting for setting in self._settings() if setting.now != setting.wanted]

    def _repair(self) -> None:
        for difference in self.differences():
            if difference.repair:
                difference.repair()

    def _is(self, what: str, now: str, wanted: str, call: str, **arguments: object) -> Difference:
        """A setting with its current and wanted value, and the call that sets it."""
        repair = partial(getattr(self.aws.client(self.service), call), **{self.named_by: self.name}, **arguments)
        return Difference(self.shown, what, now, wanted, repair)

    def _tags(self) -> list[dict[str, str]]:
        tags = {**self.aws.environment.tags, "ManagedBy": "bootstrap"}
        return [{"Key": key, "Value": value} for key, value in tags.items()]


@attrs.frozen
class StateBucket(StateResource):
    """The bucket that holds the Terraform state."""

    kind, service, named_by, called = "bucket", "s3", "Bucket", "state_bucket"

    def exists(self) -> bool:
        """Whether this account has it in this region. Raises OperatorError where another account or region has it."""
        region = self.aws.environment.aws_region
        try:
            # Without the owner, S3 also answers for another account's bucket, if its policy allows that.
            answer = self.aws.client("s3").head_bucket(Bucket=self.name, ExpectedBucketOwner=self.aws.account_id)
        except ClientError as error:
            match code_of(error):
                case "404" | "NoSuchBucket":
                    return False
                case "403" | "AccessDenied":
                    raise OperatorError(
                        f"{self.shown} belongs to another account, or the credentials may not access it: bucket names "
                        "are unique across all accounts, so change project_name in envs/common.py"
                    ) from None
                case "301" | "PermanentRedirect":
                    raise OperatorError(self._elsewhere("another region")) from None
            raise
        found = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", region)
        if found != region:
            raise OperatorError(self._elsewhere(found))
        return True

    def _elsewhere(self, region: str) -> str:
        environment = self.aws.environment
        return (
            f"{self.shown} exists in {region}, envs/{environment.environment}.py sets "
            f"aws_region={environment.aws_region!r}: a bucket cannot move, so change aws_region or project_name"
        )

    def create(self) -> None:
        """Create it in the environment's region, with all its settings."""
        s3, region = self.aws.client("s3"), self.aws.environment.aws_region
        # us-east-1 must not be given as a location constraint (S3's API reference).
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=self.name, **where)
        s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": self._tags()})
        self._repair()

    def _get(self, call: str, key: str, absent: str) -> Any:
        return self.aws.first("s3", call, f"[{key}]", absent=(absent,), Bucket=self.name)

    def _settings(self) -> Iterator[Difference]:
        versioning = self.aws.client("s3").get_bucket_versioning(Bucket=self.name).get("Status", "off")
        enabled = {"Status": "Enabled"}
        yield self._is("versioning", versioning, "Enabled", "put_bucket_versioning", VersioningConfiguration=enabled)
        yield from self._encryption()
        yield self._public_access()
        yield self._policy()
        yield from self._lifecycle()
        yield from self._states()

    def _states(self) -> Iterator[Difference]:
        """The keys with which the states are encrypted, where `state_kms_key_arn` is set.

        A pipeline's roles may use that key only, and may not read the pipeline's own state. So that state is checked
        only where the key of the gateway's state differs.
        """
        key = self.aws.environment.state_kms_key_arn
        for name in STATES if key else ():
            found = self._state(name, key)
            if found is None or found.now == key:
                return
            yield found

    def _state(self, name: str, key: str) -> Difference | None:
        try:
            now = self.aws.client("s3").head_object(Bucket=self.name, Key=name)
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchKey"}:
                return None
            raise
        return self._is(
            f"key of {name}",
            now.get("SSEKMSKeyId") or now.get("ServerSideEncryption", "none"),
            key,
            "copy_object",
            Key=name,
            CopySource={"Bucket": self.name, "Key": name},
            CopySourceIfMatch=now["ETag"],
            ExpectedSourceBucketOwner=self.aws.account_id,
            **encryption(self.aws.environment),
        )

    def _encryption(self) -> Iterator[Difference]:
        absent = "ServerSideEncryptionConfigurationNotFoundError"
        found = self._get("get_bucket_encryption", "ServerSideEncryptionConfiguration", absent) or {"Rules": []}
        defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in found["Rules"]]
        key = self.aws.environment.state_kms_key_arn
        # Without the setting any key is accepted: an operator may have chosen one.
        if not (key in [one.get("KMSMasterKeyID") for one in defaults] if key else defaults):
            own = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
            rules = [{"ApplyServerSideEncryptionByDefault": own, "BucketKeyEnabled": bool(key)}]
            yield self._is(
                "default encryption",
                ", ".join(one.get("KMSMasterKeyID") or one["SSEAlgorithm"] for one in defaults if one) or "none",
                key or "AES256",
                "put_bucket_encryption",
                ServerSideEncryptionConfiguration={"Rules": rules},
            )

    def _public_access(self) -> Difference:
        absent = "NoSuchPublicAccessBlockConfiguration"
        found = self._get("get_public_access_block", "PublicAccessBlockConfiguration", absent) or {}
        blocked = [name for name in PUBLIC_ACCESS_BLOCKS if found.get(name)]
        return self._is(
            "public access blocks",
            "all four" if len(blocked) == len(PUBLIC_ACCESS_BLOCKS) else ", ".join(blocked) or "none",
            "all four",
            "put_public_access_block",
            PublicAccessBlockConfiguration=dict.fromkeys(PUBLIC_ACCESS_BLOCKS, True),
        )

    def _policy(self) -> Difference:
        policy = json.loads(self._get("get_bucket_policy", "Policy", "NoSuchBucketPolicy") or "{}")
        arn = self.aws.scope.bucket(self.name)
        wanted = {
            "Sid": TLS_STATEMENT,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        statements = policy.get("Statement", [])
        others = [statement for statement in statements if statement.get("Sid") != TLS_STATEMENT]
        document = {"Version": "2012-10-17", **policy, "Statement": [*others, wanted]}
        now = "TLS only" if wanted in statements else "allows plain HTTP"
        return self._is("policy", now, "TLS only", "put_bucket_policy", Policy=json.dumps(document))

    def _lifecycle(self) -> Iterator[Difference]:
        rules = self._get("get_bucket_lifecycle_configuration", "Rules", "NoSuchLifecycleConfiguration") or []
        on = [rule for rule in rules if rule["Status"] == "Enabled"]
        deletes_old = any("NoncurrentVersionExpiration" in rule and rule.get("ID") != PLANS_RULE for rule in on)
        deletes_plans = any(rule.get("ID") == PLANS_RULE for rule in on)
        missing: list[tuple[str, str, dict[str, Any]]] = []
        if not deletes_old:
            wanted = f"{OLD_VERSION_DAYS} days, and the last {OLD_VERSIONS_KEPT} without limit"
            missing.append(("keeps every old version", wanted, _OLD_VERSIONS))
        if not deletes_plans:
            missing.append(("keeps every stored plan", f"stored plans {PLAN_DAYS} days", _STORED_PLANS))
        added = [rule for _, _, rule in missing]
        others = [rule for rule in rules if rule.get("ID") not in {rule["ID"] for rule in added}]
        yield self._is(
            "lifecycle",
            ", ".join(now for now, _, _ in missing),
            ", ".join(then for _, then, _ in missing),
            "put_bucket_lifecycle_configuration",
            LifecycleConfiguration={"Rules": [*others, *added]},
        )
