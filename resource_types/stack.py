"""A synthesized stack as values: its blocks by address, by type and by the path of their construct."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from resource_types.expressions import Reference, addresses, references, type_of

import attrs

PROVIDER = "provider.aws"
BACKEND = "terraform.backend.s3"
IAM_DOCUMENTS = ("policy", "assume_role_policy")
"""The arguments that hold an IAM document, where they have a Statement."""


@attrs.frozen
class Block:
    """One block of the JSON; the address and the type of a data source start with `data.`."""

    address: str
    body: dict[str, Any] = attrs.field(repr=False)

    @property
    def type(self) -> str:
        """E.g. `aws_vpc`; of the provider and the backend their address."""
        return self.address if self.address in {PROVIDER, BACKEND} else type_of(self.address)

    @property
    def path(self) -> str:
        """The path of its construct below the stack, e.g. `Network/Vpc`; empty where cdktf wrote none."""
        return str(self.body.get("//", {}).get("metadata", {}).get("path", "")).partition("/")[2]

    @property
    def arguments(self) -> dict[str, Any]:
        """The body without cdktf's own notes."""
        return {name: value for name, value in self.body.items() if name != "//"}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (any JSON)
        return self.body[name]

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (any JSON)
        """An argument, or `default` where the block has none."""
        return self.body.get(name, default)

    def blocks(self, name: str) -> list[dict[str, Any]]:
        """The blocks of a name inside this one: the JSON has an object for one and a list for several."""
        found = self.body.get(name) or []
        return [found] if isinstance(found, dict) else list(found)

    def values(self, place: str) -> list[Any]:
        """The values at a place such as `encryption_configuration.kms_key`, in each of the blocks on the way."""
        found: list[Any] = [self.body]
        for name in place.split("."):
            inner = [one[name] for one in found if isinstance(one, dict) and one.get(name) is not None]
            found = [part for one in inner for part in (one if isinstance(one, list) else [one])]
        return found

    def refers_to(self, *names: str) -> list[str]:
        """The addresses that these arguments refer to; without a name, that any argument does."""
        return references([self.body.get(name) for name in names] if names else self.arguments)

    def depends_on(self) -> set[str]:
        """Every address that it names: in expressions, `depends_on` and `replace_triggered_by`."""
        triggers = [one for block in self.blocks("lifecycle") for one in block.get("replace_triggered_by", ())]
        plain = (address for text in (*self.get("depends_on", ()), *triggers) for address in addresses(text))
        return {*self.refers_to(), *plain}

    def reference(self, attribute: str) -> str:
        """How another block refers to an attribute of this one."""
        return str(Reference(self.address, attribute))

    def iam_documents(self) -> Iterator[str]:
        """The IAM documents in its arguments, as JSON."""
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
        """Read a parsed cdk.tf.json."""
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
        """What to call the resources: the paths of their constructs by address."""
        return {address: block.path or address for address, block in self.resources.items()}

    def of_type(self, *types: str) -> list[Block]:
        """The blocks of some types, in the order of the types and of their addresses."""
        return [block for type_ in types for block in self._by_type.get(type_, ())]

    def only(self, type_: str) -> Block:
        """The one block of a type. Raises ValueError where there is none or more than one."""
        (found,) = self.of_type(type_)
        return found

    def get(self, address: str) -> Block | None:
        """The block at an address, if there is one."""
        return self.by_address.get(address)

    def at(self, type_: str, path: str) -> Block:
        """The block of a type at the path of its construct. Raises KeyError where there is none."""
        return {block.path: block for block in self.of_type(type_)}[path]

    def referring(self, type_: str, address: str, *names: str) -> list[Block]:
        """The blocks of a type that refer to an address in one of these arguments."""
        return [block for block in self.of_type(type_) if address in block.refers_to(*names)]

    def containers(self) -> dict[str, dict[str, Any]]:
        """The container definitions of the task by name."""
        definitions = json.loads(self.only("aws_ecs_task_definition")["container_definitions"])
        return {container["name"]: container for container in definitions}
