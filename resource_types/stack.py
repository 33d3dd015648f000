"""A synthesized stack as Python values: its blocks by address, by type and by construct path."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resource_types.expressions import Reference, addresses, references, type_of

import attrs

PROVIDER = "provider.aws"
BACKEND = "terraform.backend.s3"
IAM_DOCUMENTS = ("policy", "assume_role_policy")
"""Arguments that may hold an IAM policy document; one has a Statement."""


@attrs.frozen
class Block:
    """One block of the JSON. The address and the type of a data source start with `data.`."""

    address: str
    body: dict[str, Any] = attrs.field(repr=False)

    @property
    def type(self) -> str:
        """The type, e.g. `aws_vpc`; for the provider and the backend their address."""
        return self.address if self.address in {PROVIDER, BACKEND} else type_of(self.address)

    @property
    def path(self) -> str:
        """The path of its construct in the stack, e.g. `Network/Vpc`; empty where cdktf wrote none."""
        return str(self.body.get("//", {}).get("metadata", {}).get("path", "")).partition("/")[2]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the block, without cdktf's metadata."""
        return {name: value for name, value in self.body.items() if name != "//"}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (any JSON)
        return self.body[name]

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (any JSON)
        """An argument, or `default` where the block has none."""
        return self.body.get(name, default)

    def blocks(self, name: str) -> list[dict[str, Any]]:
        """The nested blocks of a name. The JSON has an object for one and a list for several."""
        found = self.body.get(name) or []
        return [found] if isinstance(found, dict) else list(found)

    def values(self, place: str) -> list[Any]:
        """The values at a path such as `encryption_configuration.kms_key`, from each nested block on the path."""
        found: list[Any] = [self.body]
        for name in place.split("."):
            inner = [one[name] for one in found if isinstance(one, dict) and one.get(name) is not None]
            found = [part for one in inner for part in (one if isinstance(one, list) else [one])]
        return found

    def refers_to(self, *names: str) -> list[str]:
        """The addresses that the named arguments refer to; without names, those of all arguments."""
        return references([self.body.get(name) for name in names] if names else self.arguments)

    def depends_on(self) -> set[str]:
        """Every address that the block names, in expressions, `depends_on` and `replace_triggered_by`."""
        triggers = [one for block in self.blocks("lifecycle") for one in block.get("replace_triggered_by", ())]
        plain = (address for text in (*self.get("depends_on", ()), *triggers) for address in addresses(text))
        return {*self.refers_to(), *plain}

    def reference(self, attribute: str) -> str:
        """The `${}` expression for an attribute of this block."""
        return str(Reference(self.address, attribute))

    def iam_documents(self) -> Iterator[str]:
        """The IAM policy documents in its arguments, as JSON strings."""
        for name in IAM_DOCUMENTS:
            if '"Statement"' in str(self.get(name, "")):
                yield self.body[name]


@attrs.frozen
class SynthesizedStack:
    """All blocks of one stack, in the order of their addresses."""

    document: Mapping[str, Any] = attrs.field(repr=False)
    by_address: dict[str, Block]
    _by_type: dict[str, list[Block]] = attrs.field(init=False, repr=False, eq=False)

    @_by_type.default
    def _indexed(self) -> dict[str, list[Block]]:
        """The blocks by type, in the order of their addresses: a picture looks types up 150 times."""
        found: dict[str, list[Block]] = {}
        for block in self:
            found.setdefault(block.type, []).append(block)
        return found

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "SynthesizedStack":
        """The stack of a parsed cdk.tf.json."""
        found = {
            f"{prefix}{type_}.{name}": body
            for section, prefix in (("resource", ""), ("data", "data."))
            for type_, named in document.get(section, {}).items()
            for name, body in named.items()
        }
        if providers := document.get("provider", {}).get("aws"):
            found[PROVIDER] = providers[0]
        if backend := document.get("terraform", {}).get("backend", {}).get("s3"):
            found[BACKEND] = backend
        return cls(document, {address: Block(address, body) for address, body in sorted(found.items())})

    @classmethod
    def read(cls, output: Path, name: str) -> "SynthesizedStack":
        """Read a stack from the folder that cdktf synthesized to."""
        return cls.of(json.loads((output / "stacks" / name / "cdk.tf.json").read_text(encoding="utf-8")))

    def __iter__(self) -> Iterator[Block]:
        return iter(self.by_address.values())

    @property
    def resources(self) -> dict[str, Block]:
        """The resources by address, without the data sources."""
        return {address: block for address, block in self.terraform.items() if not address.startswith("data.")}

    @property
    def terraform(self) -> dict[str, Block]:
        """The resources and data sources by address: what a state holds."""
        return {block.address: block for block in self if block.address not in {PROVIDER, BACKEND}}

    def paths(self) -> dict[str, str]:
        """Construct paths by address, as names of resources for people."""
        return {address: block.path or address for address, block in self.resources.items()}

    def of_type(self, *types: str) -> list[Block]:
        """The blocks of some types, sorted by the given order of types, then by address."""
        return [block for type_ in types for block in self._by_type.get(type_, ())]

    def only(self, type_: str) -> Block:
        """The only block of a type. Raises ValueError unless there is exactly one."""
        (found,) = self.of_type(type_)
        return found

    def get(self, address: str) -> Block | None:
        """The block at an address; None where there is none."""
        return self.by_address.get(address)

    def at(self, type_: str, path: str) -> Block:
        """The block of a type at a construct path. Raises KeyError where there is none."""
        return {block.path: block for block in self.of_type(type_)}[path]

    def referring(self, type_: str, address: str, *names: str) -> list[Block]:
        """The blocks of a type that refer to an address in one of the named arguments."""
        return [block for block in self.of_type(type_) if address in block.refers_to(*names)]

    def containers(self) -> dict[str, dict[str, Any]]:
        """The task's container definitions by name."""
        definitions = json.loads(self.only("aws_ecs_task_definition")["container_definitions"])
        return {container["name"]: container for container in definitions}
