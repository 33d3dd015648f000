"""Loads the environments: each file of this folder except `__init__.py`, `common.py` and `schema` defines one.

To add an environment, add its file. All problems of all files are reported together.
"""

import builtins
import os
import re
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from envs.schema import PIPELINE_SUFFIX, Environment
from envs.schema.placement import NAME, NAME_SAYS
from envs.schema.rules import InvalidSettingsError, did_you_mean

MACHINERY = frozenset({"__init__", "common", "schema"})
CHOICE_VARIABLE = "GATEWAY_ENVIRONMENTS"
"""Names the environments to build, separated by commas; empty or unset means all of them."""
FOLDER = Path(__file__).parent
MODULES = ("envs", "envs.common", "envs.schema", "constructs_lib", "constructs_lib.helpers.task.routes")
"""Modules that an environment's file may import: the suggestions for a misspelt import."""


class EnvironmentsError(Exception):
    """An environment cannot be built. `lines` has the problems, one string each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def environment_names(folder: Path = FOLDER) -> list[str]:
    """The names of all environments, sorted."""
    return sorted(path.stem for path in folder.glob("*.py") if path.stem not in MACHINERY)


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


def _explained(error: BaseException, names: Iterable[str]) -> str:
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
        return f"the name {error.name} is not defined{_meant(error.name, [*names, *dir(builtins)])}"
    return f"raises {said}"


def _load(path: Path) -> Environment:
    """Execute one file and return its ENVIRONMENT. Raises EnvironmentsError with one line per problem."""
    shown = f"envs/{path.name}"
    module = ModuleType(f"envs.{path.stem}")
    module.__file__ = str(path)
    try:
        # Not an import: Python reuses bytecode if the file's time (in seconds) and size match, even after an edit.
        exec(compile(path.read_bytes(), path, "exec", dont_inherit=True), vars(module))  # noqa: S102 (the user's own file)
    except InvalidSettingsError as error:
        raise EnvironmentsError([f"{shown}: {problem}" for problem in error.problems]) from None
    except SyntaxError as error:
        raise EnvironmentsError([f"{shown}:{error.lineno}: syntax error: {error.msg}"]) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 (the file may raise anything; all of it is reported)
        raise EnvironmentsError([f"{shown}{_line_of(error, path)}: {_explained(error, vars(module))}"]) from None
    found = getattr(module, "ENVIRONMENT", None)
    if not isinstance(found, Environment):
        is_now = "defines no ENVIRONMENT" if found is None else f"ENVIRONMENT is of type {type(found).__name__}"
        raise EnvironmentsError([f"{shown}: {is_now}; write ENVIRONMENT = Environment(**COMMON, …)"])
    if not re.fullmatch(NAME, path.stem):
        remedy = f"name it {found.environment}.py"
        raise EnvironmentsError([f"{shown}: the file's name must be {NAME_SAYS}: {remedy}"])
    if found.environment != path.stem:
        raise EnvironmentsError(
            [f"{shown}: environment={found.environment!r}: must be {path.stem!r}, the name of its file"]
        )
    return found


def _clashes(environments: Iterable[Environment]) -> list[str]:
    """Names that two environments would share, one line for each pair and kind of name."""
    lines: list[str] = []
    owners: dict[str, Environment] = {}
    for environment in environments:
        place = f"envs/{environment.environment}.py"
        prefix = f"cognito_domain_prefix={environment.cognito_domain_prefix!r}"
        claims = {
            f"state bucket {environment.names.state_bucket}": "change project_name or environment",
            f"{prefix} in {environment.aws_region}": "choose another prefix",
            f"the name prefix {environment.names.prefix}": "change project_name or environment",
            f"the stack {environment.environment}": "rename one of them",
        }
        if environment.github_repository:
            claims[f"the stack {environment.environment}{PIPELINE_SUFFIX}"] = "rename one of them"
        if environment.domain_name:
            claims[f"domain_name={environment.domain_name!r}"] = "choose another name"
        for claim, remedy in claims.items():
            owner = owners.setdefault(claim, environment)
            if owner is not environment:
                lines.append(f"{place}: {claim} is already used by envs/{owner.environment}.py; {remedy}")
    return lines


def load_environments(folder: Path = FOLDER, *, choice: str | None = None) -> list[Environment]:
    """The environments of `folder`, or those that `choice` names (default: the variable GATEWAY_ENVIRONMENTS).

    Reads only the chosen files. Raises EnvironmentsError with all their problems.
    """
    names = chosen_names(environment_names(folder), os.environ.get(CHOICE_VARIABLE, "") if choice is None else choice)
    if not names:
        raise EnvironmentsError([f"{folder.name}/: has no environment file; copy the README's example to envs/dev.py"])
    lines: list[str] = []
    environments: list[Environment] = []
    for name in names:
        try:
            environments.append(_load(folder / f"{name}.py"))
        except EnvironmentsError as error:
            lines += error.lines
    lines += _clashes(environments)
    if lines:
        raise EnvironmentsError(lines)
    return environments
