"""The DynamoDB table with the lock on an environment's state: its creation and its settings."""

from collections.abc import Iterator
from typing import Any

from ops.state.state_resources import Difference, StateResource

import attrs

KEY_SCHEMA = "LockID (S)"


@attrs.frozen
class LockTable(StateResource):
    """The lock table of the Terraform state."""

    kind, service, named_by, called = "table", "dynamodb", "TableName", "lock_table"

    def _describe(self) -> Any:
        absent = ("ResourceNotFoundException",)
        return self.aws.first("dynamodb", "describe_table", "[Table]", absent=absent, TableName=self.name)

    def exists(self) -> bool:
        """Whether this account has it in this region."""
        return self._describe() is not None

    def create(self) -> None:
        """Create the table with all its settings; waits up to two minutes until it is active."""
        dynamodb = self.aws.client("dynamodb")
        dynamodb.create_table(
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
            Tags=self._tags(),
        )
        dynamodb.get_waiter("table_exists").wait(TableName=self.name, WaiterConfig={"Delay": 2, "MaxAttempts": 60})
        self._repair()

    def _settings(self) -> Iterator[Difference]:
        table = self._describe() or {}
        types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
        key = ", ".join(f"{item['AttributeName']} ({types[item['AttributeName']]})" for item in table["KeySchema"])
        yield Difference(self.shown, "key", key, KEY_SCHEMA, None)
        billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        yield self._is("billing", billing, "PAY_PER_REQUEST", "update_table", BillingMode="PAY_PER_REQUEST")
        path = "[ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus]"
        recovery = self.aws.first("dynamodb", "describe_continuous_backups", path, TableName=self.name) or "DISABLED"
        yield self._is(
            "point-in-time recovery",
            recovery,
            "ENABLED",
            "update_continuous_backups",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        protected = "on" if table.get("DeletionProtectionEnabled") else "off"
        yield self._is("deletion protection", protected, "on", "update_table", DeletionProtectionEnabled=True)
