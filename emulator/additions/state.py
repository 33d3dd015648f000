"""Where the additions store what moto has no place for."""

from typing import Any


def state(backend: object, name: str) -> dict[str, Any]:
    """A named dictionary that is stored in a moto backend, and so is emptied when moto is reset."""
    found: dict[str, Any] = vars(backend).setdefault(name, {})
    return found
