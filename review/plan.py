"""What Terraform would have to replace, told by its own plan, without AWS.

The provider's schema does not say which change forces a replacement; only its planning does. So the base becomes a
state with invented identifiers, and Terraform plans the head against it, asking nobody (docs/adr/0017).
"""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from constructs_lib.helpers.provider_release import unknown_to
from tools import provider_mirror

import attrs

Document = Mapping[str, Any]
ACCOUNT = "123456789012"
_SIMPLE = re.compile(r"(?<!\$)\$\{([a-z0-9_]+)\.([\w-]+)\.(\w+)\}")
_ANY = re.compile(r"(?<!\$)\$\{[^}]*\}")
_UNREACHABLE = "http://127.0.0.1:9"


class CannotPlanError(Exception):
    """Terraform cannot say what would be replaced; the message says why."""


@attrs.frozen
class Replacement:
    """A resource that Terraform would delete and make anew, and the attributes that force it."""

    address: str
    because: tuple[str, ...]


def _invented(type_: str, name: str, attribute: str, region: str) -> str:
    """A value of the form that AWS gives such an attribute; the same for the same resource in base and head."""
    if attribute == "arn" or attribute.endswith("_arn"):
        service = {"lb": "elasticloadbalancing", "cloudwatch": "logs", "wafv2": "wafv2"}.get(
            type_.split("_")[1], type_.split("_")[1]
        )
        return f"arn:aws:{service}:{region}:{ACCOUNT}:x/{name}"
    if attribute.endswith("_type"):
        return "CNAME"
    return ACCOUNT if attribute == "account_id" else f"{name}-{attribute}".lower().replace("_", "-")


def _constant(expression: str) -> str:
    """What stands for an expression that is not a plain reference: a data source, a function."""
    words = re.findall(r"[A-Za-z]\w*", expression)
    return _invented("data_x", words[-2] if len(words) > 1 else "x", words[-1] if words else "x", "us-east-1")


def _mapped(value: Any, replace: Any) -> Any:
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, list):
        return [_mapped(item, replace) for item in value]
    if isinstance(value, dict):
        return {key: _mapped(item, replace) for key, item in value.items() if key != "//"}
    return value


def _without(value: Any, names: frozenset[str]) -> Any:
    """A block without these attributes, and without their names in lists such as `ignore_changes`."""
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items() if key not in names}
    if isinstance(value, list):
        return [_without(item, names) for item in value if not (isinstance(item, str) and item in names)]
    return value


@attrs.frozen
class Offline:
    """One side of a comparison, made so that Terraform plans it without AWS."""

    document: Document
    region: str = "us-east-1"

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The blocks by type and name."""
        found: dict[str, dict[str, Any]] = self.document.get("resource", {})
        return found

    def referenced(self) -> dict[str, set[str]]:
        """The attributes that something refers to, by address."""
        found: dict[str, set[str]] = {}
        for type_, name, attribute in _SIMPLE.findall(json.dumps(self.resources)):
            found.setdefault(f"{type_}.{name}", set()).add(attribute)
        return found

    def value(self, type_: str, name: str, attribute: str) -> str:
        """What a reference to an attribute gives: what the block says, else an invented value."""
        given = self.resources.get(type_, {}).get(name, {}).get(attribute)
        if isinstance(given, str):
            return self._known(given)
        return str(given) if given is not None else _invented(type_, name, attribute, self.region)

    def _known(self, text: str) -> str:
        text = _SIMPLE.sub(lambda match: self.value(*match.groups()), text)
        return _ANY.sub(lambda match: _constant(match[0]), text)

    def configuration(self, *, known: bool, version: str) -> dict[str, Any]:
        """The stack with this provider and no backend; where `known`, each reference is the value it would have."""

        def replace(text: str) -> str:
            if known:
                return self._known(text)
            return _ANY.sub(lambda match: match[0] if _refers(match[0]) else _constant(match[0]), text)

        (provider,) = self.document["provider"]["aws"]
        return {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": version}}},
            "provider": {
                "aws": {
                    **{key: value for key, value in provider.items() if key in {"region", "default_tags"}},
                    "access_key": "none",
                    "secret_key": "none",
                    "max_retries": 0,
                    "skip_credentials_validation": True,
                    "skip_metadata_api_check": True,
                    "skip_requesting_account_id": True,
                }
            },
            # A rehearsal may run with an older release than the stack is written for.
            "resource": _without(_mapped(self.resources, replace), unknown_to(version)),
        }


def _refers(expression: str) -> bool:
    match = _SIMPLE.fullmatch(expression)
    return match is not None and match[1] != "data"


def _terraform(folder: Path, *arguments: str) -> str:
    try:
        return provider_mirror.terraform(
            folder, *arguments, AWS_ENDPOINT_URL=_UNREACHABLE, AWS_EC2_METADATA_DISABLED="true"
        )
    except provider_mirror.TerraformError as error:
        raise CannotPlanError(str(error)) from None


def _plan(folder: Path, configuration: Mapping[str, Any], state: Mapping[str, Any] | None = None) -> dict[str, Any]:
    (folder / "main.tf.json").write_text(json.dumps(configuration), encoding="utf-8")
    if state is not None:
        (folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")
    _terraform(folder, "plan", "-refresh=false", "-lock=false", "-input=false", "-no-color", "-out=plan")
    plan: dict[str, Any] = json.loads(_terraform(folder, "show", "-json", "plan"))
    return plan


def _texts(folder: Path, version: str) -> dict[str, list[str]]:
    """The attributes of each type that are texts, from the provider's schema, which is kept for the next time."""
    kept = provider_mirror.TOOLS / f"review-schema-{version}.json"
    if not kept.is_file():
        (schemas,) = json.loads(_terraform(folder, "providers", "schema", "-json"))["provider_schemas"].values()
        texts = {
            type_: [name for name, one in schema["block"].get("attributes", {}).items() if one.get("type") == "string"]
            for type_, schema in schemas["resource_schemas"].items()
        }
        partial = kept.with_suffix(f".{os.getpid()}")
        partial.write_text(json.dumps(texts), encoding="utf-8")
        partial.replace(kept)
    found: dict[str, list[str]] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _state(
    planned: Mapping[str, Any],
    base: Offline,
    texts: Mapping[str, list[str]],
    referenced: Mapping[str, set[str]],
) -> dict[str, Any]:
    """A state in which the base is deployed: what its plan would set, and something for what AWS would say.

    What somebody refers to gets an invented value; the rest an empty one, since null means "not known yet" to a
    provider, which then plans anew.
    """
    unknown = {change["address"]: change["change"]["after_unknown"] for change in planned["resource_changes"]}
    resources = []
    for resource in planned["planned_values"]["root_module"]["resources"]:
        type_, name = resource["type"], resource["name"]
        values = dict(resource["values"])
        for attribute in texts[type_]:
            if unknown[resource["address"]].get(attribute) is True:
                asked = attribute in {"id", *referenced.get(resource["address"], ())}
                values[attribute] = base.value(type_, name, attribute) if asked else ""
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


def _because(change: Mapping[str, Any]) -> tuple[str, ...]:
    paths = change["change"].get("replace_paths", [])
    return tuple(sorted({".".join(map(str, path)) for path in paths}))


def replacements(base: Document, head: Document) -> list[Replacement]:
    """What of `base` Terraform would replace to get to `head`. Raises CannotPlanError where it cannot tell."""
    before, after = Offline(base), Offline(head)
    try:
        version = provider_mirror.chosen().version
    except SystemExit as error:
        raise CannotPlanError(str(error)) from None
    referenced = after.referenced()
    for address, attributes in before.referenced().items():
        referenced.setdefault(address, set()).update(attributes)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration = before.configuration(known=True, version=version)
        (folder / "main.tf.json").write_text(json.dumps(configuration), encoding="utf-8")
        _terraform(folder, "init", "-input=false", "-no-color")
        state = _state(_plan(folder, configuration), before, _texts(folder, version), referenced)
        plan = _plan(folder, after.configuration(known=False, version=version), state)
    return [
        Replacement(change["address"], _because(change))
        for change in plan["resource_changes"]
        if {"create", "delete"} <= set(change["change"]["actions"])
    ]
