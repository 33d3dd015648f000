"""The state object and its locks, read and repaired with the AWS SDK, since Terraform would refuse to start."""

import hashlib
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from envs.schema import Environment
from ops.aws import Aws, OperatorError, code_of
from ops.console import confirmed, out, say
from ops.state.state_resources import encryption

import attrs
from botocore.exceptions import ClientError

KEY = "terraform.tfstate"
"""Key of the state object in its bucket, as in the Terraform version of this gateway."""
LOCK_FILE = f"{KEY}.tflock"
"""Key of the lock file with `use_lockfile`, from Terraform 1.10 on (documentation of the S3 backend)."""
STATE_FORMAT = 4
"""Version of the state format since Terraform 0.12."""


def readable(body: bytes) -> dict[str, Any] | None:
    """A state, parsed; None for anything that Terraform would not accept as a state."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    sound = isinstance(document, dict) and document.get("version") == STATE_FORMAT and "lineage" in document
    return document if sound else None


def no_state(environment: Environment) -> str:
    """The error message for a missing state bucket."""
    return (
        f"there is no state bucket {environment.names.state_bucket}, so {environment.environment} is not deployed: run "
        f"`make deploy ENV={environment.environment}`, which creates it"
    )


@attrs.frozen
class Lock:
    """A lock on the state: who holds it, for which operation and since when, and where it is stored."""

    identifier: str
    who: str
    operation: str
    created: datetime
    places: tuple[str, ...]

    @property
    def age(self) -> str:
        """Its age in the largest fitting unit, e.g. `12 min`."""
        seconds = int((datetime.now(UTC) - self.created).total_seconds())
        for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
            if seconds >= size:
                return f"{seconds // size} {unit}"
        return f"{seconds} s"


@attrs.frozen
class State:
    """The state of one environment in its bucket, with its locks."""

    aws: Aws

    @property
    def bucket(self) -> str:
        """The name of its bucket."""
        return self.aws.environment.names.state_bucket

    @property
    def table(self) -> str:
        """The name of the table with its lock and the checksum of its content."""
        return self.aws.environment.names.lock_table

    @property
    def path(self) -> str:
        """Its LockID in the table."""
        return f"{self.bucket}/{KEY}"

    def body(self, version: str = "", *, key: str = KEY) -> bytes | None:
        """The content of the state object, a version of it, or another key in its bucket; None where it is missing.

        Raises OperatorError where the bucket is missing.
        """
        which = {"VersionId": version} if version else {}
        absent = ("NoSuchKey",)
        try:
            found = self.aws.first("s3", "get_object", "[Body]", absent=absent, Bucket=self.bucket, Key=key, **which)
        except ClientError as error:
            if code_of(error) == "NoSuchBucket":
                raise OperatorError(no_state(self.aws.environment)) from None
            raise
        return None if found is None else bytes(found.read())

    def write(self, body: bytes, *, key: str = KEY) -> None:
        """Write the state object, or another key in its bucket; the bucket keeps the earlier version."""
        more = encryption(self.aws.environment)
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json", **more)

    def repair(self, *, yes: bool) -> None:
        """Restore the newest readable version where the object is not readable, and correct its checksum.

        Raises OperatorError where the operator declines or no version is readable.
        """
        body = self.body()
        if body is not None and readable(body) is None:
            body = self._bring_back(yes=yes)
        if body is not None:
            self._correct_checksum(body, yes=yes)

    def _bring_back(self, *, yes: bool) -> bytes:
        found = self.aws.items("s3", "list_object_versions", "Versions[]", Bucket=self.bucket, Prefix=KEY)
        versions = [item for item in found if item["Key"] == KEY]
        for item, body, document in self._readable(versions):
            say(
                f"The state object is not readable. The newest readable version is from "
                f"{item['LastModified']:%Y-%m-%d %H:%M:%S} UTC: serial {document['serial']}, "
                f"{len(document['resources'])} resources and data sources."
            )
            if not confirmed("Restore it?", yes=yes):
                raise OperatorError("the state is not readable; nothing changed")
            # This adds a version; the unreadable one stays in the bucket.
            self.write(body)
            out.print("The state is restored. Resources that were deployed after it are looked up on AWS.")
            return body
        raise OperatorError(
            f"s3://{self.path} is not readable and has no readable version: restore it from a backup, or delete it to "
            "import everything that exists; then run this again"
        )

    def _readable(self, versions: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bytes, dict[str, Any]]]:
        """Readable old versions of the state, the newest first.

        S3 dates versions to the second and Terraform writes several in one, so those are sorted by their serial.
        """
        old = sorted((item for item in versions if not item["IsLatest"]), key=itemgetter("LastModified"), reverse=True)
        for _, group in itertools.groupby(old, key=itemgetter("LastModified")):
            found = []
            for item in group:
                body = self.body(item["VersionId"])
                document = readable(body or b"")
                if body and document is not None:
                    found.append((item, body, document))
            yield from sorted(found, key=lambda one: int(one[2].get("serial", 0)), reverse=True)

    def _correct_checksum(self, body: bytes, *, yes: bool) -> None:
        key = {"LockID": {"S": f"{self.path}-md5"}}
        item = self._item(key) or {}
        wanted = hashlib.md5(body, usedforsecurity=False).hexdigest()  # what Terraform's S3 backend keeps
        if item.get("Digest", {}).get("S", wanted) == wanted:
            return
        say("The checksum in the lock table does not match the state object.", "yellow")
        if not confirmed("Correct the checksum?", yes=yes):
            raise OperatorError("the state's checksum is wrong, so Terraform refuses the state; nothing changed")
        item = {**key, "Digest": {"S": wanted}}
        self.aws.client("dynamodb").put_item(TableName=self.table, Item=item)

    def _item(self, key: dict[str, Any]) -> Any:
        return self.aws.first("dynamodb", "get_item", "[Item]", TableName=self.table, Key=key, ConsistentRead=True)

    def lock(self) -> Lock | None:
        """The lock on the state, from the table or the lock file; None where there is none."""
        found: dict[str, Any] = {}
        places: list[str] = []
        item = self._item({"LockID": {"S": self.path}})
        if item and "Info" in item:
            found = json.loads(item["Info"]["S"])
            places.append(f"table {self.table}")
        absent = ("NoSuchKey",)
        file = self.aws.first("s3", "get_object", "[Body]", absent=absent, Bucket=self.bucket, Key=LOCK_FILE)
        if file:
            found = json.loads(file.read())
            places.append(f"s3://{self.bucket}/{LOCK_FILE}")
        if not found:
            return None
        # Go writes nanoseconds, Python parses at most six digits.
        created = datetime.fromisoformat(found["Created"].partition(".")[0].removesuffix("Z")).replace(tzinfo=UTC)
        return Lock(found["ID"], found["Who"], found["Operation"], created, tuple(places))

    def release(self, lock: Lock, *, yes: bool) -> None:
        """Print who holds a lock, and release it after a prompt. Raises OperatorError where the operator declines."""
        out.print(
            f"The state has been locked by {lock.who} ({lock.operation}) for {lock.age}, since "
            f"{lock.created:%Y-%m-%d %H:%M:%S} UTC, in {' and '.join(lock.places)}."
        )
        if not confirmed("Is that run dead? Release its lock?", yes=yes):
            raise OperatorError("the state stays locked; nothing changed")
        if any(place.startswith("table") for place in lock.places):
            self._delete_item(lock)
        if any(place.startswith("s3") for place in lock.places):
            self.aws.client("s3").delete_object(Bucket=self.bucket, Key=LOCK_FILE)
        out.print("Released.")

    def _delete_item(self, lock: Lock) -> None:
        try:
            self.aws.client("dynamodb").delete_item(
                TableName=self.table,
                Key={"LockID": {"S": self.path}},
                ConditionExpression="contains(Info, :identifier)",
                ExpressionAttributeValues={":identifier": {"S": lock.identifier}},
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise OperatorError("another run has locked the state in the meantime; run this again") from None
