"""The AWS calls that this project makes and moto lacks, added to moto's own classes.

Each follows the service's API reference and keeps its state in moto's backend, so that a reset forgets it too.
"""

import json
import uuid
from collections.abc import Callable
from typing import Any

from emulator import service_quotas, user_pool_tags

from moto.applicationautoscaling.models import FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import unix_time_millis
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.responses import ELBV2Response
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.responses import IamResponse
from moto.logs.responses import LogsResponse
from moto.servicequotas.responses import ServiceQuotasResponse

QUERY_DEFINITIONS_A_PAGE = 1000
"""Default and largest page of DescribeQueryDefinitions (its API reference)."""
ECHOED_SERVICE_FIELDS = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
)
"""What CreateService and UpdateService take, DescribeServices answers, and moto drops."""


def _state(backend: object, name: str) -> dict[str, Any]:
    """A dictionary of ours that lives and is reset with a moto backend."""
    found: dict[str, Any] = vars(backend).setdefault(name, {})
    return found


# CloudWatch Logs: saved queries.


def put_query_definition(self: LogsResponse) -> str:
    """Create or replace a saved query; an update keeps nothing that it does not name."""
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
    """Saved queries by the start of their name, a page at a time."""
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
    """Forget a saved query."""
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
    """Moto's own, which forgets the tags."""
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


# Cognito: the end of a resource server.


def delete_resource_server(self: CognitoIdpResponse) -> ActionResult:
    """Remove a resource server and its scopes from its pool."""
    pool_id = self._get_param("UserPoolId")
    identifier = self._get_param("Identifier")
    self.backend.describe_resource_server(pool_id, identifier)  # raises ResourceNotFoundException
    del self.backend.user_pools[pool_id].resource_servers[identifier]
    return EmptyResult()


# ECS: what a service was asked to be.

_create_service = EC2ContainerServiceResponse.create_service
_update_service = EC2ContainerServiceResponse.update_service


def _keep_fields(self: EC2ContainerServiceResponse, answer: ActionResult) -> ActionResult:
    result: dict[str, Service] = answer.result  # type: ignore[assignment] # moto types it as object
    for field in ECHOED_SERVICE_FIELDS:
        if (value := self._get_param(field)) is not None:
            setattr(result["service"], field, value)
    return answer


def create_service(self: EC2ContainerServiceResponse) -> ActionResult:
    """Moto's own, and the service remembers what it was asked to be."""
    return _keep_fields(self, _create_service(self))


def update_service(self: EC2ContainerServiceResponse) -> ActionResult:
    """Moto's own, and the service remembers what it was asked to be."""
    return _keep_fields(self, _update_service(self))


# EC2: a description belongs to a rule, whatever the rule allows.


def _rule_description(self: SecurityGroupRule) -> str | None:
    """Moto's own knows only the description of an address range."""
    source: dict[str, str]
    for source in (self.ip_range, self.source_group):
        if "Description" in source:
            return source["Description"]
    return None


# S3: bucket policies that want TLS.

_is_action_permitted = IAMPolicyStatement.is_action_permitted


def is_action_permitted(self: IAMPolicyStatement, *arguments: Any, **keywords: Any) -> PermissionResult:
    """Moto's own takes a condition that is not met for a refusal. Every call comes to us over TLS."""
    conditions = self._statement.get("Condition", {})
    if conditions.get("Bool", {}).get("aws:SecureTransport") == "false":
        return PermissionResult.NEUTRAL
    return _is_action_permitted(self, *arguments, **keywords)


# Elastic Load Balancing: what a load balancer is when nothing else is said.

_create_load_balancer = ELBV2Response.create_load_balancer


def create_load_balancer(self: ELBV2Response) -> ActionResult:
    """Moto's own, and it faces the internet unless it was asked to be internal."""
    answer = _create_load_balancer(self)
    for balancer in self.elbv2_backend.load_balancers.values():
        balancer.scheme = balancer.scheme or "internet-facing"
    return answer


# What refuses to be deleted.

_delete_load_balancer = ELBV2Response.delete_load_balancer
_delete_user_pool = CognitoIdpResponse.delete_user_pool


def delete_load_balancer(self: ELBV2Response) -> ActionResult:
    """Moto's own, and deletion protection protects."""
    arn = self._get_param("LoadBalancerArn")
    balancer = self.elbv2_backend.load_balancers.get(arn)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    return _delete_load_balancer(self)


def delete_user_pool(self: CognitoIdpResponse) -> ActionResult:
    """Moto's own, and deletion protection protects."""
    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    if pool.extended_config.get("DeletionProtection") == "ACTIVE":
        raise JsonRESTError(
            "InvalidParameterException",
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first.",
        )
    return _delete_user_pool(self)


# IAM: a further audience of an identity provider.


def add_client_id_to_open_id_connect_provider(self: IamResponse) -> ActionResult:
    """Add one; one that is there already is no error."""
    provider = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn"))
    client_id = self._get_param("ClientID")
    if client_id not in provider.client_id_list:
        provider.client_id_list.append(client_id)
    return EmptyResult()


ADDED: dict[type[BaseResponse], tuple[Callable[[Any], object], ...]] = {
    LogsResponse: (put_query_definition, describe_query_definitions, delete_query_definition),
    ApplicationAutoScalingResponse: (register_scalable_target, list_tags_for_resource, tag_resource, untag_resource),
    CognitoIdpResponse: (
        delete_resource_server,
        delete_user_pool,
        user_pool_tags.tag_resource,
        user_pool_tags.untag_resource,
        user_pool_tags.update_user_pool,
    ),
    IamResponse: (add_client_id_to_open_id_connect_provider,),
    ELBV2Response: (create_load_balancer, delete_load_balancer),
    EC2ContainerServiceResponse: (create_service, update_service),
    ServiceQuotasResponse: (
        service_quotas.get_aws_default_service_quota,
        service_quotas.get_service_quota,
        service_quotas.request_service_quota_increase,
        service_quotas.list_requested_service_quota_change_history_by_quota,
    ),
}
"""The added calls by the moto class that answers the service."""


def add_calls() -> None:
    """Teach moto the calls above; once is enough, twice does no harm."""
    for response, calls in ADDED.items():
        for call in calls:
            setattr(response, call.__name__, call)
    setattr(IAMPolicyStatement, "is_action_permitted", is_action_permitted)  # noqa: B010 (mypy refuses the assignment)
    SecurityGroupRule.description = property(_rule_description)  # type: ignore[assignment] # a property for a property
