"""Which resource of an older deployment is which of ours: by names, by what they belong to, by their purpose.

Old addresses say little, since modules differ from project to project; they only help to tell the purpose.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.helpers.naming import Names
from ops.state.finders import REFERENCE, Resolved, UnknownReferenceError

import attrs

Values = Mapping[str, Any]

SAME: dict[str, tuple[str, ...]] = {
    "aws_appautoscaling_policy": ("resource_id", "name"),
    "aws_appautoscaling_target": ("resource_id",),
    "aws_cognito_resource_server": ("user_pool_id", "identifier"),
    "aws_cognito_user_pool_domain": ("user_pool_id",),
    "aws_default_security_group": ("vpc_id",),
    "aws_ecr_lifecycle_policy": ("repository",),
    "aws_ecs_cluster_capacity_providers": ("cluster_name",),
    "aws_flow_log": ("vpc_id",),
    "aws_iam_role_policy": ("role",),
    "aws_internet_gateway": ("vpc_id",),
    "aws_kms_alias": ("target_key_id",),
    "aws_lb_listener": ("load_balancer_arn", "port"),
    "aws_nat_gateway": ("subnet_id",),
    "aws_route": ("route_table_id", "destination_cidr_block"),
    "aws_route_table_association": ("subnet_id",),
    "aws_s3_bucket_lifecycle_configuration": ("bucket",),
    "aws_s3_bucket_ownership_controls": ("bucket",),
    "aws_s3_bucket_policy": ("bucket",),
    "aws_s3_bucket_public_access_block": ("bucket",),
    "aws_s3_bucket_server_side_encryption_configuration": ("bucket",),
    "aws_sns_topic_policy": ("arn",),
    "aws_sns_topic_subscription": ("topic_arn", "endpoint"),
    "aws_subnet": ("vpc_id", "cidr_block"),
    "aws_vpc_endpoint": ("vpc_id", "service_name"),
    "aws_vpc_security_group_egress_rule": (
        "security_group_id", "from_port", "cidr_ipv4", "referenced_security_group_id",
    ),
    "aws_vpc_security_group_ingress_rule": (
        "security_group_id", "from_port", "cidr_ipv4", "referenced_security_group_id",
    ),
    "aws_wafv2_web_acl_association": ("resource_arn",),
    "aws_wafv2_web_acl_logging_configuration": ("resource_arn",),
}  # fmt: skip
"""What both have to agree on, for types that belong to something else or stand at a place of their own."""

NAMED_BY = ("name", "bucket", "domain", "family", "alarm_name", "dashboard_name", "domain_name")
SYNONYMS = {
    "adot": "collector",
    "alb": "balancer",
    "ecr": "images",
    "exec": "execution",
    "image": "images",
    "lb": "balancer",
    "log": "logs",
    "otel": "collector",
    "portkey": "gateway",
    "secret": "secrets",
    "sns": "alarms",
}
"""What older projects call the same purpose."""
SAYS_NOTHING = frozenset(
    {"aws", "default", "ecs", "for", "key", "kms", "load", "main", "module", "of", "role", "sg", "tg", "the", "this"}
)


@attrs.frozen
class Old:
    """A resource of the older deployment, as `terraform show -json` has it."""

    address: str
    type: str
    values: Values

    @property
    def identifier(self) -> str:
        """What AWS calls it."""
        return str(self.values.get("id") or self.values.get("arn") or "")


def resources_in(shown: Mapping[str, Any]) -> list[Old]:
    """Every resource of a state that Terraform manages, those of nested modules too, by address."""

    def within(module: Mapping[str, Any]) -> Iterator[Old]:
        for item in module.get("resources", []):
            if item.get("mode") == "managed":
                yield Old(item["address"], item["type"], item.get("values") or {})
        for child in module.get("child_modules", []):
            yield from within(child)

    return sorted(within(shown.get("values", {}).get("root_module", {})), key=lambda old: old.address)


@attrs.frozen
class Matches:
    """Our addresses with the old resources they take over, and why the others are left."""

    pairs: dict[str, Old]
    reasons: dict[str, str]


def _name(values: Values) -> str | None:
    return next((str(values[key]) for key in NAMED_BY if values.get(key)), None)


@attrs.frozen
class _Matcher:
    names: Names
    ours: Mapping[str, Values]
    old: Mapping[str, Old]
    known: Mapping[str, Values]
    pairs: dict[str, Old] = attrs.field(factory=dict)
    reasons: dict[str, str] = attrs.field(factory=dict)

    def run(self) -> Matches:
        """Take the surest rule that finds something, again and again."""
        rules = (self._by_name, self._by_place, self._by_reference, self._by_purpose, self._by_being_alone)
        while any(self._take(rule()) for rule in rules):
            pass
        stack_types = {_type(address) for address in self.ours}
        for address, old in self._left().items():
            if old.type not in stack_types:
                self.reasons[address] = f"the stack has no {old.type}"
            elif old.type in SAME:
                self.reasons.setdefault(address, "belongs to nothing that is taken over, or has no counterpart there")
            else:
                self.reasons.setdefault(address, "fits nothing in the stack")
        taken = {old.address for old in self.pairs.values()}
        return Matches(self.pairs, {address: why for address, why in self.reasons.items() if address not in taken})

    def _take(self, found: dict[str, set[str]]) -> bool:
        """Keep what fits one alone on both sides; note what fits several."""
        wanted_by = defaultdict(set)
        for address, olds in found.items():
            for old in olds:
                wanted_by[old].add(address)
        sure = {
            address: next(iter(olds))
            for address, olds in sorted(found.items())
            if len(olds) == 1 and len(wanted_by[next(iter(olds))]) == 1
        }
        for address, old in sure.items():
            self.pairs[address] = self.old[old]
        for old, addresses in wanted_by.items():
            if len(addresses) > 1:
                self.reasons[old] = f"fits {', '.join(sorted(addresses))} alike"
            else:
                rivals = sorted(found[next(iter(addresses))] - {old})
                if rivals:
                    self.reasons[old] = f"fits {next(iter(addresses))}, and so does {', '.join(rivals)}"
        return bool(sure)

    def _left(self) -> dict[str, Old]:
        taken = {old.address for old in self.pairs.values()}
        return {address: old for address, old in self.old.items() if address not in taken}

    def _known(self) -> dict[str, Values]:
        return {**self.known, **{address: old.values for address, old in self.pairs.items()}}

    def _candidates(self) -> Iterator[tuple[str, Values, list[Old]]]:
        """Ours that have nothing yet, with the old ones of their type that agree with them."""
        left = self._left()
        known = self._known()
        for address, arguments in self.ours.items():
            if address in known:
                continue
            resolved = Resolved(arguments, known)
            try:
                wanted = {key: resolved[key] for key in SAME.get(_type(address), ()) if key in arguments}
            except UnknownReferenceError:
                continue  # what it belongs to is new, so it is new
            olds = [
                old
                for old in left.values()
                if old.type == _type(address) and all(str(old.values.get(k)) == str(v) for k, v in wanted.items())
            ]
            if olds:
                yield address, arguments, olds

    def _by_name(self) -> dict[str, set[str]]:
        return {
            address: same
            for address, arguments, olds in self._candidates()
            if (same := {old.address for old in olds if _name(old.values) == _name(arguments) is not None})
        }

    def _by_place(self) -> dict[str, set[str]]:
        return {
            address: {old.address for old in olds} for address, _, olds in self._candidates() if _type(address) in SAME
        }

    def _by_reference(self) -> dict[str, set[str]]:
        """What a matched pair refers to at the same place, e.g. the key of a log group."""
        found: dict[str, set[str]] = defaultdict(set)
        left = self._left()
        known = self._known()
        for address, values in known.items():
            for target, attribute, value in _references(self.ours.get(address), values):
                if target in known or target not in self.ours:
                    continue
                found[target] |= {
                    item.address
                    for item in left.values()
                    if item.type == _type(target) and str(item.values.get(attribute)) == value
                }
        return {address: olds for address, olds in found.items() if olds}

    def _by_purpose(self) -> dict[str, set[str]]:
        """Those that share the most words, where somebody else does not share as many."""
        scores: dict[tuple[str, str], float] = {}
        for address, arguments, olds in self._candidates():
            mine = self._words(_type(address), arguments, arguments.get("//", {}).get("metadata", {}).get("path", ""))
            for old in olds:
                theirs = self._words(old.type, old.values, old.address)
                if mine & theirs:
                    scores[address, old.address] = len(mine & theirs) / len(mine | theirs)
        best_of: dict[str, float] = defaultdict(float)
        for pair, score in scores.items():
            for one in pair:
                best_of[one] = max(best_of[one], score)
        found: dict[str, set[str]] = defaultdict(set)
        for (address, theirs_address), score in scores.items():
            if score == best_of[address] == best_of[theirs_address]:
                found[address].add(theirs_address)
        return found

    def _by_being_alone(self) -> dict[str, set[str]]:
        """The only one of its type here and there."""
        ours, olds = defaultdict(list), defaultdict(list)
        for address in self.ours:
            ours[_type(address)].append(address)
        for old in self.old.values():
            olds[old.type].append(old.address)
        left = self._left()
        return {
            addresses[0]: {olds[type_][0]}
            for type_, addresses in ours.items()
            if type_ not in SAME
            and (len(addresses), len(olds[type_])) == (1, 1)
            and addresses[0] not in self._known()
            and olds[type_][0] in left
        }

    def _words(self, type_: str, values: Values, place: str) -> set[str]:
        """What a resource is for: the words of its name, description and place but for those that all share."""
        texts = [_name(values), values.get("description"), (values.get("tags") or {}).get("Name"), place]
        spaced = " ".join(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", str(text)) for text in texts if text)
        plain = re.sub(r"[^a-z0-9]+", " ", spaced.lower())
        for phrase in (f"{self.names.project_name} {self.names.environment}", self.names.project_name):
            plain = plain.replace(re.sub(r"[^a-z0-9]+", " ", phrase), " ")
        kind = set(type_.split("_"))
        kind |= {f"{word}s" for word in kind}
        words = set(plain.split()) - kind - SAYS_NOTHING - {self.names.environment}
        return {SYNONYMS.get(word, word) for word in words}


def _type(address: str) -> str:
    return address.partition(".")[0]


def _references(ours: Any, old: Any) -> Iterator[tuple[str, str, str]]:
    """References in our arguments, each with the value that the old resource has at its place."""
    if isinstance(ours, Mapping):
        # A block that may stand once is an object for us and a list of one in a state.
        there = old[0] if isinstance(old, list) and len(old) == 1 else old
        if isinstance(there, Mapping):
            for key, value in ours.items():
                if key in there:
                    yield from _references(value, there[key])
    elif isinstance(ours, list):
        if isinstance(old, list) and len(ours) == len(old) == 1:
            yield from _references(ours[0], old[0])
    elif isinstance(ours, str) and isinstance(old, str) and (found := REFERENCE.fullmatch(ours)):
        yield found[1], found[2], old


def match(
    names: Names, ours: Mapping[str, Values], old: list[Old], *, known: Mapping[str, Values] | None = None
) -> Matches:
    """Pair our resources (arguments by address) with those of an older deployment.

    `known` are ours that exist already (attributes by address): they tell what belongs together and are not paired.
    """
    exist = known or {}
    there = {(_type(address), Old(address, _type(address), values).identifier) for address, values in exist.items()}
    left = {item.address: item for item in old if (item.type, item.identifier) not in there}
    return _Matcher(names, dict(sorted(ours.items())), left, exist).run()
