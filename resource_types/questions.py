"""Evaluates the JMESPath expressions of records on the blocks of a synthesized stack."""

from collections.abc import Iterable
from typing import Any

from resource_types.stack import Block, SynthesizedStack

import attrs
import jmespath
from jmespath import functions


class _Functions(functions.Functions):  # type: ignore[misc] # jmespath has no types
    """JMESPath's functions, and two more."""

    @functions.signature({"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_after(self, text: str, mark: str) -> str:
        """`after(text, mark)`: the part of a text after its last mark; the whole text without a mark."""
        return text.rpartition(mark)[2]

    @functions.signature(  # type: ignore[untyped-decorator]
        {"types": ["string"]}, {"types": ["string"]}, {"types": ["number"]}
    )
    def _func_beyond(self, text: str, mark: str, count: int) -> str:
        """`beyond(text, mark, count)`: the part of a text after its first `count` marks, or after its last."""
        return text.split(mark, count)[-1]


_OPTIONS = jmespath.Options(custom_functions=_Functions())


def _by_type(blocks: Iterable[Block]) -> dict[str, dict[str, Any]]:
    """The arguments of the first block of each type."""
    found: dict[str, dict[str, Any]] = {}
    for block in blocks:
        found.setdefault(block.type, block.body)
    return found


@attrs.frozen
class Questions:
    """Evaluates expressions on the blocks of a stack.

    An expression is evaluated on a block's arguments. `refers` has the first block of each type that the block refers
    to, `referred` the first of each type that refers to the block.
    """

    stack: SynthesizedStack
    _referring: dict[str, list[Block]] = attrs.field(repr=False)
    _contexts: dict[str, dict[str, Any]] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    """What expressions see of a block, by its address."""

    @classmethod
    def of(cls, stack: SynthesizedStack) -> "Questions":
        """Collect the references of a stack."""
        referring: dict[str, list[Block]] = {}
        for block in stack:
            for address in block.refers_to():
                referring.setdefault(address, []).append(block)
        return cls(stack, referring)

    def referring(self, address: str) -> list[Block]:
        """The blocks that refer to an address."""
        return self._referring.get(address, [])

    def ask(self, block: Block, expression: str) -> Any:  # noqa: ANN401 (any JSON)
        """The value of an expression on a block; None where it finds nothing. Raises JMESPathError."""
        if (context := self._contexts.get(block.address)) is None:
            context = self._contexts[block.address] = {
                **block.arguments,
                "refers": _by_type(filter(None, map(self.stack.get, block.refers_to()))),
                "referred": _by_type(self.referring(block.address)),
            }
        return jmespath.search(expression, context, _OPTIONS)
