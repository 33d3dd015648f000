"""`make import-settings`: an environment's file from the settings of the older Terraform or Terragrunt project."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from envs import FOLDER, MACHINERY
from envs.common import COMMON
from envs.schema import Environment
from envs.schema.rules import InvalidSettingsError
from ops.aws import OperatorError
from ops.console import out
from ops.migrate.hcl import ROOT_CONFIGURATION, File, Value, shown
from tools.environment import ROOT

import attrs
from rich.markup import escape

FIRST = ("environment", "aws_region")
"""What an environment's file begins with; the rest keeps the order of the older one."""
LINE_LENGTH = 120
"""The house's (pyproject.toml)."""


@attrs.frozen
class Given:
    """What an older file says: our settings and the variables that are none, with their places."""

    path: Path
    settings: dict[str, Value]
    unknown: dict[str, Value]
    notes: tuple[str, ...] = ()

    @property
    def short(self) -> str:
        """The last two parts of its path: it goes into a file that is committed."""
        return re.sub(r"[^\w./ -]", "_", "/".join(self.path.parts[-2:]))


def find(source: Path, name: str | None) -> Path:
    """The file that `source` means: itself, or the one of an environment in a folder. Raises OperatorError."""
    if source.is_file():
        if source.suffix == ".tfvars" or source.name.endswith(".hcl"):
            return source
        raise OperatorError(f"{source}: is neither a .tfvars file nor a {ROOT_CONFIGURATION}")
    if not source.is_dir():
        raise OperatorError(f"{source}: there is no such file or folder")
    named = [source / name / ROOT_CONFIGURATION, source / f"{name}.tfvars"] if name else []
    for path in (*named, source / ROOT_CONFIGURATION):
        if path.is_file():
            return path
    raise OperatorError(
        f"{source}: holds no {ROOT_CONFIGURATION}; name a .tfvars file or the folder of a Terragrunt environment"
    )


def given(path: Path) -> Given:
    """What a .tfvars file or a Terragrunt environment sets. Raises OperatorError."""
    file = File.read(path)
    notes: tuple[str, ...] = ()
    try:
        if path.suffix == ".tfvars":
            if file.blocks:
                raise OperatorError(f"{file.blocks[0]}: is a block; a .tfvars file has lines of name = value only")
            variables: dict[str, Any] = dict(file.attributes)
        else:
            variables, notes = _terragrunt(file)
    except RecursionError:
        raise OperatorError(f"{shown(path)}: its files refer to each other without end") from None
    ours = {field.name for field in attrs.fields(Environment)}
    settings = {name: value for name, value in variables.items() if name in ours}
    return Given(path, settings, {name: value for name, value in variables.items() if name not in ours}, notes)


def _terragrunt(file: File) -> tuple[dict[str, Any], tuple[str, ...]]:
    if "inputs" not in file.attributes:
        raise OperatorError(
            f"{shown(file.path)}: has no inputs; name the folder of an environment, e.g. terragrunt/staging"
        )
    inherited: dict[str, Any] = {}
    notes = []
    for include in file.includes:
        try:
            root = File.read(file.path.parent / str(include.plain()))
        except OperatorError as error:
            notes.append(f"{error}; what it sets is not taken over")
            continue
        if "inputs" in root.attributes:
            inherited |= root.attributes["inputs"].members()
    return inherited | file.attributes["inputs"].members(), tuple(notes)


def checked(found: Given, name: str | None) -> dict[str, Any]:
    """The settings as Python values, which keep every rule. Raises OperatorError with every problem, a line each."""
    values: dict[str, Any] = {}
    problems = []
    for setting, value in found.settings.items():
        try:
            values[setting] = value.plain()
        except OperatorError as error:
            problems.append(str(error))
        except RecursionError:
            problems.append(f"{value.place}: {setting} refers to itself")
    if problems:
        raise OperatorError("\n".join(problems))
    # Without a value Terraform takes the default, and so do we.
    values = {setting: value for setting, value in values.items() if value is not None}
    if "environment" not in values:
        if name is None:
            raise OperatorError(f"{shown(found.path)}: does not set environment; say NAME=…")
        values["environment"] = name
    place = found.settings["environment"].place if "environment" in found.settings else shown(found.path)
    if name is not None and name != values["environment"]:
        raise OperatorError(f"{place}: environment={values['environment']!r}: is not NAME={name}; leave NAME away")
    if str(values["environment"]) in MACHINERY:
        raise OperatorError(f"{place}: environment={values['environment']!r}: envs/{values['environment']} is a "
                            "part of this project; no environment can have this name")  # fmt: skip
    try:
        Environment(**{**COMMON, **values})
    except InvalidSettingsError as error:
        raise OperatorError("\n".join(
            f"{found.settings[one.setting].place if one.setting in found.settings else shown(found.path)}: {one}"
            for one in error.problems
        )) from None  # fmt: skip
    return values


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, str) and '"' not in value and "\\" not in value and value.isprintable():
        return f'"{value}"'
    return repr(value)


def _comment(name: str, value: Any, path: Path) -> str:
    """The name and place of a variable that is no setting; never its value, which may be a secret."""
    return f"# - {name} ({path.name}:{value.line})" if isinstance(value, Value) else f"# - {name} ({path.name})"


PLAIN_HTTP = "# Without a certificate `make deploy` needs the line accept_public_plain_http=True here."
"""What stands at the end of the settings of an environment whose deployment would be refused."""


def written(found: Given, values: dict[str, Any]) -> str:
    """The environment's file as Python, as ruff formats it."""
    changed = {key: values[key] for key, value in COMMON.items() if key in values and values[key] != value}
    others = ", ".join(f'"{key}": {_text(value)}' for key, value in changed.items())
    order = [*FIRST, *(name for name in values if name not in FIRST)]
    lines = [
        f'"""{values["environment"]}, with the settings of {found.short}."""',
        "",
        "from envs.common import COMMON",
        "from envs.schema import Environment",
        "",
        f"ENVIRONMENT = Environment(**(COMMON | {{{others}}})," if others else "ENVIRONMENT = Environment(**COMMON,",
        *(f"{name}={_text(values[name])}," for name in order if name in values and name not in COMMON),
        *((PLAIN_HTTP,) if Environment(**{**COMMON, **values}).needs_acceptance else ()),
        ")",
    ]
    if found.unknown:
        lines += ["", "# Variables of the older project that are no settings here; their values were not copied:"]
        for name, value in found.unknown.items():
            lines.append(_comment(name, value, value.file.path if isinstance(value, Value) else found.path))
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", "envs/imported.py", "-"],
        cwd=ROOT, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise OperatorError(f"ruff cannot format the file: {done.stderr.strip()}")
    # A text cannot be broken, e.g. an image with its digest.
    return "".join(
        f"{line}  # noqa: E501\n" if len(line) > LINE_LENGTH else f"{line}\n" for line in done.stdout.splitlines()
    )


def import_settings(source: str, *, name: str | None, force: bool, folder: Path = FOLDER) -> int:
    """Write `envs/<name>.py` from an older file, and say what to do next. Raises OperatorError with nothing written."""
    if not source:
        raise OperatorError("say what to read: FROM=file.tfvars, or FROM=folder of a Terragrunt environment")
    found = given(find(Path(source).expanduser(), name))
    values = checked(found, name)
    environment = Environment(**{**COMMON, **values})
    short = environment.environment
    target = folder / f"{short}.py"
    if target.exists() and not force:
        raise OperatorError(f"envs/{short}.py is there already; FORCE=1 writes over it")
    text = written(found, values)
    fresh = target.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(target)

    out.print(f"envs/{short}.py has the {len(values)} settings of {escape(shown(found.path))}.")
    for note in found.notes:
        out.print(f"[yellow]{escape(note)}[/]")
    if found.unknown:
        unknown = escape(", ".join(found.unknown))
        out.print(f"[yellow]No settings here, and kept as comments without their values:[/] {unknown}.")
    out.print(f"By the convention of names its state is in bucket {environment.names.state_bucket}, "
              f"its lock in table {environment.names.lock_table}.")  # fmt: skip
    out.print(
        "Next: `make envs` compares the environments, `make review BASE=HEAD` shows the stack, "
        f"`make adopt ENV={short}` takes over what is deployed (FROM=show.json: its state is elsewhere)."
    )
    return 0
