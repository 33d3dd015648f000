"""Where the additions keep what moto has no place for."""

from typing import Any


def state(backend: object, name: str) -> dict[str, Any]:
    """A dictionary of ours that lives and is reset with a moto backend."""
    found: dict[str, Any] = vars(backend).setdefault(name, {})
    return found
