"""Finds the resources that Terraform would replace, with a plan that makes no call to AWS.

The provider's schema does not say which changes force a replacement; only a plan shows it. So a state with invented ids
is written for the base, and Terraform plans the head against it (docs/adr/0017).
"""

import functools
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from constructs_lib.helpers.provider_release import unknown_to
from resource_types import record_of
from resource_types.expressions import Reference, expressions, replaced
from resource_types.stack import PROVIDER, SynthesizedStack
from review.replaced import Replacement, chosen_by_aws, replaced_in
from tools import provider_mirror

import attrs

Document = Mapping[str, Any]
ACCOUNT = "123456789012"
_UNREACHABLE = "http://127.0.0.1:9"


class CannotPlanError(Exception):
    """Terraform cannot plan the replacements; the message says why."""


def _invented(reference: Reference, region: str) -> str:
    """An invented value in AWS's format for the attribute; the same for a resource in base and head."""
    attribute, name = reference.attribute, reference.name
    if attribute == "arn" or attribute.endswith("_arn"):
        return f"arn:aws:{record_of(reference.type).iam or 'x'}:{region}:{ACCOUNT}:x/{name}"
    if attribute.endswith("_type"):
        return "CNAME"
    return ACCOUNT if attribute == "account_id" else f"{name}-{attribute}".lower().replace("_", "-")


def _constant(expression: str) -> str:
    """A placeholder for an expression that is not a reference to a resource, e.g. a data source or function."""
    words = re.findall(r"[A-Za-z]\w*", expression)
    name, attribute = words[-2:] if len(words) > 1 else ("x", *words, "x")[:2]
    return _invented(Reference(f"data.x.{name}", attribute), "us-east-1")


def _of_a_resource(expression: str) -> Reference | None:
    found = Reference.parse(expression)
    return found if found and not found.type.startswith("data.") else None


def _without(value: Any, names: frozenset[str]) -> Any:
    """A block without these attributes, and without their names in lists such as `ignore_changes`."""
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(item, names) for item in value if not (isinstance(item, str) and item in names)]
    return value


@attrs.frozen
class Offline:
    """One side of a comparison, rewritten so that Terraform plans it without AWS."""

    stack: SynthesizedStack
    region: str = "us-east-1"

    def referenced(self) -> dict[str, set[str]]:
        """The attributes to which other blocks refer, by address."""
        found: dict[str, set[str]] = {}
        for expression in expressions([block.arguments for block in self.stack.resources.values()]):
            if reference := _of_a_resource(expression):
                found.setdefault(reference.address, set()).add(reference.attribute)
        return found

    def value(self, reference: Reference) -> str:
        """The value of a reference: the block's own argument, else an invented value."""
        block = self.stack.get(reference.address)
        given = block.get(reference.attribute) if block else None
        if isinstance(given, str):
            return str(replaced(given, self._known))
        return str(given) if given is not None else _invented(reference, self.region)

    def _known(self, expression: str) -> str:
        reference = _of_a_resource(expression)
        return self.value(reference) if reference else _constant(expression)

    def configuration(self, *, known: bool, version: str) -> dict[str, Any]:
        """The stack with this provider version and without backend; `known`: references are replaced by values."""

        def planned(expression: str) -> str:
            return f"${{{expression}}}" if _of_a_resource(expression) else _constant(expression)

        resources: dict[str, dict[str, Any]] = {}
        for block in self.stack.resources.values():
            type_, _, name = block.address.partition(".")
            resources.setdefault(type_, {})[name] = replaced(block.arguments, self._known if known else planned)
        provider = self.stack.by_address[PROVIDER]
        return {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": version}}},
            "provider": {
                "aws": {
                    **{key: value for key, value in provider.body.items() if key in {"region", "default_tags"}},
                    "access_key": "none",
                    "secret_key": "none",
                    "max_retries": 0,
                    "skip_credentials_validation": True,
                    "skip_metadata_api_check": True,
                    "skip_requesting_account_id": True,
                }
            },
            # The release of the rehearsal may be older than that of the stack, and lack arguments.
            "resource": _without(resources, unknown_to(version)),
        }


def _terraform(folder: Path, *arguments: str) -> str:
    try:
        return provider_mirror.terraform(
            folder, *arguments, AWS_ENDPOINT_URL=_UNREACHABLE, AWS_EC2_METADATA_DISABLED="true"
        )
    except provider_mirror.TerraformError as error:
        raise CannotPlanError(str(error)) from None


@contextmanager
def _initialized(configuration: str) -> Iterator[Path]:
    """A temporary folder in which Terraform can plan this configuration."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.tf.json").write_text(configuration, encoding="utf-8")
        _terraform(folder, "init", "-input=false", "-no-color")
        yield folder


def _plan(folder: Path) -> dict[str, Any]:
    _terraform(folder, "plan", "-refresh=false", "-lock=false", "-input=false", "-no-color", "-out=plan")
    plan: dict[str, Any] = json.loads(_terraform(folder, "show", "-json", "plan"))
    return plan


def _empty(attribute: Mapping[str, Any]) -> str | list[str] | None:
    """The empty value of a string or an optional collection; None for other attributes."""
    if attribute.get("type") == "string":
        return ""
    kind = attribute.get("type", [""])[0]
    return [] if kind in {"set", "list"} and attribute.get("optional") else None


def _empties(folder: Path, version: str) -> dict[str, dict[str, str | list[str]]]:
    """The empty value of each attribute that can be empty, by type, from the provider's schema; cached in a file."""
    kept = provider_mirror.TOOLS / f"review-empty-{version}.json"
    if not kept.is_file():
        (schemas,) = json.loads(_terraform(folder, "providers", "schema", "-json"))["provider_schemas"].values()
        empties = {
            type_: {
                name: empty
                for name, one in schema["block"].get("attributes", {}).items()
                if (empty := _empty(one)) is not None
            }
            for type_, schema in schemas["resource_schemas"].items()
        }
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(empties), encoding="utf-8")
        partial.replace(kept)
    found: dict[str, dict[str, str | list[str]]] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _state(
    planned: Mapping[str, Any],
    base: Offline,
    empties: Mapping[str, Mapping[str, str | list[str]]],
    referenced: Mapping[str, set[str]],
) -> dict[str, Any]:
    """A state in which the base is deployed: the values of its plan, and placeholders for values from AWS.

    Attributes to which other blocks refer get an invented value, and those whose default is in the type's record get
    that. The rest get an empty value: for null, the provider would plan a change.
    """
    unknown = {change["address"]: change["change"]["after_unknown"] for change in planned["resource_changes"]}
    resources = []
    for resource in planned["planned_values"]["root_module"]["resources"]:
        type_, name = resource["type"], resource["name"]
        values = dict(resource["values"])
        for attribute, empty in empties[type_].items():
            if unknown[resource["address"]].get(attribute) is True:
                asked = empty == "" and attribute in {"id", *referenced.get(resource["address"], ())}
                values[attribute] = base.value(Reference(resource["address"], attribute)) if asked else empty
        values.update(
            (attribute, default)
            for attribute, default in record_of(type_).defaults.items()
            if unknown[resource["address"]].get(attribute) is True
        )
        resources.append(
            {
                "mode": "managed",
                "type": type_,
                "name": name,
                "provider": f'provider["{resource["provider_name"]}"]',
                "instances": [{"schema_version": resource["schema_version"], "attributes": values}],
            }
        )
    version = planned["terraform_version"]
    return {"version": 4, "terraform_version": version, "serial": 1, "lineage": "review", "resources": resources}


@functools.lru_cache(maxsize=8)
def _planned(configuration: str) -> dict[str, Any]:
    """The plan of a base from nothing; cached, because a process may compare several heads with one base."""
    with _initialized(configuration) as folder:
        return _plan(folder)


def replacements(base: Document, head: Document) -> list[Replacement]:
    """The resources of `base` that Terraform would replace for `head`. Raises CannotPlanError where a plan fails."""
    before, after = (Offline(SynthesizedStack.of(one)) for one in (base, head))
    try:
        version = provider_mirror.chosen().version
    except SystemExit as error:
        raise CannotPlanError(str(error)) from None
    referenced = after.referenced()
    for address, attributes in before.referenced().items():
        referenced.setdefault(address, set()).update(attributes)
    planned = _planned(json.dumps(before.configuration(known=True, version=version)))
    with _initialized(json.dumps(after.configuration(known=False, version=version))) as folder:
        empties = _empties(folder, version)
        state = _state(planned, before, empties, referenced)
        (folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")
        plan = _plan(folder)
    return replaced_in(plan, before.stack, after.stack, chosen_by_aws(planned, empties))
