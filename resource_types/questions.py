"""Expressions of the records, in JMESPath, answered from a synthesized stack."""

from collections.abc import Iterable
from typing import Any

from resource_types.stack import Block, SynthesizedStack

import attrs
import jmespath
from jmespath import functions


class _Functions(functions.Functions):  # type: ignore[misc] # jmespath has no types
    """JMESPath's own functions, and two that it lacks."""

    @functions.signature({"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_after(self, text: str, mark: str) -> str:
        """What follows the last mark; the whole text where there is none."""
        return text.rpartition(mark)[2]

    @functions.signature(  # type: ignore[untyped-decorator]
        {"types": ["string"]}, {"types": ["string"]}, {"types": ["number"]}
    )
    def _func_beyond(self, text: str, mark: str, count: int) -> str:
        """What follows so many marks, as far as there are so many."""
        return text.split(mark, count)[-1]


_OPTIONS = jmespath.Options(custom_functions=_Functions())


def _by_type(blocks: Iterable[Block]) -> dict[str, dict[str, Any]]:
    """The first of each type."""
    found: dict[str, dict[str, Any]] = {}
    for block in blocks:
        found.setdefault(block.type, block.body)
    return found


@attrs.frozen
class Questions:
    """A stack that answers expressions about its blocks.

    An expression sees a block's arguments, and under `refers` and `referred` the first block of each type that it
    refers to and that refers to it.
    """

    stack: SynthesizedStack
    _referring: dict[str, list[Block]] = attrs.field(repr=False)
    _contexts: dict[str, dict[str, Any]] = attrs.field(factory=dict, init=False, repr=False, eq=False)
    """What expressions see of a block, by its address."""

    @classmethod
    def of(cls, stack: SynthesizedStack) -> "Questions":
        """Read who refers to whom, once."""
        referring: dict[str, list[Block]] = {}
        for block in stack:
            for address in block.refers_to():
                referring.setdefault(address, []).append(block)
        return cls(stack, referring)

    def referring(self, address: str) -> list[Block]:
        """The blocks that refer to an address."""
        return self._referring.get(address, [])

    def ask(self, block: Block, expression: str) -> Any:  # noqa: ANN401 (any JSON)
        """The answer for a block; None where it has none. Raises jmespath's errors for an expression that is none."""
        if (context := self._contexts.get(block.address)) is None:
            context = self._contexts[block.address] = {
                **block.arguments,
                "refers": _by_type(filter(None, map(self.stack.get, block.refers_to()))),
                "referred": _by_type(self.referring(block.address)),
            }
        return jmespath.search(expression, context, _OPTIONS)
