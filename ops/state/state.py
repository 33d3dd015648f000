"""The state object and its locks, repaired without Terraform where Terraform would refuse to start."""

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
"""Key of the state object in its bucket (the Terraform version of this gateway)."""
LOCK_FILE = f"{KEY}.tflock"
"""Where Terraform 1.10 and newer keep a lock with `use_lockfile` (its S3 backend's documentation)."""
STATE_FORMAT = 4
"""Version of the state's format since Terraform 0.12."""


def readable(body: bytes) -> dict[str, Any] | None:
    """A state as JSON, or None for anything that Terraform would not take for one."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    sound = isinstance(document, dict) and document.get("version") == STATE_FORMAT and "lineage" in document
    return document if sound else None


def no_state(environment: Environment) -> str:
    """What to say where the bucket of the state is missing."""
    return (
        f"there is no state bucket {environment.names.state_bucket}: nothing was deployed; "
        f"`make deploy ENV={environment.environment}` makes it"
    )


@attrs.frozen
class Lock:
    """A lock on the state: who holds it, and where it is kept."""

    identifier: str
    who: str
    operation: str
    created: datetime
    places: tuple[str, ...]

    @property
    def age(self) -> str:
        """How old it is, e.g. `12 min`."""
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
        """The bucket that holds it."""
        return self.aws.environment.names.state_bucket

    @property
    def table(self) -> str:
        """The table that holds its lock and the checksum of its content."""
        return self.aws.environment.names.lock_table

    @property
    def path(self) -> str:
        """What Terraform calls it in the table."""
        return f"{self.bucket}/{KEY}"

    def body(self, version: str = "", *, key: str = KEY) -> bytes | None:
        """The state object, an old version of it, or what else is next to it; None where there is none yet."""
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
        """Write the state object, or what else is next to it; the bucket keeps the earlier version."""
        more = encryption(self.aws.environment)
        self.aws.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json", **more)

    def repair(self, *, yes: bool) -> None:
        """Bring back the newest readable version where the object is not readable, and correct its checksum."""
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
                f"The state object is not readable. The newest readable version is of "
                f"{item['LastModified']:%Y-%m-%d %H:%M:%S} UTC: serial {document['serial']}, "
                f"{len(document['resources'])} resources and data sources."
            )
            if not confirmed("Bring it back?", yes=yes):
                raise OperatorError("the state is not readable; nothing changed")
            # A new version on top; the unreadable one stays below it.
            self.write(body)
            out.print("The state is back; what was deployed after it will be found on AWS.")
            return body
        raise OperatorError(
            f"s3://{self.path} is not readable and has no readable version; restore it from a backup, or delete it, "
            "and run this again: everything that exists will then be imported"
        )

    def _readable(self, versions: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bytes, dict[str, Any]]]:
        """Old versions of the state that can be read, the newest first; S3 dates versions to the second.

        Terraform writes several within a second, so versions of one second are told apart by their serial.
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
        say("The checksum in the lock table is not that of the state object.", "yellow")
        if not confirmed("Set it to the object's?", yes=yes):
            raise OperatorError("Terraform will refuse this state; nothing changed")
        item = {**key, "Digest": {"S": wanted}}
        self.aws.client("dynamodb").put_item(TableName=self.table, Item=item)

    def _item(self, key: dict[str, Any]) -> Any:
        return self.aws.first("dynamodb", "get_item", "[Item]", TableName=self.table, Key=key, ConsistentRead=True)

    def lock(self) -> Lock | None:
        """The lock on the state, from the table or the lock file, if there is one."""
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
        # Go writes nanoseconds, of which Python takes six digits.
        created = datetime.fromisoformat(found["Created"].partition(".")[0].removesuffix("Z")).replace(tzinfo=UTC)
        return Lock(found["ID"], found["Who"], found["Operation"], created, tuple(places))

    def release(self, lock: Lock, *, yes: bool) -> None:
        """Show who holds a lock and release it after a question. Raises OperatorError where it is to stay."""
        out.print(
            f"The state is locked by {lock.who} ({lock.operation}) for {lock.age}, since "
            f"{lock.created:%Y-%m-%d %H:%M:%S} UTC, in {' and '.join(lock.places)}."
        )
        if not confirmed("Is that run dead, and may its lock go?", yes=yes):
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
            raise OperatorError("another run took the lock while the question stood; run this again") from None
