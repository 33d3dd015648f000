"""Faults that somebody planted who had read the API references and none of the judge's rules; a module a service."""

import importlib
import pkgutil


def load() -> None:
    """Import every module, which fills cases.FAULTS and cases.TWINS."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
