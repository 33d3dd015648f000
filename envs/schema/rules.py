"""Building blocks for the rules of settings, and the check that applies all of them."""

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from constructs_lib.helpers.suggestions import did_you_mean

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
    """The settings of one environment are invalid; `problems` has every problem, `sound` the settings without one."""

    def __init__(self, problems: list[Problem], given: Mapping[str, object]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
        self.sound = {name: given[name] for name in given.keys() - {problem.setting for problem in problems}}


class SchemaError(Exception):
    """A setting or a rule in envs/schema is defined wrongly; `lines` has one message for each, with its file."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def about(means: str, rule: Rule | None = None) -> dict[str, Any]:
    """Metadata of a field: the description that docs/settings.md prints, and the rule for this setting alone."""
    return {"means": means, "rule": rule}


def between(lowest: int, highest: int, unit: str = "") -> Rule:
    """A number from `lowest` to `highest`, both included."""
    allowed = f"must be from {lowest} to {highest} {unit}".rstrip()
    return lambda value: None if lowest <= value <= highest else allowed


def one_of(values: Iterable[object], unit: str = "") -> Rule:
    """One of `values`."""
    allowed = f"must be one of {', '.join(map(str, values))} {unit}".rstrip()
    return lambda value: None if value in values else allowed


def matches(pattern: str, allowed: str, *, longest: int) -> Rule:
    """A string that matches a whole regular expression and has at most `longest` characters."""
    compiled = re.compile(pattern, re.ASCII)

    def rule(value: str) -> str | None:
        if not compiled.fullmatch(value):
            return f"must be {allowed}"
        return None if len(value) <= longest else f"is {len(value)} characters long; at most {longest} are allowed"

    return rule


def refusing(refused: Mapping[str, str], rule: Rule) -> Rule:
    """A value that passes `rule` and matches none of the patterns in `refused`, a mapping of pattern to message.

    In a message, `{0}` is the first group of the match.
    """

    def check(value: str) -> str | None:
        for pattern, message in refused.items():
            if found := re.fullmatch(pattern, value):
                return message.format(*found.groups())
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


def _fits(value: object, expected: Any) -> bool:  # noqa: ANN401 (a type, or a generic alias)
    """Compares exact types: True is not a number, and a list is not a tuple, because settings are frozen."""
    if get_origin(expected) is Literal:
        return any(type(value) is type(one) and value == one for one in get_args(expected))
    if get_origin(expected) is tuple:
        return type(value) is tuple and all(_fits(part, get_args(expected)[0]) for part in value)
    return type(value) is expected if isinstance(expected, type) else isinstance(value, expected)


def _type_problem(value: object, expected: Any) -> str | None:  # noqa: ANN401 (a type, or a generic alias)
    return None if _fits(value, expected) else f"must be {_TYPES.get(expected) or _described(expected)}"


def _described(expected: Any) -> str:  # noqa: ANN401 (a type, or a generic alias)
    arguments = get_args(expected)
    if get_origin(expected) is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if get_origin(expected) is tuple and get_origin(arguments[0]) is Literal:
        return f"a tuple of {', '.join(map(str, get_args(arguments[0])))}"
    if isinstance(expected, type):
        return expected.__name__
    names = [item.__name__ for item in arguments if isinstance(item, type) and item is not type(None)]
    return f"a tuple of {names[0]}(…)" if get_origin(expected) is tuple else f"None or {', '.join(names)}"


def _no_such_setting(name: str, fields: Iterable[str]) -> str:
    meant = did_you_mean(name, fields, f"the settings are {', '.join(fields)}")
    return f"no such setting; {meant}"


def _file(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def _field_problems(cls: type, fields: Mapping[str, "attrs.Attribute[Any]"]) -> Iterator[str]:
    """Settings without a description, and defaults that their own type or rule refuses."""
    for name, field in fields.items():
        problem = None
        if "means" not in field.metadata:
            problem = 'has no description: write attrs.field(…, metadata=about("…"))'
        elif field.default is not attrs.NOTHING and (refused := _problem(field, field.default)):
            problem = f"default={field.default!r}: {refused}"
        if problem:
            owner = next(one for one in cls.__mro__ if name in vars(one).get("__annotations__", ()))
            yield f"{_file(owner.__module__)}: {name}: {problem}"


def _rule_problems(rule: PairRule, parameters: Iterable[str], fields: Iterable[str]) -> Iterator[str]:
    place = f"{_file(rule.__module__)}: {rule.__name__}"
    for name in parameters:
        if name not in fields:
            yield f"{place}: parameter {name}: {_no_such_setting(name, fields)}"
    if not inspect.isgeneratorfunction(rule):
        yield f"{place}: does not yield: write yield Problem(…) instead of return"


@functools.cache
def _parameters(cls: type[attrs.AttrsInstance], pair_rules: tuple[PairRule, ...]) -> dict[PairRule, tuple[str, ...]]:
    """The settings that each rule checks. Raises SchemaError for a setting or a rule that is defined wrongly."""
    fields = attrs.fields_dict(cls)
    parameters = {rule: tuple(inspect.signature(rule).parameters) for rule in pair_rules}
    lines = list(_field_problems(cls, fields))
    for rule, names in parameters.items():
        lines += _rule_problems(rule, names, fields)
    if lines:
        raise SchemaError(lines)
    return parameters


def _problem(field: "attrs.Attribute[Any]", value: object) -> str | None:
    """What is wrong with a value by itself."""
    rule: Rule | None = field.metadata["rule"]
    return _type_problem(value, field.type) or (rule(value) if rule and value is not None else None)


def _found(rule: PairRule, values: Mapping[str, object], fields: Iterable[str]) -> Iterator[Problem]:
    """The problems that a rule yields. Raises SchemaError if it yields anything else."""
    place = f"{_file(rule.__module__)}: {rule.__name__}"
    for found in rule(**values):
        if not isinstance(found, Problem):
            raise SchemaError([f'{place}: yields {found!r}: write yield Problem("<setting>", <value>, "…")'])
        if found.setting not in fields:
            raise SchemaError(
                [f"{place}: yields a Problem of {found.setting}: {_no_such_setting(found.setting, fields)}"]
            )
        yield found


def problems_of(
    cls: type[attrs.AttrsInstance],
    given: Mapping[str, object],
    pair_rules: tuple[PairRule, ...],
    removed: Mapping[str, str],
) -> Iterator[Problem]:
    """Every problem of the settings `given` for the attrs class `cls`, in the order of its fields.

    `removed` maps settings of earlier versions to the message for a file that still sets them. Raises SchemaError if a
    setting or a rule is defined wrongly.
    """
    fields = attrs.fields_dict(cls)
    parameters = _parameters(cls, pair_rules)
    for name in given:
        if name not in fields:
            yield Problem(name, attrs.NOTHING, removed.get(name) or _no_such_setting(name, fields))
    sound: dict[str, object] = {}
    for name, field in fields.items():
        value = given.get(name, field.default)
        if value is attrs.NOTHING:
            problem: str | None = f"missing; {field.metadata['means']}"
        else:
            problem = _problem(field, value) if name in given else None
        if problem:
            yield Problem(name, value, problem)
        else:
            sound[name] = value
    for rule, names in parameters.items():
        if all(name in sound for name in names):
            yield from _found(rule, {name: sound[name] for name in names}, fields)
