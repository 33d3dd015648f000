"""Building blocks for the rules of settings, and the check that applies all of them."""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, get_args, get_origin

import attrs

Rule = Callable[[Any], str | None]
"""Takes a value of the field's type; returns what is allowed instead, or None if the value is valid."""

_TYPES: dict[Any, str] = {
    str: "a string in quotes",
    int: "a whole number",
    bool: "True or False",
    tuple[str, ...]: 'a tuple of strings, e.g. ("one",)',
    tuple[int, ...]: "a tuple of whole numbers, e.g. (443,)",
}


@attrs.frozen
class Problem:
    """What is wrong with one setting. As a string, it follows the name of the file."""

    setting: str
    value: object
    """attrs.NOTHING if the setting has no value or does not exist."""
    allowed: str

    def __str__(self) -> str:
        given = "" if self.value is attrs.NOTHING else f"={self.value!r}"
        return f"{self.setting}{given}: {self.allowed}"


PairRule = Callable[..., Iterator[Problem]]
"""A rule about the settings that its parameters name. It runs only if each of them is valid by itself."""


class InvalidSettingsError(Exception):
    """The settings of one environment are invalid; `problems` has every problem."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def about(means: str, rule: Rule | None = None) -> dict[str, Any]:
    """Metadata of a field: the description that docs/settings.md prints, and the rule for this setting alone."""
    return {"means": means, "rule": rule}


def between(lowest: int, highest: int, unit: str = "") -> Rule:
    """A number from `lowest` to `highest`, both included."""
    says = f"must be from {lowest} to {highest} {unit}".rstrip()
    return lambda value: None if lowest <= value <= highest else says


def one_of(values: Iterable[object], unit: str = "") -> Rule:
    """One of `values`."""
    says = f"must be one of {', '.join(map(str, values))} {unit}".rstrip()
    return lambda value: None if value in values else says


def matches(pattern: str, says: str, *, longest: int) -> Rule:
    """A string that matches a whole regular expression and has at most `longest` characters."""
    compiled = re.compile(pattern, re.ASCII)

    def rule(value: str) -> str | None:
        if not compiled.fullmatch(value):
            return f"must be {says}"
        return None if len(value) <= longest else f"is {len(value)} characters long; at most {longest} are allowed"

    return rule


def refusing(refused: Mapping[str, str], rule: Rule) -> Rule:
    """A value that passes `rule` and matches none of the patterns in `refused`, a mapping of pattern to message.

    In a message, `{0}` is the first group of the match.
    """

    def check(value: str) -> str | None:
        for pattern, says in refused.items():
            if found := re.fullmatch(pattern, value):
                return says.format(*found.groups())
        return rule(value)

    return check


def each(rule: Rule) -> Rule:
    """A tuple without duplicates whose items all pass `rule`."""

    def check(values: tuple[Any, ...]) -> str | None:
        for item in values:
            if problem := rule(item):
                return f"{item!r} {problem}"
        repeated = next((item for item in values if values.count(item) > 1), None)
        return None if repeated is None else f"has {repeated!r} twice"

    return check


def _type_problem(value: object, wanted: Any) -> str | None:  # noqa: ANN401 (a type, or a generic alias)
    """Compares exact types: True is not a number, and a list is not a tuple, because settings are frozen."""
    if wanted in (str, int, bool):
        fits = type(value) is wanted
    elif get_origin(wanted) is tuple:
        item = wanted.__args__[0]
        fits = type(value) is tuple and all(type(part) is item for part in value)
    else:
        fits = isinstance(value, wanted)
    return None if fits else f"must be {_TYPES.get(wanted) or _of_classes(wanted)}"


def _of_classes(wanted: Any) -> str:  # noqa: ANN401 (a type, or a generic alias)
    names = [item.__name__ for item in get_args(wanted) if isinstance(item, type) and item is not type(None)]
    return f"a tuple of {names[0]}(…)" if get_origin(wanted) is tuple else f"None or {', '.join(names)}"


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean …?` with the name in `known` closest to `name`; `otherwise` if none is close."""
    import difflib  # noqa: PLC0415 (only for an error message)

    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else otherwise


def problems_of(
    cls: type[attrs.AttrsInstance],
    given: Mapping[str, object],
    pair_rules: Iterable[PairRule],
    removed: Mapping[str, str],
) -> Iterator[Problem]:
    """Every problem of the settings `given` for the attrs class `cls`, in the order of its fields.

    `removed` maps settings of earlier versions to the message for a file that still sets them.
    """
    fields = attrs.fields_dict(cls)
    for name in given:
        if name not in fields:
            meant = did_you_mean(name, fields, f"the settings are {', '.join(fields)}")
            yield Problem(name, attrs.NOTHING, removed.get(name) or f"no such setting; {meant}")
    sound: dict[str, object] = {}
    for name, field in fields.items():
        rule: Rule | None = field.metadata["rule"]
        value = given.get(name, field.default)
        if value is attrs.NOTHING:
            problem: str | None = f"missing; {field.metadata['means']}"
        elif name not in given:
            problem = None
        else:
            problem = _type_problem(value, field.type) or (rule(value) if rule and value is not None else None)
        if problem:
            yield Problem(name, value, problem)
        else:
            sound[name] = value
    for check in pair_rules:
        values = {name: sound.get(name, attrs.NOTHING) for name in inspect.signature(check).parameters}
        if attrs.NOTHING not in values.values():
            yield from check(**values)
