"""What AWS enforces beyond a request's form, a module for each service."""

import functools
import importlib
import pkgutil


@functools.cache
def load() -> None:
    """Import every module of rules, which registers them."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
