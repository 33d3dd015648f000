"""Loads the environments: each file of this folder except `__init__.py`, `common.py` and `schema` defines one.

To add an environment, add its file. All problems of all files are reported together.
"""

import os
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.suggestions import did_you_mean
from envs.schema import PIPELINE_SUFFIX, Environment
from envs.schema.placement import NAME, NAME_ALLOWED
from envs.schema.rules import InvalidSettingsError, SchemaError

MACHINERY = frozenset({"__init__", "common", "schema"})
CHOICE_VARIABLE = "GATEWAY_ENVIRONMENTS"
"""Names the environments to build, separated by commas; empty or unset means all of them."""
FOLDER = Path(__file__).parent
MODULES = ("envs", "envs.common", "envs.schema", "constructs_lib", "constructs_lib.helpers.task.routes")
"""Modules that an environment's file may import: the suggestions for a misspelt import."""
VALUES = (
    dict.fromkeys(("yes", "on", "true"), "True")
    | dict.fromkeys(("no", "off", "false"), "False")
    | dict.fromkeys(("null", "nil", "none"), "None")
)
"""Python's spelling of values, by the lower-case spelling of other formats."""


class EnvironmentsError(Exception):
    """An environment cannot be built. `lines` has the problems, one string each, `sound` the settings without one."""

    def __init__(self, lines: list[str], sound: Mapping[str, Any] | None = None) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.sound = sound or {}


def environment_names(folder: Path = FOLDER) -> list[str]:
    """The names of all environments, sorted."""
    return sorted(path.stem for path in folder.glob("*.py") if path.stem not in MACHINERY)


def _misplaced(folder: Path) -> list[str]:
    """One line for each file in a subfolder that defines an ENVIRONMENT, as it is not loaded."""
    folders = (path for path in folder.glob("*/") if path.name not in MACHINERY | {"__pycache__"})
    files = sorted(path for inner in folders for path in inner.rglob("*.py"))
    return [
        f"envs/{path.relative_to(folder)}: is not loaded from a subfolder: move it to envs/{path.name} or elsewhere"
        for path in files
        if re.search(rb"^ENVIRONMENT\b", path.read_bytes(), re.MULTILINE)
    ]


def chosen_names(available: list[str], choice: str) -> list[str]:
    """The names in `choice`, a comma-separated list, sorted; all of `available` if `choice` is empty.

    Raises EnvironmentsError for a name that has no file.
    """
    wanted = sorted({name.strip() for name in choice.split(",")} - {""})
    unknown = [name for name in wanted if name not in available]
    if unknown:
        has = f"envs/ has {', '.join(available)}" if available else "envs/ has none"
        raise EnvironmentsError([f"no environment {name!r}: {has}{_meant(name, available)}" for name in unknown])
    return wanted or available


def _line_of(error: BaseException, path: Path) -> str:
    """`:12` for an error raised on line 12 of a file, or in code that line 12 called; otherwise empty."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f":{lines[-1]}" if lines else ""


def _meant(name: str, names: Iterable[str]) -> str:
    """`; did you mean …?` with the closest of `names`; empty if none is close."""
    meant = did_you_mean(name, names)
    return f"; {meant}" if meant else ""


def _public(names: Mapping[str, object]) -> list[str]:
    return [name for name in names if not name.startswith("_")]


def _explained(error: BaseException, names: Mapping[str, object]) -> str:
    """An error that an environment's file raised, as a message that says what to write instead."""
    said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    if isinstance(error, TypeError) and (twice := re.search(r"multiple values for keyword argument '(\w+)'", said)):
        name = twice[1]
        return (
            f'{name} is set twice, in COMMON and here: write Environment(**(COMMON | {{"{name}": …}}), …) '
            f"and delete {name}= below"
        )
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"no module named {error.name}{_meant(error.name, MODULES)}"
    if isinstance(error, NameError) and error.name:
        value = VALUES.get(error.name.lower())
        meant = f"; did you mean {value}?" if value else _meant(error.name, [*_public(names), *VALUES.values()])
        return f"the name {error.name} is not defined{meant}"
    if isinstance(error, ImportError) and (
        missing := re.match(r"cannot import name '(\w+)' from '([\w.]+)'", str(error))
    ):
        name, module = missing.groups()
        return f"{module} has no name {name}{_meant(name, _public(vars(sys.modules[module])))}"
    return f"raises {said}"


def _name_problem(path: Path, environment: object) -> str | None:
    """What is wrong with the name of a file, compared with the environment in it."""
    if not re.fullmatch(NAME, path.stem):
        return f"envs/{path.name}: the file's name must be {NAME_ALLOWED}: name it {environment}.py"
    if environment != path.stem:
        return f"envs/{path.name}: environment={environment!r}: must be {path.stem!r}, the name of its file"
    return None


def _load(path: Path) -> Environment:
    """Execute one file and return its ENVIRONMENT. Raises EnvironmentsError with one line per problem."""
    shown = f"envs/{path.name}"
    module = ModuleType(f"envs.{path.stem}")
    module.__file__ = str(path)
    try:
        # Not an import: Python reuses bytecode if the file's time (in seconds) and size match, even after an edit.
        exec(compile(path.read_bytes(), path, "exec", dont_inherit=True), vars(module))  # noqa: S102 (the user's own file)
    except InvalidSettingsError as error:
        lines = [f"{shown}: {problem}" for problem in error.problems]
        sound = error.sound
        if "environment" in sound and (problem := _name_problem(path, sound["environment"])):
            lines.append(problem)
            del sound["environment"]
        raise EnvironmentsError(lines, sound) from None
    except SchemaError as error:
        raise EnvironmentsError(error.lines) from None
    except SyntaxError as error:
        raise EnvironmentsError([f"{shown}:{error.lineno}: syntax error: {error.msg}"]) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 (the file may raise anything; all of it is reported)
        raise EnvironmentsError([f"{shown}{_line_of(error, path)}: {_explained(error, vars(module))}"]) from None
    found = getattr(module, "ENVIRONMENT", None)
    if not isinstance(found, Environment):
        is_now = "defines no ENVIRONMENT" if found is None else f"ENVIRONMENT is of type {type(found).__name__}"
        raise EnvironmentsError([f"{shown}: {is_now}; write ENVIRONMENT = Environment(**COMMON, …)"])
    if problem := _name_problem(path, found.environment):
        raise EnvironmentsError([problem], {name: vars(found)[name] for name in vars(found).keys() - {"environment"}})
    return found


def _claims(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What only one environment may have, each with what to change. Settings that are missing claim nothing."""
    environment, project, region, prefix, domain = map(
        settings.get, ("environment", "project_name", "aws_region", "cognito_domain_prefix", "domain_name")
    )
    names = Names(project_name=project, environment=environment) if project and environment else None
    if names:
        yield f"state bucket {names.state_bucket}", "change project_name or environment"
    if prefix and region:
        yield f"cognito_domain_prefix={prefix!r} in {region}", "choose another prefix"
    if names:
        yield f"the name prefix {names.prefix}", "change project_name or environment"
    if environment:
        yield f"the stack {environment}", "rename one of them"
        if settings.get("github_repository"):
            yield f"the stack {environment}{PIPELINE_SUFFIX}", "rename one of them"
    if domain:
        yield f"domain_name={domain!r}", "choose another name"


def _clashes(files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Names that two environments would share, one line for each pair and kind of name.

    `files` maps the name of each file to its sound settings.
    """
    owners: dict[str, str] = {}
    for name, settings in files.items():
        for claim, remedy in _claims(settings):
            owner = owners.setdefault(claim, name)
            if owner != name:
                yield f"envs/{name}.py: {claim} is already used by envs/{owner}.py; {remedy}"


def load_environments(folder: Path = FOLDER, *, choice: str | None = None) -> list[Environment]:
    """The environments of `folder`, or those that `choice` names (default: the variable GATEWAY_ENVIRONMENTS).

    Reads only the chosen files. Raises EnvironmentsError with all their problems.
    """
    choice = os.environ.get(CHOICE_VARIABLE, "") if choice is None else choice
    misplaced = _misplaced(folder)
    try:
        names = chosen_names(environment_names(folder), choice)
    except EnvironmentsError as error:
        raise EnvironmentsError([*error.lines, *misplaced]) from None
    if not names:
        begin = f"{folder.name}/: has no environment file; copy the README's example to envs/dev.py"
        raise EnvironmentsError([begin, *misplaced])
    lines = [] if choice else misplaced
    environments: list[Environment] = []
    files: dict[str, Mapping[str, Any]] = {}
    for name in names:
        try:
            environments.append(_load(folder / f"{name}.py"))
            files[name] = vars(environments[-1])
        except EnvironmentsError as error:
            lines += error.lines
            files[name] = error.sound
    lines += _clashes(files)
    if lines:
        raise EnvironmentsError(list(dict.fromkeys(lines)))  # a SchemaError is the same for each file
    return environments
