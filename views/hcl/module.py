"""Writes the files of a module for several environments, which its variables select."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from envs.schema import Environment
from resource_types.expressions import Reference
from views.hcl.blocks import Nested, Schema, block, body_text, merged, prepared
from views.hcl.expressions import Conditional, Document, EjectError, Raw, expression, has_reference
from views.hcl.merged import Merger, Values, snake
from views.hcl.names import KINDS, Documents, Names

import attrs

KNOWN = {"//", "terraform", "provider", "data", "resource", "locals", "output"}
LONGEST = 400
"""Characters above which a string gets a file of its own."""
MANAGED_BY = "terraform"
"""The value of the tag ManagedBy in the exported module."""


def texts(schemas: Schema) -> Callable[[str], bool]:
    """A function that tells whether an expression is a reference to an attribute of type string."""

    def is_text(written: str) -> bool:
        found = Reference.parse(written)
        if not found:
            return False
        known = schemas["data_source_schemas" if found.type.startswith("data.") else "resource_schemas"]
        attributes = known.get(found.type.removeprefix("data."), {}).get("block", {}).get("attributes", {})
        return bool(attributes.get(found.attribute, {}).get("type") == "string")

    return is_text


def settings_of(environments: list[Environment]) -> dict[str, Values]:
    """The settings with plain values that differ, with a value for each environment."""
    found = {}
    for field in attrs.fields(Environment):
        values = tuple(getattr(environment, field.name) for environment in environments)
        is_plain = all(isinstance(one, str | int) or _is_plain_list(one) for one in values)
        if is_plain and len(set(values)) > 1:
            found[field.name] = values
    return found


def _is_plain_list(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, str | int) for one in value)


@attrs.define
class Module:
    """A module, whose `files` are written."""

    documents: Documents
    schemas: Schema
    merger: Merger
    names: Names
    kept: dict[str, str] = attrs.field(factory=dict)
    """Long strings by the path of their file."""

    @classmethod
    def of(cls, documents: Documents, schemas: Schema, settings: dict[str, Values]) -> "Module":
        """A module for these stacks. Raises EjectError for a section of a stack that cannot be exported."""
        if unknown := {part for document in documents.values() for part in document} - KNOWN:
            raise EjectError(f"the stack has {', '.join(sorted(unknown))}, which `make hcl` cannot export")
        names = Names.of(documents)
        renamed = {name: names.renamed(document) for name, document in documents.items()}
        return cls(renamed, schemas, Merger(tuple(documents), settings), names)

    @property
    def is_for_several(self) -> bool:
        """Whether it has more than one environment."""
        return len(self.documents) > 1

    def files(self) -> dict[str, str]:
        """The files by name, not formatted yet. Raises EjectError where the provider versions differ."""
        is_text = texts(self.schemas)
        found: dict[str, list[str]] = {"main": [self._terraform()]}
        provider = self.schemas["provider"]["block"]
        for name in self._all("provider"):
            rows = self.merger.aligned(tuple(document["provider"][name] for document in self.documents.values()))
            for row in rows:
                body = merged(self.merger, tuple(prepared(_managed(one), provider, is_text) for one in row), name)
                found["main"].append(block("provider", name, body=body_text(body)))
        if self._all("locals"):
            held = tuple(prepared(document.get("locals", {}), {}, is_text) for document in self.documents.values())
            found["main"].append(block("locals", body=body_text(merged(self.merger, held, "locals"))))
        for kind, prefix in KINDS.items():
            for address in self._addresses(prefix):
                file = _file(self.names.paths[address])
                found.setdefault(file, []).append(self._resource(kind, address, is_text))
        found["outputs"] = [self._output(name) for name in self._all("output")]
        if self.names.moved():
            found["moved"] = [block("moved", body=f"from = {old}\nto = {new}\n") for old, new in self.names.moved()]
        if self.merger.variables:
            found["variables"] = [self._variable(name) for name in self._variables()]
        return (
            {f"{name}.tf": "\n".join(blocks) for name, blocks in found.items() if blocks} | self.kept | self._values()
        )

    def _all(self, part: str) -> list[str]:
        return list(dict.fromkeys(name for document in self.documents.values() for name in document.get(part, {})))

    def _addresses(self, prefix: str) -> list[str]:
        return [address for address in self.names.present if address.startswith("data.") == bool(prefix)]

    def _terraform(self) -> str:
        parts = [document["terraform"] for document in self.documents.values()]
        needs = [part["required_providers"] for part in parts]
        if any(one != needs[0] for one in needs):
            raise EjectError(
                "aws_provider_version differs between the environments, but a module has one: set the same value, "
                "or export one environment with ENV="
            )
        ((backend, place),) = parts[0]["backend"].items()
        body = "" if self.is_for_several else "".join(f"{key} = {expression(value)}\n" for key, value in place.items())
        needed = "".join(f"{name} = {expression(one)}\n" for name, one in needs[0].items())
        return block(
            "terraform", body=block("required_providers", body=needed) + "\n" + block("backend", backend, body=body)
        )

    def _resource(self, kind: str, address: str, is_text: Callable[[str], bool]) -> str:
        type_, name = address.removeprefix("data.").split(".")
        schema = self.schemas[f"{kind}_schemas" if kind == "resource" else "data_source_schemas"]
        schema = schema.get(type_, {}).get("block", {})
        path, there = self.names.paths[address], self.names.present[address]
        old = next(old for old, new in self.names.new.items() if new == address)
        bodies = tuple(
            prepared(document[kind][type_][old.rpartition(".")[2]], schema, is_text)
            for document, is_there in zip(self.documents.values(), there, strict=True)
            if is_there
        )
        body = merged(self.merger.among(there), bodies, path)
        if not all(there):
            body = {"count": Raw(f"{self.merger.condition(there, path)} ? 1 : 0"), **body}
        return block(kind, type_, name, body=body_text(self._without_long(body, name)))

    def _output(self, name: str) -> str:
        there = tuple(name in document["output"] for document in self.documents.values())
        bodies = tuple(document["output"][name] for document in self.documents.values() if name in document["output"])
        body = self.merger.among(there).merge(bodies, f"output/{name}")
        if not all(there):
            body["value"] = Raw(f"{self.merger.condition(there, name)} ? {expression(body['value'])} : null")
        return block("output", name, body="".join(f"{key} = {expression(one)}\n" for key, one in body.items()))

    # Long strings

    def _without_long(self, value: Any, name: str) -> Any:  # noqa: ANN401 (any value of a body)
        """A value with its long strings moved to files."""
        if isinstance(value, str):
            return self._kept(value, name) if len(value) > LONGEST and not has_reference(value) else value
        if isinstance(value, Mapping):
            named = value.get("name")
            hint = named if isinstance(named, str) and "value" in value else ""
            return {key: self._without_long(one, f"{name}_{hint or key}") for key, one in value.items()}
        if isinstance(value, list):
            return [self._without_long(item, name) for item in value]
        inner = {Nested: "items", Conditional: "value", Document: "content"}.get(type(value))
        return attrs.evolve(value, **{inner: self._without_long(getattr(value, inner), name)}) if inner else value

    def _kept(self, value: str, name: str) -> Raw:
        text = value.replace("$${", "${").replace("%%{", "%{")
        path = f"files/{snake(name)}.{'yaml' if re.search(r'^[a-z_]+:$', text, re.MULTILINE) else 'txt'}"
        self.kept[path] = text
        return Raw(f'file("${{path.module}}/{path}")')

    # Variables

    def _variables(self) -> list[str]:
        order = [field.name for field in attrs.fields(Environment)]
        own = [name for name in order if name in self.merger.variables]
        return own + sorted(set(self.merger.variables) - set(own))

    def _variable(self, name: str) -> str:
        values = self.merger.variables[name]
        fields = attrs.fields_dict(Environment)
        means = fields[name].metadata["means"] if name in fields else ""
        described = f"description = {expression(means.replace('`', ''))}\n" if means else ""
        return block("variable", name, body=f"{described}type = {_type(values)}\n")

    def _values(self) -> dict[str, str]:
        """The variable file and the backend file of each environment."""
        found = {}
        for number, (name, document) in enumerate(self.documents.items()):
            if self.merger.variables:
                lines = [f"{one} = {_plain(self.merger.variables[one][number])}\n" for one in self._variables()]
                found[f"{name}.tfvars"] = "".join(lines)
            if self.is_for_several:
                ((backend, place),) = document["terraform"]["backend"].items()
                found[f"{name}.{backend}.tfbackend"] = "".join(f"{key} = {_plain(one)}\n" for key, one in place.items())
        return found


def _managed(provider: dict[str, Any]) -> dict[str, Any]:
    """A provider block with the tag ManagedBy of the exported module."""
    tags = [{**one, "tags": {**one["tags"], "ManagedBy": MANAGED_BY}} for one in provider.get("default_tags", [])]
    return {**provider, **({"default_tags": tags} if tags else {})}


def _file(path: str) -> str:
    """The file name of a resource: its top-level construct, or `main` for one directly in the stack."""
    first, _, rest = path.partition("/")
    return snake(first) if rest else "main"


def _plain(value: Any) -> str:  # noqa: ANN401 (any value of a setting)
    return expression(list(value) if isinstance(value, tuple) else value)


def _type(values: Values) -> str:
    known = {type(one) for one in values if one is not None}
    names = {bool: "bool", int: "number", float: "number", str: "string"}
    if len(known) == 1 and (one := known.pop()) in names:
        return names[one]
    if known == {int, float}:
        return "number"
    items = {type(item) for one in values if isinstance(one, tuple) for item in one}
    return f"list({names[items.pop()]})" if len(items) == 1 else "any"
