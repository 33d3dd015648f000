"""WAFv2: full UUIDs as lock tokens of IP sets, as the API's pattern requires; moto truncates them."""

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
    """Patch moto so that each version of an IP set has a UUID as lock token."""
    FakeIPSet.__init__ = _created  # type: ignore[method-assign]
    FakeIPSet.update = _updated  # type: ignore[method-assign]
