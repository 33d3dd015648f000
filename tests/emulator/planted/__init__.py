"""Faults from the AWS API references, written without knowledge of the emulator's rules; one module per service."""

import importlib
import pkgutil


def load() -> None:
    """Import every module, which fills cases.FAULTS and cases.TWINS."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
