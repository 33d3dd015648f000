"""The types of a planted fault and of its valid twin, and the lists that the modules of this directory fill."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.emulator.planted.account import Account

Call = Callable[[], Any]
Setup = Callable[[Account], Call]


@dataclass(frozen=True)
class Refusal:
    """AWS's response to a refused call: the error code, and a part of the message.

    `word` may have alternatives separated by |, e.g. AWS's phrase and the wrong member. One of them has to match.
    """

    code: str
    word: str


@dataclass(frozen=True)
class Fault:
    """A call that AWS refuses.

    `setup` makes only calls that AWS accepts, and returns the faulty one. `semantic` is True if the call itself is well
    formed, and only the state of the account or the relation of two values makes it invalid.
    """

    name: str
    setup: Setup
    expected: Refusal
    reference: str
    semantic: bool


@dataclass(frozen=True)
class Twin:
    """A call that AWS accepts. `setup` returns it."""

    name: str
    setup: Setup


FAULTS: list[Fault] = []
TWINS: list[Twin] = []


def fault(code: str, word: str, reference: str, *, semantic: bool = True) -> Callable[[Setup], Setup]:
    """Add the decorated setup to FAULTS."""

    def add(setup: Setup) -> Setup:
        FAULTS.append(Fault(_name(setup), setup, Refusal(code, word), reference, semantic))
        return setup

    return add


def twin(setup: Setup) -> Setup:
    """Add the decorated setup to TWINS."""
    TWINS.append(Twin(_name(setup), setup))
    return setup


def _name(setup: Setup) -> str:
    return str(getattr(setup, "__name__", setup)).strip("_")
