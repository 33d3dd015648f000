"""Which resources a call is on, as ARNs: a module a service, or for several small ones."""

import functools
import importlib
import pkgutil

from emulator.iam.targets.registry import FINDERS, Target
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call


@functools.cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def targets_of(call: Call, cloud: Cloud) -> list[Target]:
    """Every resource that a call names or creates, the ones that IAM does not ask about among them."""
    _load()
    found = FINDERS.get(call.service)
    return list(dict.fromkeys(found(call, cloud))) if found is not None else []
