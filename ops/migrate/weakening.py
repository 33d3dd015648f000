"""What a takeover would weaken, lose or make dearer: old and new values, and how to keep the old one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from resource_types.expressions import type_of

import attrs

Values = Mapping[str, Any]
_FOREVER = 10**9


@attrs.frozen
class Difference:
    """A value that the takeover changes to something weaker, or something new that costs money."""

    where: str
    setting: str
    was: str
    becomes: str
    keep: str
    """What to write into the environment's file to keep it; empty where nothing keeps it."""
    weakens: bool = True


def _off(old: Any, new: Any) -> bool:
    return bool(old) and not new


def _on(old: Any, new: Any) -> bool:
    return not old and bool(new)


def _less(old: Any, new: Any) -> bool:
    return float(new or 0) < float(old or 0)


def _more(old: Any, new: Any) -> bool:
    return float(new or 0) > float(old or 0)


def _shorter(old: Any, new: Any) -> bool:
    """Of retentions in days, where 0 is for ever."""
    return int(new or _FOREVER) < int(old or _FOREVER)


def _no_longer(*good: str) -> Callable[[Any, Any], bool]:
    return lambda old, new: old in good and new not in good


def _differs(old: Any, new: Any) -> bool:
    return bool(old) and old != new


@attrs.frozen
class Rule:
    """When a change of one attribute is worth a warning."""

    path: str
    """The attribute; `block.attribute` within a block that can be there once."""
    warns: Callable[[Any, Any], bool]
    keep: str = ""
    weakens: bool = True
    instead: tuple[str, str] | None = None
    """What to show in place of values that are too long."""


_PROTECT = "deletion_protection=True"
RULES: dict[str, tuple[Rule, ...]] = {
    "aws_appautoscaling_target": (
        Rule("min_capacity", _less, "autoscaling_min_capacity={was}"),
        Rule("max_capacity", _less, "autoscaling_max_capacity={was}"),
        Rule("max_capacity", _more, "autoscaling_max_capacity={was}", weakens=False),
    ),
    "aws_cloudwatch_dashboard": (
        Rule("dashboard_body", _differs, instead=("its widgets", "the widgets of this project")),
    ),
    "aws_cloudwatch_log_group": (
        Rule("retention_in_days", _shorter, "log_retention_days={was}"),
        Rule("kms_key_id", _off),
    ),
    "aws_cognito_user_pool": (
        Rule("deletion_protection", _no_longer("ACTIVE"), _PROTECT),
        Rule("mfa_configuration", _no_longer("ON")),
        Rule("password_policy.minimum_length", _less),
    ),
    "aws_ecr_repository": (
        Rule("force_delete", _on, _PROTECT),
        Rule("image_tag_mutability", _no_longer("IMMUTABLE")),
        Rule("image_scanning_configuration.scan_on_push", _off),
    ),
    "aws_ecs_cluster": (Rule("setting.value", _no_longer("enhanced")),),
    "aws_ecs_task_definition": (
        Rule("cpu", _less, "gateway_cpu={was}"),
        Rule("cpu", _more, "gateway_cpu={was}", weakens=False),
        Rule("memory", _less, "gateway_memory={was}"),
        Rule("memory", _more, "gateway_memory={was}", weakens=False),
    ),
    "aws_kms_key": (
        Rule("deletion_window_in_days", _less, _PROTECT),
        Rule("enable_key_rotation", _off),
    ),
    "aws_lb": (
        Rule("access_logs.enabled", _off),
        Rule("drop_invalid_header_fields", _off),
        Rule("enable_deletion_protection", _off, _PROTECT),
        Rule("internal", _off, "internal_load_balancer=True"),
    ),
    "aws_lb_listener": (Rule("protocol", _no_longer("HTTPS"), "certificate_arn=…"),),
    "aws_s3_bucket": (Rule("force_destroy", _on, _PROTECT),),
}
"""By type. What is not here is neither protection nor money."""

FEWER = {"aws_nat_gateway": "nat_gateway_per_az=True", "aws_wafv2_web_acl": "enable_waf=True"}
"""Types of which the older project having more is a protection, and the setting that keeps it."""

PRICES = {
    "aws_cloudwatch_metric_alarm": "0.10 USD a month each",
    "aws_ecs_service": "whose tasks run next to the older ones",
    "aws_eip": "each at an hourly price",
    "aws_kms_key": "1 USD a month each",
    "aws_lb": "each at an hourly price",
    "aws_nat_gateway": "each at an hourly price and one for traffic",
    "aws_secretsmanager_secret": "0.40 USD a month each",
    "aws_vpc_endpoint": "interface endpoints at an hourly price in each zone",
    "aws_wafv2_web_acl": "5 USD a month each, and each rule and request",
}
"""What creating one more of a type costs (AWS's price lists, us-east-1)."""


def _at(values: Values, path: str) -> Any:
    """A value by its path; None where it is not there, as in an answer of AWS."""
    found: Any = values
    for part in path.split("."):
        found = found[0] if isinstance(found, list) and found else found
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)


def differences(address: str, where: str, old: Values, new: Values) -> Iterator[Difference]:
    """What one resource would lose. `old`: as it is on AWS; `new`: as the plan would leave it."""
    for rule in RULES.get(type_of(address), ()):
        was, becomes = _at(old, rule.path), _at(new, rule.path)
        # A plan leaves out what it learns only when it is applied.
        if rule.path.partition(".")[0] in new and rule.warns(was, becomes):
            before, after = rule.instead or (_shown(was), _shown(becomes))
            yield Difference(where, rule.path, before, after, rule.keep.format(was=before), rule.weakens)


def counted(old: Mapping[str, int], new: Mapping[str, int], created: Mapping[str, int]) -> Iterator[Difference]:
    """What there are fewer of afterwards, and what the takeover creates that has a price; numbers by type."""
    for type_, keep in FEWER.items():
        if new.get(type_, 0) < old.get(type_, 0):
            yield Difference("all of them", type_, str(old[type_]), str(new.get(type_, 0)), keep)
    for type_, price in PRICES.items():
        if number := created.get(type_, 0):
            before = str(old.get(type_, 0))
            yield Difference("new ones", type_, before, f"{number} more, {price}", "", weakens=False)
