"""Tags: those that a call writes, and those that a resource has."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

from moto.core.exceptions import JsonRESTError, ServiceException

PLACES = ("Tags", "tags", "TagList", "UserPoolTags")
KEYS = ("TagKeys", "tagKeys")
SPELLINGS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))


def as_dict(tags: object) -> dict[str, str]:
    """Tags by key, however a service spells a list of them."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    found: dict[str, str] = {}
    for tag in tags if isinstance(tags, list) else []:
        for key, value in SPELLINGS:
            if isinstance(tag, Mapping) and key in tag:
                found[str(tag[key])] = str(tag.get(value, ""))
    return found


def written(call: Call) -> dict[str, str]:
    """The tags in a request."""
    params = call.params
    if call.service == "ec2" and call.operation not in {"CreateTags", "DeleteTags"}:
        specified = params.get("TagSpecifications") or params.get("TagSpecification") or []
        return {key: value for one in specified for key, value in as_dict(one.get("Tags")).items()}
    if call.service == "s3":
        held = params.get("Tagging") or params.get("CreateBucketConfiguration") or {}
        return as_dict(held.get("TagSet") or held.get("Tags")) if isinstance(held, Mapping) else {}
    return next((found for place in PLACES if (found := as_dict(params.get(place)))), {})


CREATING = ("Allocate", "Authorize", "Create", "Put", "Register", "Request")
TAGGING = frozenset({"CreateTags", "PutBucketTagging"})


def is_creating(call: Call) -> bool:
    """Whether the tags of a call are those of what it creates, and not of what it names."""
    return call.operation.startswith(CREATING) and call.operation not in TAGGING


def named(call: Call) -> list[str]:
    """The keys of tags that a request names, to write or to remove them."""
    removed = next((list(call.params[place]) for place in KEYS if place in call.params), [])
    return [*written(call), *map(str, removed)]


def _ec2(cloud: Cloud, arn: str) -> object:
    return dict(cloud.backend("ec2").tags.get(arn.rpartition("/")[2], {}))


def _kms(cloud: Cloud, arn: str) -> object:
    return cloud.backend("kms").tagger.get_tag_dict_for_resource(arn.rpartition("/")[2])


def _elb(cloud: Cloud, arn: str) -> object:
    return cloud.backend("elbv2").describe_tags([arn]).get(arn, {})


def _pool(cloud: Cloud, arn: str) -> object:
    pool = cloud.backend("cognito-idp").user_pools.get(arn.rpartition("/")[2])
    return pool.extended_config.get("UserPoolTags", {}) if pool is not None else {}


def _scaling(cloud: Cloud, arn: str) -> object:
    return getattr(cloud.backend("applicationautoscaling"), "added_tags", {}).get(arn, {})


def _ecs(cloud: Cloud, arn: str) -> object:
    return cloud.backend("ecs").list_tags_for_resource(arn)


def _logs(cloud: Cloud, arn: str) -> object:
    group = cloud.log_group(arn)
    return cloud.backend("logs").tagger.get_tag_dict_for_resource(group.arn) if group is not None else {}


def _acm(cloud: Cloud, arn: str) -> object:
    found = cloud.certificate(arn)
    return found.tags if found is not None else {}


def _secret(cloud: Cloud, arn: str) -> object:
    found = next((one for one in cloud.backend("secretsmanager").secrets.values() if one.arn == arn), None)
    return found.tags if found is not None else {}


def _role(cloud: Cloud, arn: str) -> object:
    found = cloud.role(arn)
    return found.tags if found is not None else {}


def _topic(cloud: Cloud, arn: str) -> object:
    return cloud.backend("sns").list_tags_for_resource(arn)


def _repository(cloud: Cloud, arn: str) -> object:
    return cloud.backend("ecr").list_tags_for_resource(arn).get("tags", [])


def _alarm(cloud: Cloud, arn: str) -> object:
    return cloud.backend("cloudwatch").list_tags_for_resource(arn)


def _firewall(cloud: Cloud, arn: str) -> object:
    return cloud.backend("wafv2").list_tags_for_resource(arn)


def _table(cloud: Cloud, arn: str) -> object:
    return cloud.backend("dynamodb").list_tags_of_resource(arn)


def _cache(cloud: Cloud, arn: str) -> object:
    return cloud.backend("elasticache").tagging_service.get_tag_dict_for_resource(arn)


LOOK_UPS = {
    "ec2": _ec2,
    "kms": _kms,
    "elasticloadbalancing": _elb,
    "cognito-idp": _pool,
    "application-autoscaling": _scaling,
    "ecs": _ecs,
    "logs": _logs,
    "acm": _acm,
    "secretsmanager": _secret,
    "iam": _role,
    "sns": _topic,
    "ecr": _repository,
    "cloudwatch": _alarm,
    "wafv2": _firewall,
    "dynamodb": _table,
    "elasticache": _cache,
}
"""Where moto keeps the tags of a service's resources. For IAM a bucket's tags count only where its ABAC is on,
and a hosted zone's never (Service Authorization Reference)."""


def of(cloud: Cloud, arn: str) -> dict[str, str]:
    """The tags of a resource; none where it does not exist."""
    look_up: Any = LOOK_UPS.get(arn.split(":")[2])
    found: object = {}
    if look_up is not None:
        with suppress(JsonRESTError, ServiceException, NotImplementedError, KeyError):
            found = look_up(cloud, arn)
    return as_dict(found)
