"""WAFv2: the lock tokens of IP sets are UUIDs, as the pattern of their model has it; moto cuts them off."""

import uuid
from typing import Any

from moto.wafv2.models import FakeIPSet

_init, _update = FakeIPSet.__init__, FakeIPSet.update


def _created(self: FakeIPSet, *given: Any, **named: Any) -> None:
    _init(self, *given, **named)
    self.lock_token = str(uuid.uuid4())


def _updated(self: FakeIPSet, *given: Any, **named: Any) -> None:
    _update(self, *given, **named)
    self.lock_token = str(uuid.uuid4())


def patch_models() -> None:
    """Give each version of an IP set a token of the right form."""
    FakeIPSet.__init__ = _created  # type: ignore[method-assign]
    FakeIPSet.update = _updated  # type: ignore[method-assign]
