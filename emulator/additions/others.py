"""Saved queries, tags of scalable targets, audiences of identity providers, and other changes to moto."""

import json
import uuid
from typing import Any

from emulator.additions.state import state as _state

from moto.applicationautoscaling.models import FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time_millis
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.responses import IamResponse
from moto.logs.responses import LogsResponse

QUERY_DEFINITIONS_A_PAGE = 1000
"""Default and largest page of DescribeQueryDefinitions (its API reference)."""

# CloudWatch Logs: saved queries.


def put_query_definition(self: LogsResponse) -> str:
    """Create or replace a saved query; an update drops every member that it leaves out."""
    definitions = _state(self.logs_backend, "added_query_definitions")
    identifier = self._get_param("queryDefinitionId")
    if identifier and identifier not in definitions:
        raise JsonRESTError("ResourceNotFoundException", f"The query definition {identifier} does not exist.")
    identifier = identifier or str(uuid.uuid4())
    definitions[identifier] = {
        "queryDefinitionId": identifier,
        "queryLanguage": self._get_param("queryLanguage") or "CWLI",
        "name": self._get_param("name"),
        "queryString": self._get_param("queryString"),
        "logGroupNames": self._get_param("logGroupNames") or [],
        "lastModified": int(unix_time_millis()),
    }
    return json.dumps({"queryDefinitionId": identifier})


def describe_query_definitions(self: LogsResponse) -> str:
    """One page of the saved queries whose names begin with a prefix."""
    prefix = self._get_param("queryDefinitionNamePrefix") or ""
    found = [
        definition
        for definition in _state(self.logs_backend, "added_query_definitions").values()
        if definition["name"].startswith(prefix)
    ]
    start = int(self._get_param("nextToken") or 0)
    end = start + int(self._get_param("maxResults") or QUERY_DEFINITIONS_A_PAGE)
    more = {"nextToken": str(end)} if end < len(found) else {}
    return json.dumps({"queryDefinitions": found[start:end], **more})


def delete_query_definition(self: LogsResponse) -> str:
    """Delete a saved query."""
    identifier = self._get_param("queryDefinitionId")
    if _state(self.logs_backend, "added_query_definitions").pop(identifier, None) is None:
        raise JsonRESTError("ResourceNotFoundException", f"The query definition {identifier} does not exist.")
    return json.dumps({"success": True})


# Application Auto Scaling: tags of scalable targets.


def _scalable_target(self: ApplicationAutoScalingResponse) -> FakeScalableTarget:
    arn = self._get_param("ResourceARN")
    for targets in self.applicationautoscaling_backend.targets.values():
        for target in targets.values():
            if target.arn == arn:
                return target
    raise JsonRESTError("ResourceNotFoundException", f"Resource not found: {arn}")


_register_scalable_target = ApplicationAutoScalingResponse.register_scalable_target


def register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
    """Moto's call; keeps the tags, which moto drops."""
    answer = _register_scalable_target(self)
    if tags := self._get_param("Tags"):
        arn = json.loads(answer)["ScalableTargetARN"]
        _state(self.applicationautoscaling_backend, "added_tags").setdefault(arn, {}).update(tags)
    return answer


def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    """The tags of a scalable target."""
    target = _scalable_target(self)
    return json.dumps({"Tags": _state(self.applicationautoscaling_backend, "added_tags").get(target.arn, {})})


def tag_resource(self: ApplicationAutoScalingResponse) -> str:
    """Add or change tags of a scalable target."""
    target = _scalable_target(self)
    tags = _state(self.applicationautoscaling_backend, "added_tags").setdefault(target.arn, {})
    tags.update(self._get_param("Tags") or {})
    return json.dumps({})


def untag_resource(self: ApplicationAutoScalingResponse) -> str:
    """Remove tags of a scalable target; keys that it does not have are ignored."""
    target = _scalable_target(self)
    tags = _state(self.applicationautoscaling_backend, "added_tags").get(target.arn, {})
    for key in self._get_param("TagKeys") or []:
        tags.pop(key, None)
    return json.dumps({})


# EC2: descriptions of security group rules that are not about address ranges.


def _rule_description(self: SecurityGroupRule) -> str | None:
    """A rule's description; moto returns only those of address ranges."""
    source: dict[str, str]
    for source in (self.ip_range, self.source_group):
        if "Description" in source:
            return source["Description"]
    return None


# S3: bucket policies that require TLS.

_is_action_permitted = IAMPolicyStatement.is_action_permitted


def is_action_permitted(self: IAMPolicyStatement, *arguments: Any, **keywords: Any) -> PermissionResult:
    """Moto's check; a statement about calls without TLS never applies, since every call arrives over TLS."""
    transport = self._statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    if transport in ("false", ["false"]):
        return PermissionResult.NEUTRAL
    return _is_action_permitted(self, *arguments, **keywords)


# IAM: a further audience of an identity provider.


def add_client_id_to_open_id_connect_provider(self: IamResponse) -> ActionResult:
    """Add an audience; one that is already there is not an error."""
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client_id = self._get_param("ClientID")
    if client_id not in provider.client_id_list:
        provider.client_id_list.append(client_id)
    return EmptyResult()


def patch_models() -> None:
    """Patch moto's classes with the functions above that are not API calls."""
    setattr(IAMPolicyStatement, "is_action_permitted", is_action_permitted)  # noqa: B010 (mypy refuses the assignment)
    SecurityGroupRule.description = property(_rule_description)  # type: ignore[assignment] # a property for a property
