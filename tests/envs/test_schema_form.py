"""A setting or rule that envs/schema defines incorrectly is reported with its file."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from envs import EnvironmentsError, load_environments, schema
from envs.schema import environment
from envs.schema.rules import PairRule, Problem, SchemaError, about, one_of, problems_of

import attrs
import pytest

HERE = "tests/envs/test_schema_form.py"


@attrs.frozen(kw_only=True)
class Logs:
    """Two settings."""

    days: int = attrs.field(default=1, metadata=about("How long logs are kept"))
    log_class: Literal["STANDARD", "INFREQUENT_ACCESS"] = attrs.field(default="STANDARD", metadata=about("The class"))
    classes: tuple[Literal["A", "B"], ...] = attrs.field(default=(), metadata=about("Several classes"))


def misspelt(*, dais: int) -> Iterator[Problem]:
    """A rule whose parameter is not a setting."""
    yield Problem("days", dais, "is never yielded")


def returns(*, days: int) -> Problem:
    """A rule that returns instead of yielding."""
    return Problem("days", days, "must be less")


def yields_a_string(*, days: int) -> Iterator[str]:
    """A rule that yields a string instead of a problem."""
    yield f"{days} must be less"


def yields_another_setting(*, days: int) -> Iterator[Problem]:
    """A rule that misspells the setting of its problem."""
    yield Problem("day", days, "must be less")


def refused(cls: type[attrs.AttrsInstance], *pair_rules: Any) -> list[str]:  # noqa: ANN401 (rules of the wrong type)
    """The messages about the definitions of a class and its rules."""
    with pytest.raises(SchemaError) as caught:
        list(problems_of(cls, {}, pair_rules, {}))
    return caught.value.lines


def test_every_rule_about_several_settings_runs() -> None:
    """Each function of envs/schema that yields problems is in PAIR_RULES."""
    names = [f"envs.schema.{module.name}" for module in pkgutil.iter_modules(schema.__path__)]
    forgotten = [
        f"{inspect.getsourcefile(rule)}: add {name} to PAIR_RULES"
        for module in map(importlib.import_module, names)
        for name, rule in inspect.getmembers(module, inspect.isfunction)
        if inspect.signature(rule).return_annotation == Iterator[Problem]
        and "." not in rule.__qualname__
        and rule.__module__ != "envs.schema.rules"
        and rule not in environment.PAIR_RULES
    ]
    assert forgotten == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (misspelt, "misspelt: parameter dais: no such setting; did you mean days?"),
        (returns, "returns: does not yield: write yield Problem(…) instead of return"),
        (
            yields_a_string,
            'yields_a_string: yields \'1 must be less\': write yield Problem("<setting>", <value>, "…")',
        ),
        (
            yields_another_setting,
            "yields_another_setting: yields a Problem of day: no such setting; did you mean days?",
        ),
    ],
)
def test_a_wrong_rule_is_named(rule: PairRule, said: str) -> None:
    """A wrong rule is reported with its file, even if it would never run."""
    assert refused(Logs, rule) == [f"{HERE}: {said}"]


def test_all_wrong_rules_are_named() -> None:
    """All wrong rules are reported together, because they are checked before the first one runs."""
    assert [line.split(": ")[1] for line in refused(Logs, returns, misspelt)] == ["returns", "misspelt"]


def test_a_setting_needs_a_description() -> None:
    """A setting without metadata is refused, and the message says what to write."""

    @attrs.frozen
    class Undescribed:
        days: int = attrs.field(default=1)

    assert refused(Undescribed) == [f'{HERE}: days: has no description: write attrs.field(…, metadata=about("…"))']


def test_a_default_passes_its_own_rule() -> None:
    """A default is checked against the setting's rule and type, and the message has the value and what is allowed."""

    @attrs.frozen
    class Refused:
        log_class: str = attrs.field(default="standard", metadata=about("", one_of(("STANDARD", "INFREQUENT_ACCESS"))))
        days: int = attrs.field(default="1", metadata=about(""))  # type: ignore[assignment]  # what the test is about

    @attrs.frozen
    class Inherits(Refused):
        other: Literal["A", "B"] = attrs.field(default="C", metadata=about(""))

    assert refused(Inherits) == [
        f"{HERE}: log_class: default='standard': must be one of STANDARD, INFREQUENT_ACCESS",
        f"{HERE}: days: default='1': must be a whole number",
        f"{HERE}: other: default='C': must be one of A, B",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"log_class": "INFREQUENT_ACCESS", "classes": ("A", "B")}, []),
        ({"log_class": "standard"}, ["log_class='standard': must be one of STANDARD, INFREQUENT_ACCESS"]),
        ({"log_class": ["A"]}, ["log_class=['A']: must be one of STANDARD, INFREQUENT_ACCESS"]),
        ({"classes": ("A", "C")}, ["classes=('A', 'C'): must be a tuple of A, B"]),
    ],
)
def test_a_literal_type_is_checked(given: dict[str, object], said: list[str]) -> None:
    """A setting with a Literal type accepts only the listed values."""
    assert [str(problem) for problem in problems_of(Logs, given, (), {})] == said


def test_it_is_reported_once_and_not_as_an_error_of_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With two environment files, the definition's error is one line that names the file to edit."""
    monkeypatch.setattr(environment, "PAIR_RULES", (misspelt,))
    for name in ("dev", "prod"):
        (tmp_path / f"{name}.py").write_text("from envs.schema import Environment\nEnvironment()\n", encoding="utf-8")
    with pytest.raises(EnvironmentsError) as caught:
        load_environments(tmp_path, choice="")
    (line,) = caught.value.lines
    assert line.startswith(f"{HERE}: misspelt: parameter dais: no such setting; ")
