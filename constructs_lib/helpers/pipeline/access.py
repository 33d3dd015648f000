"""The pipeline's policies: access.toml, with the environment's names in place of its placeholders."""

import functools
import itertools
import string
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from constructs_lib.helpers.pipeline.linked_roles import linked_roles
from constructs_lib.helpers.policies import Condition, Operator, Statement, calls
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.calls import ITEM_ACTIONS, TABLE_KEY_ACTIONS

import attrs

POLICIES = Path(__file__).with_name("access.toml")
STATE_KEY = "terraform.tfstate"
ANY_SUBNET = "subnet-*"
"""Placeholder for subnets of an environment that has none yet: matches any subnet."""


@functools.cache
def _written() -> dict[str, Any]:
    return tomllib.loads(POLICIES.read_text(encoding="utf-8"))


@attrs.frozen(kw_only=True)
class Access(Scope):
    """An environment and the settings that decide which statements its pipeline's policies have."""

    domain_name: str = ""
    """The environment's host name in Route 53; empty: none."""
    zone_arn: str = ""
    """The hosted zone of `domain_name`."""
    state_key_arn: str = ""
    """The KMS key of the state bucket; empty: S3's own key."""
    vpc_id: str = ""
    """An existing VPC; empty: the environment creates one."""
    usage: bool = False
    """Whether the environment has teams, and so a usage table."""
    waf: bool = False
    """Whether it has a web ACL, whose logging needs permissions on all log deliveries of the account."""
    bedrock: bool = False
    """Whether a route calls Bedrock with the task role."""
    pulled: tuple[str, ...] = ()
    """ARNs of other ECR repositories from which its images are pulled."""
    public_subnets: tuple[str, ...] = (ANY_SUBNET,)
    """Subnets of an internet-facing load balancer; ANY_SUBNET if unknown."""
    private_subnets: tuple[str, ...] = (ANY_SUBNET,)
    """Subnets of the tasks; ANY_SUBNET if unknown."""
    rate_limits: bool = False
    """Whether the environment has a rate limit cache."""

    def statements(self, policy: str) -> tuple[Statement, ...]:
        """The statements of a policy of access.toml, e.g. `planning`."""
        return tuple(
            self._statement(written)
            for written in _written()["policies"][policy]
            if all(bool(getattr(self, setting)) is wanted for setting, wanted in written.get("when", {}).items())
        )

    def _statement(self, written: Mapping[str, Any]) -> Statement:
        groups = _written()["groups"]
        resources = itertools.chain.from_iterable(groups.get(entry, [entry]) for entry in written["resources"])
        actions = (calls(service, *self._filled(names)) for service, names in written["actions"].items())
        return Statement(
            sid=written["sid"],
            actions=tuple(itertools.chain.from_iterable(actions)),
            resources=tuple(self._filled(resources)),
            conditions=tuple(self._conditions(written.get("conditions", []))),
        )

    @functools.cached_property
    def _values(self) -> dict[str, tuple[str, ...]]:
        """Placeholder of access.toml to its values."""
        names, lists = self.names, _written()["lists"]
        alarms = (
            *lists["alarms"],
            *(lists["usage_alarms"] if self.usage else ()),
            *(lists["cache_alarms"] if self.rate_limits else ()),
        )
        linked = linked_roles(waf=self.waf, cache=self.rate_limits)
        keys = (*lists["keys"], *(lists["usage_keys"] if self.usage else ()))
        one_each = {
            **attrs.asdict(names),
            **attrs.asdict(self, filter=lambda _, value: isinstance(value, str)),
            "access_log_bucket": names.access_log_bucket(self.account_id),
            "boundary": self.boundary,
            "dns_suffix": self.dns_suffix,
            "partition": self.partition,
            "state_key": STATE_KEY,
        }
        return {
            **{name: (value,) for name, value in one_each.items()},
            "alarm": tuple(map(names.alarm, alarms)),
            "cache_kind": tuple(lists["cache_kinds"]),
            "creating": tuple(lists["creating"]),
            "fixed_log_group": (names.container_insights_log_group, names.waf_log_group),
            "item_action": ITEM_ACTIONS,
            "key_alias": tuple(map(names.key_alias, keys)),
            # While a role does not exist, IAM checks its ARN without the path.
            "linked_role": tuple(f"{path}{one.name}" for one in linked for path in (one.path, "")),
            "linked_service": tuple(one.service for one in linked),
            "log_group": names.log_groups,
            "private_subnet": self.private_subnets,
            "pulled": self.pulled,
            "subnet": tuple(dict.fromkeys((*self.public_subnets, *self.private_subnets))),
            "role": tuple(map(names.role, lists["roles"])),
            "table_key_action": TABLE_KEY_ACTIONS,
        }

    def _filled(self, templates: Iterable[str]) -> Iterator[str]:
        """Templates with their placeholders replaced, one result for each combination of values."""
        for template in templates:
            fields = [field for _, field, _, _ in string.Formatter().parse(template) if field]
            for values in itertools.product(*(self._values[field] for field in fields)):
                yield template.format_map(dict(zip(fields, values, strict=True)))

    def _conditions(self, entries: Iterable[str | dict[Operator, Any]]) -> Iterator[Condition]:
        """The conditions of a statement; a string names an entry in the table `conditions`."""
        for entry in entries:
            written = _written()["conditions"][entry] if isinstance(entry, str) else entry
            for operator, lines in written.items():
                for key, values in lines.items():
                    yield Condition(operator, key, tuple(self._filled(values)))
