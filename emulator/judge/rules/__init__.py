"""What AWS enforces beyond botocore's model: records in TOML files, and functions for rules that need code."""

import functools
import importlib
import pkgutil
from pathlib import Path

from emulator.judge.records import RuleRecord
from emulator.judge.registry import rule
from emulator.records import read


@functools.cache
def load() -> None:
    """Register every record, and import every module of rules, which registers its functions."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for record in read(path, "rule", RuleRecord):
            for call in record.calls:
                rule(*call.split(":"), source=record.source)(record.check)
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
