"""JMESPath over a call to AWS, with functions that look up what exists on the embedded AWS.

The records of the judge and of IAM have such expressions as conditions and values. A function returns null where an
argument is null, so a condition on a member that the call does not have is false.
"""

import functools
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from emulator.additions import elasticache, logs
from emulator.additions.service_quotas import DEFAULTS
from emulator.answers import attributes, defaults
from emulator.iam import tags
from emulator.judge.cloud import Cloud
from emulator.judge.documents import lets_account, lets_service, size, statements
from emulator.judge.endpoint_services import is_a_service
from emulator.wire.calls import Call

import attrs
import jmespath
from jmespath.functions import Functions
from jmespath.visitor import Options, TreeInterpreter

NEW = "0123456789abcdef0"
"""The id of a resource that a call is about to create, in ARNs for IAM; AWS chooses the real one."""
BUILT_IN = Functions()
"""The functions of JMESPath itself (jmespath.org/specification.html)."""
BINDING = frozenset({"subexpression", "projection", "filter_projection", "value_projection", "flatten"})
"""The nodes of JMESPath's grammar that bind less tightly than `!`: in `!a.b` they apply to `!a`."""
HOLE = re.compile(r"\{([^{}]+)\}")
"""An `{expression}` in a template."""
LOOKUPS = (
    *("address", "alarm", "bucket", "bucket_owner", "certificate", "cluster", "ecs_service", "has_internet_gateway"),
    *("hosted_zone", "key", "listener", "load_balancer", "log_group", "principal", "role", "scaled_service", "scopes"),
    *("s3_object", "secret", "secret_in_recovery", "security_group", "subnet", "table", "target_group"),
    *("task_definition", "topic", "usable_key", "user_pool", "user_pool_domain", "vpc"),
)
"""The methods of Cloud that are also functions in expressions."""


@functools.cache
def compiled(expression: str) -> Any:
    """The tree of an expression, parsed once. Raises ValueError for `!a.b`, which JMESPath reads as `(!a).b`."""
    parsed = jmespath.compile(expression).parsed
    left = [node["children"][0]["type"] for node in _nodes(parsed) if node["type"] in BINDING]
    if "not_expression" in left:
        raise ValueError(f"{expression}: write !(a.b) with parentheses")
    return parsed


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    yield tree
    for child in tree["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


@attrs.frozen
class MotoObject:
    """An object of moto as expressions see it: its attributes are fields."""

    _object: object

    def get(self, name: str) -> Any:
        """An attribute's value; None where the object does not have it."""
        return plain(getattr(self._object, name, None))


def plain(value: Any) -> Any:
    """Convert a value of moto for expressions: containers and scalars stay, other objects become `MotoObject`."""
    if value is None or isinstance(value, (str, int, float, MotoObject)):
        return value
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    return MotoObject(value)


def distinct(values: list[Any]) -> list[Any]:
    """The values without repetitions, in order of first appearance."""
    return [value for number, value in enumerate(values) if value not in values[:number]]


def repeated(values: list[Any]) -> list[Any]:
    """The values that are in a list more than once."""
    return distinct([value for value in values if values.count(value) > 1])


def arn_parts(text: str) -> dict[str, str] | None:
    """The parts of an ARN by name; None for a string that is not an ARN."""
    parts = text.split(":", 5)
    names = ("arn", "partition", "service", "region", "account", "resource")
    return dict(zip(names, parts, strict=True)) if len(parts) == 6 and parts[0] == "arn" else None


def json_of(text: str) -> tuple[Any, str | None]:
    """The value of a JSON document and None, or None and why it cannot be parsed."""
    try:
        return json.loads(text), None
    except ValueError as error:
        return None, str(error)


def _version(parse: Callable[[str], Any], text: str) -> int | None:
    """The IP version, 4 or 6; None for a string that `parse` does not accept."""
    try:
        return int(parse(text).version)
    except ValueError:
        return None


def task_of(call: Call, cloud: Cloud) -> Any:
    """The task definition in a call on an ECS service, otherwise the service's own; None where there is none."""
    params = call.params
    service = cloud.ecs_service(params.get("cluster", "default"), params.get("service", params.get("serviceName", "")))
    named = params.get("taskDefinition") or getattr(service, "task_definition", None)
    return cloud.task_definition(named) if named else None


def cache_parts(cloud: Cloud, kind: str) -> dict[str, Any]:
    """The ElastiCache resources of a kind (emulator/additions/elasticache.py, `kept`) by their ids."""
    return elasticache.kept(cloud.backend("elasticache"), kind)


def cache_family(call: Call) -> str:
    """The parameter group family of the engine version in a call, e.g. `valkey8` for Valkey 8.1."""
    return f"{call.params.get('Engine')}{str(call.params.get('EngineVersion')).partition('.')[0]}".lower()


def normalized_record_name(name: str) -> str:
    """A record's name as in Route 53's condition key: lower case, no final dot, special characters as octal escapes."""
    return "".join(
        character if character.isalnum() or character in "-_." else f"\\{ord(character):03o}"
        for character in name.lower().removesuffix(".")
    )


def leading_keys(call: Call, cloud: Cloud) -> list[str]:
    """The hash key values of the items that a DynamoDB call is on."""
    found = []
    for part in [part for item in call.params.get("TransactItems", []) for part in item.values()] or [call.params]:
        table = cloud.table(str(part.get("TableName", "")).rpartition("/")[2])
        value = (part.get("Key") or part.get("Item") or {}).get(table.hash_key_attr) if table is not None else None
        if value is not None:
            found.append(str(next(iter(value.values()))))
    return found


@attrs.define
class Scope:
    """Evaluates expressions for one call."""

    call: Call
    cloud: Cloud
    element: Any = None
    """The part of the request that the expression is evaluated on; `this()` returns it."""
    _interpreter: TreeInterpreter = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._interpreter = TreeInterpreter(Options(custom_functions=self))

    def search(self, expression: str, element: Any) -> Any:
        """Evaluate an expression on a part of the request."""
        self.element = element
        return self._interpreter.visit(compiled(expression), element)

    def elements(self, when: str, each: str) -> list[Any]:
        """The elements that `each` finds, or the request where `each` is empty; [] where `when` is false."""
        params = self.call.params
        if when and not self.search(when, params):
            return []
        if not each:
            return [params]
        found = self.search(each, params)
        return [one for one in (found if isinstance(found, list) else [found]) if one]

    def filled(self, template: str, element: Any) -> str:
        """A template with each `{expression}` replaced by its value; the items of a list are joined by commas."""

        def value(found: re.Match[str]) -> str:
            result = self.search(found[1], element)
            return ", ".join(map(str, result)) if isinstance(result, list) else str(result)

        return HOLE.sub(value, template)

    def call_function(self, name: str, arguments: list[Any]) -> Any:
        """Called by JMESPath: evaluate one of FUNCTIONS, or a built-in function. Null where an argument is null."""
        if any(argument is None for argument in arguments):
            return None
        if own := FUNCTIONS.get(name):
            return plain(own(self, *arguments))
        return BUILT_IN.call_function(name, arguments)


def _of_cloud(look_up: Callable[..., Any]) -> Callable[..., Any]:
    return lambda scope, *arguments: look_up(scope.cloud, *arguments)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    # The call.
    "request": lambda scope: scope.call.params,
    "this": lambda scope: scope.element,
    "tag_keys": lambda scope: [key for key, _ in tags.pairs(scope.call)],
    "operation": lambda scope: scope.call.operation,
    "region": lambda scope: scope.cloud.region,
    "account_id": lambda scope: scope.cloud.account_id,
    "partition": lambda scope: scope.cloud.partition,
    # Lookups on the embedded AWS, e.g. `vpc(VpcId)`; `held(service, kind)` is all of an attribute of moto's state.
    **{name: _of_cloud(getattr(Cloud, name)) for name in LOOKUPS},
    "held": lambda scope, service, kind: scope.cloud.all_of(service, kind),
    "listeners": lambda scope: list(scope.cloud.listeners()),
    "security_groups": lambda scope: [one for held in scope.cloud.all_of("ec2", "groups") for one in held.values()],
    "nat_gateway": lambda scope, identifier: scope.cloud.backend("ec2").nat_gateways.get(identifier),
    "internet_gateway": lambda scope, identifier: scope.cloud.backend("ec2").internet_gateways.get(identifier),
    "route_table": lambda scope, identifier: scope.cloud.backend("ec2").route_tables.get(identifier),
    "managed_policy": lambda scope, arn: scope.cloud.backend("iam").managed_policies.get(arn),
    "task": lambda scope: task_of(scope.call, scope.cloud),
    "cache_part": lambda scope, kind, identifier: cache_parts(scope.cloud, kind).get(identifier),
    "cache_parts": lambda scope, kind: list(cache_parts(scope.cloud, kind).values()),
    "cache_user": lambda scope, identifier: scope.cloud.backend("elasticache").users.get(identifier),
    "cache_family": lambda scope: cache_family(scope.call),
    "log_group_class": lambda scope, name: logs.log_group_class(scope.cloud.backend("logs"), name),
    # Values.
    "distinct": lambda _, values: distinct(values),
    "repeated": lambda _, values: repeated(values),
    "without": lambda _, values, others: [value for value in values if value not in others],
    "is_true": lambda _, value: str(value).lower() == "true",
    "before_last": lambda _, text, mark: str(text).rpartition(mark)[0],
    "without_end": lambda _, text, end: str(text).removesuffix(end),
    "normalized_record_name": lambda _, name: normalized_record_name(str(name)),
    "leading_keys": lambda scope: leading_keys(scope.call, scope.cloud),
    "after_last": lambda _, text, mark: str(text).rpartition(mark)[2],
    "matches": lambda _, text, pattern: re.fullmatch(pattern, str(text)) is not None,
    "new_id": lambda _: NEW,
    "upper": lambda _, text: str(text).upper(),
    "lower": lambda _, text: str(text).lower(),
    "without_dot": lambda _, name: str(name).rstrip("."),
    "bytes": lambda _, text: len(str(text).encode()),
    "json": lambda _, text: json_of(str(text))[0],
    "json_error": lambda _, text: json_of(str(text))[1],
    "is_network": lambda _, text: _version(ipaddress.ip_network, text) is not None,
    "address_version": lambda _, text: _version(ipaddress.ip_address, text),
    "arn_parts": lambda _, text: arn_parts(str(text)),
    # Policy documents and names of endpoint services.
    "statements": lambda _, text: statements(str(text)),
    "lets_account": lambda scope, policy, actions: all(
        lets_account(policy, scope.cloud.account_id, action) for action in actions
    ),
    "lets_service": lambda _, policy, service, actions, context, resource: all(
        lets_service(policy, service, action, context, resource) for action in actions
    ),
    "is_endpoint_service": lambda scope, name: is_a_service(name, scope.cloud.region),
    "policy_size": lambda _, text: size(str(text)),
    # Defaults in AWS's answers (emulator/answers), and default quotas.
    "answer_default": lambda _, service, shape: defaults(service, shape),
    "attribute_names": lambda _, kind: list(attributes("elbv2", kind)),
    "load_balancer_attribute": lambda _, key: attributes("elbv2", "LoadBalancerAttributes").get(key),
    "target_group_attribute": lambda _, key: attributes("elbv2", "TargetGroupAttributes").get(key),
    "default_quota": lambda _, service, code: DEFAULTS[service, code][1],
}
"""The functions in addition to JMESPath's own, by name; each is called with the scope and its arguments."""
