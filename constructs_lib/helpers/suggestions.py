"""Suggestions for misspelt names in error messages."""

from collections.abc import Iterable


def closest(name: str, known: Iterable[str]) -> str | None:
    """The name in `known` that `name` is probably meant to be; None if none is close."""
    import difflib  # noqa: PLC0415 (only for an error message)

    return next(iter(difflib.get_close_matches(name, list(known), n=1)), None)


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean …?` with the name in `known` closest to `name`; `otherwise` if none is close."""
    near = closest(name, known)
    return f"did you mean {near}?" if near else otherwise
