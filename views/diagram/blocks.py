"""Reads the synthesized JSON: its blocks by address, and what each refers to."""

import re
from collections.abc import Iterator
from typing import Any

import attrs

PROVIDER = "provider.aws"
BACKEND = "terraform.backend.s3"
EXPRESSION = re.compile(r"\$\{[^}]*\}")
ADDRESS = re.compile(r"\b(?:data\.)?aws_\w+\.[\w-]+")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def references(value: object) -> list[str]:
    """The addresses that the expressions in a value name, each once, in the order of their appearance."""
    found = [
        address
        for text in _strings(value)
        for expression in EXPRESSION.findall(text)
        for address in ADDRESS.findall(expression)
    ]
    return list(dict.fromkeys(found))


def shown(text: object) -> str:
    """A value as the picture shows it: what only a deployment knows stands in angle brackets."""
    return EXPRESSION.sub(
        lambda found: "<account>" if found[0].endswith(".account_id}") else "<…>", str(text).replace("$${", "${")
    )


@attrs.frozen
class Block:
    """One block of the JSON; for a data source the type starts with `data.`."""

    address: str
    type: str
    body: dict[str, Any] = attrs.field(repr=False)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (any JSON)
        return self.body[name]

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 (any JSON)
        """An argument, or `default` where the block has none."""
        return self.body.get(name, default)

    def refers_to(self, *names: str) -> list[str]:
        """The addresses that these arguments refer to."""
        return references([self.body.get(name) for name in names])


@attrs.frozen
class Blocks:
    """All blocks of one stack by address."""

    by_address: dict[str, Block]

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Blocks":
        """Read a parsed cdk.tf.json."""
        found = [
            Block(f"{prefix}{type_}.{name}", f"{prefix}{type_}", body)
            for section, prefix in (("resource", ""), ("data", "data."))
            for type_, named in document.get(section, {}).items()
            for name, body in named.items()
        ]
        found += [Block(PROVIDER, PROVIDER, body) for body in document.get("provider", {}).get("aws", [])[:1]]
        backend = document.get("terraform", {}).get("backend", {}).get("s3")
        found += [Block(BACKEND, BACKEND, backend)] if backend else []
        return cls({block.address: block for block in sorted(found, key=lambda block: block.address)})

    def __iter__(self) -> Iterator[Block]:
        return iter(self.by_address.values())

    def of_type(self, *types: str) -> list[Block]:
        """The blocks of some types, in the order of the types and of their addresses."""
        return [block for type_ in types for block in self if block.type == type_]

    def get(self, address: str) -> Block | None:
        """The block at an address, if there is one."""
        return self.by_address.get(address)

    def referring(self, type_: str, address: str, *names: str) -> list[Block]:
        """The blocks of a type that refer to an address in one of these arguments."""
        return [block for block in self.of_type(type_) if address in block.refers_to(*names)]
