"""How a rule about settings is written down and how all of them are checked together."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args, get_origin

import attrs

Rule = Callable[[Any], str | None]
"""Takes a value of the right type; says what is allowed instead, or None where the value is."""

_TYPES: dict[Any, str] = {
    str: "a string in quotes",
    int: "a whole number",
    bool: "True or False",
    tuple[str, ...]: 'a tuple of strings, e.g. ("one",)',
    tuple[int, ...]: "a tuple of whole numbers, e.g. (443,)",
}


@attrs.frozen
class Problem:
    """What is wrong with one setting, ready to be printed behind the name of its file."""

    setting: str
    value: object
    allowed: str

    def __str__(self) -> str:
        return f"{self.setting}={self.value!r}: {self.allowed}"


@attrs.frozen
class Missing:
    """A setting that has no default and was not given, or one that does not exist."""

    setting: str
    text: str

    def __str__(self) -> str:
        return f"{self.setting}: {self.text}"


class InvalidSettingsError(Exception):
    """The settings of one environment break rules; `problems` holds every one of them."""

    def __init__(self, problems: list[Problem | Missing]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@attrs.frozen
class PairRule:
    """A rule about several settings, which runs only where each of them is sound by itself."""

    settings: tuple[str, ...]
    check: Callable[..., Problem | Iterator[Problem] | None]

    def problems(self, values: Mapping[str, object]) -> Iterator[Problem]:
        """What the rule has against these values."""
        found = self.check(*(values[name] for name in self.settings))
        if isinstance(found, Problem):
            yield found
        else:
            yield from found or ()


def about(means: str, rule: Rule | None = None) -> dict[str, Any]:
    """Metadata of a field: what the setting means (docs/settings.md prints it) and its own rule."""
    return {"means": means, "rule": rule}


def between(lowest: int, highest: int, unit: str) -> Rule:
    """A number from `lowest` to `highest`, both included."""

    def rule(value: int) -> str | None:
        return None if lowest <= value <= highest else f"must be from {lowest} to {highest} {unit}"

    return rule


def one_of(values: tuple[int, ...], unit: str) -> Rule:
    """One of a list of numbers."""

    def rule(value: int) -> str | None:
        return None if value in values else f"must be one of {', '.join(map(str, values))} {unit}"

    return rule


def matches(pattern: str, says: str, *, longest: int) -> Rule:
    """Text that fits a regular expression as a whole and is not longer than `longest` characters."""
    compiled = re.compile(pattern, re.ASCII)

    def rule(value: str) -> str | None:
        if not compiled.fullmatch(value):
            return f"must be {says}"
        return None if len(value) <= longest else f"is {len(value)} characters long; at most {longest} are allowed"

    return rule


def each(rule: Rule) -> Rule:
    """A tuple without repetition, of which every item keeps `rule`."""

    def check(values: tuple[Any, ...]) -> str | None:
        for item in values:
            if problem := rule(item):
                return f"{item!r} {problem}"
        repeated = next((item for item in values if values.count(item) > 1), None)
        return None if repeated is None else f"has {repeated!r} twice"

    return check


def _type_problem(value: object, wanted: Any) -> str | None:  # noqa: ANN401 (a type, or a generic alias)
    """Exact types: True is no number here, and a list is no tuple (settings are frozen)."""
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


def _meant(name: str, known: Mapping[str, object]) -> str:
    import difflib  # noqa: PLC0415 (only a mistake needs it)

    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"


def problems_of(
    cls: type[attrs.AttrsInstance],
    given: Mapping[str, object],
    pair_rules: tuple[PairRule, ...],
    removed: Mapping[str, str],
) -> Iterator[Problem | Missing]:
    """Every problem of the settings `given` for the attrs class `cls`, in the order of its fields.

    `removed` says of settings of earlier versions what to do about them.
    """
    fields = attrs.fields_dict(cls)
    for name in given:
        if name in removed:
            yield Missing(name, removed[name])
        elif name not in fields:
            yield Missing(name, f"no such setting; {_meant(name, fields)}")
    sound: dict[str, object] = {}
    for name, field in fields.items():
        if name not in given:
            if field.default is attrs.NOTHING:
                yield Missing(name, f"missing; {field.metadata['means']}")
            else:
                sound[name] = field.default
            continue
        value = given[name]
        rule: Rule | None = field.metadata["rule"]
        problem = _type_problem(value, field.type) or (rule(value) if rule and value is not None else None)
        if problem:
            yield Problem(name, value, problem)
        else:
            sound[name] = value
    for pair in pair_rules:
        if all(name in sound for name in pair.settings):
            yield from pair.problems(sound)
