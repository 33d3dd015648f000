"""CloudWatch Logs: keys of existing log groups, deletion protection, and metric filters on transformed logs."""

import json
from typing import Any

from emulator.additions.state import state

from moto.core.exceptions import JsonRESTError
from moto.logs.responses import LogsResponse

_create_log_group = LogsResponse.create_log_group
_delete_log_group = LogsResponse.delete_log_group
_describe_log_groups = LogsResponse.describe_log_groups
_put_metric_filter = LogsResponse.put_metric_filter
KEPT = {"deletionProtectionEnabled": "deletionProtectionEnabled", "logGroupClass": "logGroupClass"}
"""Members of CreateLogGroup that DescribeLogGroups returns and moto drops."""


def _group_name(self: LogsResponse, *members: str) -> str:
    given = next(filter(None, map(self._get_param, members)), "")
    name = given.split(":")[6] if given.startswith("arn:") else given
    if name not in self.logs_backend.groups:
        raise JsonRESTError("ResourceNotFoundException", "The specified log group does not exist.")
    return str(name)


def _more(self: LogsResponse) -> dict[str, Any]:
    return state(self.logs_backend, "added_log_group_settings")


def log_group_class(backend: Any, name: str) -> str:
    """The class that CreateLogGroup named for a group, or the default, STANDARD."""
    return str(state(backend, "added_log_group_settings").get(name, {}).get("logGroupClass") or "STANDARD")


def create_log_group(self: LogsResponse) -> str:
    """Moto's call; keeps the group's class and deletion protection."""
    answer = str(_create_log_group(self))
    given = {name: self._get_param(member) for name, member in KEPT.items()}
    _more(self)[self._get_param("logGroupName")] = {key: value for key, value in given.items() if value is not None}
    return answer


def describe_log_groups(self: LogsResponse) -> str:
    """Moto's answer with the members that moto drops."""
    answer = json.loads(str(_describe_log_groups(self)))
    filtered = [one["logGroupName"] for one in self.logs_backend.filters.metric_filters]
    for group in answer["logGroups"]:
        group.update(_more(self).get(group["logGroupName"], {}))
        group["metricFilterCount"] = filtered.count(group["logGroupName"])
    return json.dumps(answer)


def put_metric_filter(self: LogsResponse) -> str:
    """Create or update a filter (API reference, PutMetricFilter); moto would keep the old one in addition."""
    name, group = self._get_param("filterName"), self._get_param("logGroupName")
    answer = str(_put_metric_filter(self))
    filters = self.logs_backend.filters
    *others, made = filters.metric_filters
    made["applyOnTransformedLogs"] = bool(self._get_param("applyOnTransformedLogs"))
    kept = [one for one in others if (one["filterName"], one["logGroupName"]) != (name, group)]
    filters.metric_filters = [*kept, made]
    return answer


def associate_kms_key(self: LogsResponse) -> str:
    """Set the key of a log group, for events from now on (API reference, AssociateKmsKey)."""
    name = _group_name(self, "logGroupName", "resourceIdentifier")
    self.logs_backend.groups[name].kms_key_id = self._get_param("kmsKeyId")
    return ""


def disassociate_kms_key(self: LogsResponse) -> str:
    """Remove the key of a log group: events from now on are encrypted with a key of CloudWatch Logs."""
    name = _group_name(self, "logGroupName", "resourceIdentifier")
    self.logs_backend.groups[name].kms_key_id = None
    return ""


def put_log_group_deletion_protection(self: LogsResponse) -> str:
    """Turn the deletion protection of a log group on or off."""
    name = _group_name(self, "logGroupIdentifier")
    wanted = self._get_param("deletionProtectionEnabled")
    _more(self).setdefault(name, {})["deletionProtectionEnabled"] = wanted
    return ""


def delete_log_group(self: LogsResponse) -> str:
    """Moto's call, refused where deletion protection is enabled."""
    name = self._get_param("logGroupName")
    if _more(self).get(name, {}).get("deletionProtectionEnabled"):
        raise JsonRESTError("ValidationException", f"Log group {name} has deletion protection enabled.")
    answer = _delete_log_group(self)
    _more(self).pop(name, None)
    return str(answer)
