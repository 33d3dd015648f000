"""The bucket and the table that hold an environment's state and lock: how they should be, and how they are."""

import json
from functools import partial
from typing import Any

from envs.schema import Environment
from ops.aws import Aws, OperatorError, code_of

import attrs
from botocore.exceptions import ClientError

OLD_VERSION_DAYS = 90
"""Old versions of the state are kept this long …"""
OLD_VERSIONS_KEPT = 20
"""… and so many of them for ever, so that a quiet environment keeps its history."""
PLANS = "plans/"
"""Where the plans of a pipeline wait for their approval, under the commit."""
PLAN_DAYS = 30
"""How long an approval may take; after that the plan is gone, and one day later its last version."""
STATES = ("terraform.tfstate", "pipeline.tfstate")
"""The states of an environment and of its pipeline."""
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
KEY_SCHEMA = "LockID (S)"


def encryption(environment: Environment) -> dict[str, str]:
    """How an object is written into the bucket of the state: with the environment's key, or with S3's own."""
    if key := environment.state_kms_key_arn:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    return {"ServerSideEncryption": "AES256"}


@attrs.frozen
class Difference:
    """Something that is not as it should be, and the call that mends it; none, where only a person can."""

    resource: str
    what: str
    now: str
    wanted: str
    mend: partial[object] | None


def _tags(aws: Aws) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in {**aws.environment.tags, "ManagedBy": "bootstrap"}.items()]


@attrs.frozen
class StateBucket:
    """The bucket that holds the Terraform state."""

    aws: Aws

    @property
    def name(self) -> str:
        """Its name, by the convention of the user's document."""
        return self.aws.environment.names.state_bucket

    @property
    def shown(self) -> str:
        """How a plan names it."""
        return f"bucket {self.name}"

    def exists(self) -> bool:
        """Whether this account has it, in this region. Raises OperatorError where another account or region has."""
        s3 = self.aws.client("s3")
        try:
            # S3 would answer for a bucket of another account too, where its policy is generous.
            answer = s3.head_bucket(Bucket=self.name, ExpectedBucketOwner=self.aws.account_id)
        except ClientError as error:
            match code_of(error):
                case "404" | "NoSuchBucket":
                    return False
                case "403" | "AccessDenied":
                    raise OperatorError(self._of_another("or these credentials may not see it")) from None
                case "301" | "PermanentRedirect":
                    raise OperatorError(self._elsewhere("another region")) from None
            raise
        region = answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region", self.aws.environment.aws_region)
        if region != self.aws.environment.aws_region:
            raise OperatorError(self._elsewhere(region))
        return True

    def _of_another(self, remark: str) -> str:
        return (
            f"{self.shown} belongs to another account, {remark}: bucket names are one namespace for the whole world, "
            "so change project_name in envs/common.py"
        )

    def _elsewhere(self, region: str) -> str:
        environment = self.aws.environment
        return (
            f"{self.shown} exists in {region}, envs/{environment.environment}.py has "
            f"aws_region={environment.aws_region!r}: a bucket cannot move, so change aws_region or project_name"
        )

    def create(self) -> None:
        """Make it, in the environment's region, with everything it should have."""
        s3, region = self.aws.client("s3"), self.aws.environment.aws_region
        # us-east-1 is the one region that must not be named (S3's API reference).
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=self.name, **where)
        s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": _tags(self.aws)})
        for difference in self.differences():
            if difference.mend:
                difference.mend()

    def _get(self, call: str, key: str, absent: str) -> Any:
        return self.aws.first("s3", call, f"[{key}]", absent=(absent,), Bucket=self.name)

    def differences(self) -> list[Difference]:
        """What is not as it should be."""
        checks = (self._versioning(), self._encryption(), self._public_access(), self._policy(), self._lifecycle())
        return [*filter(None, checks), *self._states()]

    def _states(self) -> list[Difference]:
        """The states that another key than the setting's encrypts: a pipeline's roles may use that one alone."""
        key = self.aws.environment.state_kms_key_arn
        return [found for name in STATES if key and (found := self._state(name, key))]

    def _state(self, name: str, key: str) -> Difference | None:
        try:
            now = self.aws.client("s3").head_object(Bucket=self.name, Key=name)
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchKey", "403", "AccessDenied"}:
                return None  # not written yet, or not for the role that looks
            raise
        used = now.get("SSEKMSKeyId") or now.get("ServerSideEncryption", "none")
        if used == key:
            return None
        return self._difference(
            f"key of {name}",
            used,
            key,
            "copy_object",
            Key=name,
            CopySource={"Bucket": self.name, "Key": name},
            CopySourceIfMatch=now["ETag"],
            ExpectedSourceBucketOwner=self.aws.account_id,
            **encryption(self.aws.environment),
        )

    def _difference(self, what: str, now: str, wanted: str, call: str, **arguments: object) -> Difference:
        mend = partial(getattr(self.aws.client("s3"), call), Bucket=self.name, **arguments)
        return Difference(self.shown, what, now, wanted, mend)

    def _versioning(self) -> Difference | None:
        now = self.aws.client("s3").get_bucket_versioning(Bucket=self.name).get("Status", "off")
        if now == "Enabled":
            return None
        configuration = {"Status": "Enabled"}
        return self._difference(
            "versioning", now, "Enabled", "put_bucket_versioning", VersioningConfiguration=configuration
        )

    def _encryption(self) -> Difference | None:
        absent = "ServerSideEncryptionConfigurationNotFoundError"
        found = self._get("get_bucket_encryption", "ServerSideEncryptionConfiguration", absent) or {"Rules": []}
        defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in found["Rules"]]
        key = self.aws.environment.state_kms_key_arn
        if key in [one.get("KMSMasterKeyID") for one in defaults] if key else defaults:
            return None  # without the setting with whichever key: a person may have chosen one
        own = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
        rules = [{"ApplyServerSideEncryptionByDefault": own, "BucketKeyEnabled": bool(key)}]
        return self._difference(
            "default encryption",
            ", ".join(one.get("KMSMasterKeyID") or one["SSEAlgorithm"] for one in defaults if one) or "none",
            key or "AES256",
            "put_bucket_encryption",
            ServerSideEncryptionConfiguration={"Rules": rules},
        )

    def _public_access(self) -> Difference | None:
        absent = "NoSuchPublicAccessBlockConfiguration"
        found = self._get("get_public_access_block", "PublicAccessBlockConfiguration", absent) or {}
        blocked = [name for name in PUBLIC_ACCESS_BLOCKS if found.get(name)]
        if len(blocked) == len(PUBLIC_ACCESS_BLOCKS):
            return None
        return self._difference(
            "public access blocks",
            ", ".join(blocked) or "none",
            "all four",
            "put_public_access_block",
            PublicAccessBlockConfiguration=dict.fromkeys(PUBLIC_ACCESS_BLOCKS, True),
        )

    def _policy(self) -> Difference | None:
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
        if wanted in statements:
            return None
        others = [statement for statement in statements if statement.get("Sid") != TLS_STATEMENT]
        document = {"Version": "2012-10-17", **policy, "Statement": [*others, wanted]}
        return self._difference(
            "policy", "allows plain HTTP", "TLS only", "put_bucket_policy", Policy=json.dumps(document)
        )

    def _lifecycle(self) -> Difference | None:
        rules = self._get("get_bucket_lifecycle_configuration", "Rules", "NoSuchLifecycleConfiguration") or []
        on = [rule for rule in rules if rule["Status"] == "Enabled"]
        now, wanted, missing = [], [], []
        if not any("NoncurrentVersionExpiration" in rule and rule.get("ID") != PLANS_RULE for rule in on):
            now.append("keeps every old version")
            wanted.append(f"{OLD_VERSION_DAYS} days, and the last {OLD_VERSIONS_KEPT} for ever")
            missing.append(_OLD_VERSIONS)
        if not any(rule.get("ID") == PLANS_RULE for rule in on):
            now.append("keeps every stored plan")
            wanted.append(f"stored plans {PLAN_DAYS} days")
            missing.append(_STORED_PLANS)
        if not missing:
            return None
        others = [rule for rule in rules if rule.get("ID") not in {rule["ID"] for rule in missing}]
        return self._difference(
            "lifecycle",
            ", ".join(now),
            ", ".join(wanted),
            "put_bucket_lifecycle_configuration",
            LifecycleConfiguration={"Rules": [*others, *missing]},
        )


@attrs.frozen
class LockTable:
    """The table that holds the lock on the Terraform state."""

    aws: Aws

    @property
    def name(self) -> str:
        """Its name, by the convention of the user's document."""
        return self.aws.environment.names.lock_table

    @property
    def shown(self) -> str:
        """How a plan names it."""
        return f"table {self.name}"

    def _describe(self) -> dict[str, Any] | None:
        absent = ("ResourceNotFoundException",)
        found: dict[str, Any] | None = self.aws.first(
            "dynamodb", "describe_table", "[Table]", absent=absent, TableName=self.name
        )
        return found

    def exists(self) -> bool:
        """Whether this account has it in this region."""
        return self._describe() is not None

    def create(self) -> None:
        """Make it with everything it should have, and wait until it answers."""
        dynamodb = self.aws.client("dynamodb")
        dynamodb.create_table(
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
            Tags=_tags(self.aws),
        )
        dynamodb.get_waiter("table_exists").wait(TableName=self.name, WaiterConfig={"Delay": 2, "MaxAttempts": 60})
        for difference in self.differences():
            if difference.mend:
                difference.mend()

    def differences(self) -> list[Difference]:
        """What is not as it should be. A key that differs cannot be mended."""
        dynamodb, table = self.aws.client("dynamodb"), self._describe() or {}
        found: list[Difference] = []

        types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
        key = ", ".join(f"{item['AttributeName']} ({types[item['AttributeName']]})" for item in table["KeySchema"])
        if key != KEY_SCHEMA:
            found.append(Difference(self.shown, "key", key, KEY_SCHEMA, None))
        billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        if billing != "PAY_PER_REQUEST":
            mend = partial(dynamodb.update_table, TableName=self.name, BillingMode="PAY_PER_REQUEST")
            found.append(Difference(self.shown, "billing", billing, "PAY_PER_REQUEST", mend))
        backups = dynamodb.describe_continuous_backups(TableName=self.name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus", "DISABLED")
        if recovery != "ENABLED":
            mend = partial(
                dynamodb.update_continuous_backups,
                TableName=self.name,
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            found.append(Difference(self.shown, "point-in-time recovery", recovery, "ENABLED", mend))
        if not table.get("DeletionProtectionEnabled"):
            mend = partial(dynamodb.update_table, TableName=self.name, DeletionProtectionEnabled=True)
            found.append(Difference(self.shown, "deletion protection", "off", "on", mend))
        return found
