"""The tags in a call, and the tags of a resource."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

from moto.core.exceptions import JsonRESTError, ServiceException

PLACES = ("Tags", "tags", "TagList", "UserPoolTags")
KEYS = ("TagKeys", "tagKeys")
SPELLINGS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))


def as_pairs(tags: object) -> list[tuple[str, str]]:
    """Tags as pairs of key and value, from any service's form of a list of tags; a repeated key is kept."""
    if isinstance(tags, Mapping):
        return [(str(key), str(value)) for key, value in tags.items()]
    return [
        (str(tag[key]), str(tag.get(value, "")))
        for tag in (tags if isinstance(tags, list) else [])
        for key, value in SPELLINGS
        if isinstance(tag, Mapping) and key in tag
    ]


def pairs(call: Call) -> list[tuple[str, str]]:
    """The tags in a request as pairs, in order."""
    params = call.params
    if call.service == "ec2" and call.operation not in {"CreateTags", "DeleteTags"}:
        specified = params.get("TagSpecifications") or params.get("TagSpecification") or []
        return [pair for one in specified for pair in as_pairs(one.get("Tags"))]
    if call.service == "s3":
        held = params.get("Tagging") or params.get("CreateBucketConfiguration") or {}
        return as_pairs(held.get("TagSet") or held.get("Tags")) if isinstance(held, Mapping) else []
    return next((found for place in PLACES if (found := as_pairs(params.get(place)))), [])


def written(call: Call) -> dict[str, str]:
    """The tags in a request by key."""
    return dict(pairs(call))


CREATING = ("Allocate", "Authorize", "Create", "Put", "Register", "Request")
TAGGING = frozenset({"CreateTags", "PutBucketTagging"})


def is_creating(call: Call) -> bool:
    """Whether the tags in a call are for what it creates, not for an existing resource."""
    return call.operation.startswith(CREATING) and call.operation not in TAGGING


def named(call: Call) -> list[str]:
    """The tag keys in a request, which it sets or removes."""
    removed = next((list(call.params[place]) for place in KEYS if place in call.params), [])
    return [*written(call), *map(str, removed)]


def _tags_of(found: Any) -> object:
    return found.tags if found is not None else {}


def _secret(cloud: Cloud, arn: str) -> object:
    return _tags_of(next((one for one in cloud.all_of("secretsmanager", "secrets") if one.arn == arn), None))


def _pool(cloud: Cloud, arn: str) -> object:
    pool = cloud.user_pool(arn.rpartition("/")[2])
    return pool.extended_config.get("UserPoolTags", {}) if pool is not None else {}


def _logs(cloud: Cloud, arn: str) -> object:
    group = cloud.log_group(arn)
    return cloud.backend("logs").tagger.get_tag_dict_for_resource(group.arn) if group is not None else {}


LOOK_UPS: dict[str, Callable[[Cloud, str], object]] = {
    "elasticache": lambda cloud, arn: cloud.backend("elasticache").tagging_service.get_tag_dict_for_resource(arn),
    "acm": lambda cloud, arn: _tags_of(cloud.certificate(arn)),
    "application-autoscaling": lambda cloud, arn: vars(cloud.backend("applicationautoscaling"))["added_tags"].get(arn),
    "cloudwatch": lambda cloud, arn: cloud.backend("cloudwatch").list_tags_for_resource(arn),
    "cognito-idp": _pool,
    "dynamodb": lambda cloud, arn: cloud.backend("dynamodb").list_tags_of_resource(arn),
    "ec2": lambda cloud, arn: dict(cloud.backend("ec2").tags.get(arn.rpartition("/")[2], {})),
    "ecr": lambda cloud, arn: cloud.backend("ecr").list_tags_for_resource(arn).get("tags", []),
    "ecs": lambda cloud, arn: cloud.backend("ecs").list_tags_for_resource(arn),
    "elasticloadbalancing": lambda cloud, arn: cloud.backend("elbv2").describe_tags([arn]).get(arn, {}),
    "iam": lambda cloud, arn: _tags_of(cloud.role(arn)),
    "kms": lambda cloud, arn: cloud.backend("kms").tagger.get_tag_dict_for_resource(arn.rpartition("/")[2]),
    "logs": _logs,
    "secretsmanager": _secret,
    "sns": lambda cloud, arn: cloud.backend("sns").list_tags_for_resource(arn),
    "wafv2": lambda cloud, arn: cloud.backend("wafv2").list_tags_for_resource(arn),
}
"""Where moto keeps the tags of each service's resources. S3 and Route 53 are missing on purpose: IAM sees a bucket's
tags only where the bucket has ABAC enabled, and a hosted zone's never (Service Authorization Reference)."""


def of(cloud: Cloud, arn: str) -> dict[str, str]:
    """The tags of a resource; empty where it does not exist."""
    look_up = LOOK_UPS.get(arn.split(":")[2])
    with suppress(JsonRESTError, ServiceException, NotImplementedError, KeyError):
        return dict(as_pairs(look_up(cloud, arn))) if look_up is not None else {}
    return {}
