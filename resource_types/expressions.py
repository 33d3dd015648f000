"""Terraform's `${…}` expressions inside the strings of a synthesized stack."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import attrs

_EXPRESSION = re.compile(r"(?<!\$)\$\{([^}]*)\}")
_REFERENCE = re.compile(r"((?:data\.)?[a-z]\w*\.[\w-]+)\.(\w+)")
_ADDRESS = re.compile(r"\b(?:data\.)?aws_\w+\.[\w-]+")


def type_of(address: str) -> str:
    """The type of the resource at an address, e.g. `aws_vpc`, or `data.aws_vpc` for a data source."""
    type_, _, name = address.partition(".")
    return f"data.{name.partition('.')[0]}" if type_ == "data" else type_


@attrs.frozen
class Reference:
    """An expression that refers to an attribute of one resource or data source."""

    address: str
    attribute: str

    @classmethod
    def parse(cls, expression: str) -> "Reference | None":
        """Parse the text between `${` and `}`; None for a function call or a part of an attribute."""
        found = _REFERENCE.fullmatch(expression)
        return cls(found[1], found[2]) if found else None

    @classmethod
    def only(cls, value: object) -> "Reference | None":
        """The reference that a string consists of; None for any other value."""
        found = _EXPRESSION.fullmatch(value) if isinstance(value, str) else None
        return cls.parse(found[1]) if found else None

    @property
    def type(self) -> str:
        """The type of the resource, e.g. `aws_vpc`, or `data.aws_vpc` for a data source."""
        return type_of(self.address)

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rpartition(".")[2]

    def __str__(self) -> str:
        return f"${{{self.address}.{self.attribute}}}"


def addresses(text: str) -> list[str]:
    """The addresses in a string without `${}`, e.g. an item of `depends_on`."""
    return _ADDRESS.findall(text)


def strings(value: object) -> Iterator[str]:
    """Every string in a JSON value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def expressions(value: object) -> list[str]:
    """The texts between `${` and `}` in the strings of a JSON value."""
    return [found for text in strings(value) for found in _EXPRESSION.findall(text)]


def references(value: object) -> list[str]:
    """The addresses in the expressions of a JSON value, each once, in order of first appearance."""
    return list(dict.fromkeys(address for found in expressions(value) for address in addresses(found)))


def replaced(value: Any, replacement: Callable[[str], str]) -> Any:  # noqa: ANN401 (any JSON)
    """A JSON value with each expression and its `${}` replaced by the result of `replacement` on the text inside."""
    if isinstance(value, str):
        return _EXPRESSION.sub(lambda found: replacement(found[1]), value)
    if isinstance(value, list):
        return [replaced(item, replacement) for item in value]
    return {key: replaced(item, replacement) for key, item in value.items()} if isinstance(value, dict) else value
