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
from ops.migrate.kept_settings import NOTHING, Kept, kept
from ops.migrate.older_settings import Given, checked, find, given
from ops.migrate.terragrunt.lexer import shown
from tools.environment import ROOT

FIRST = ("environment", "aws_region")
"""What an environment's file begins with; the rest keeps the order of the older one."""
LINE_LENGTH = 120
"""The house's (pyproject.toml)."""


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_text, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, str) and '"' not in value and "\\" not in value and value.isprintable():
        return f'"{value}"'
    return repr(value)


PLAIN_HTTP = "# Without a certificate `make deploy` needs the line accept_public_plain_http=True here."
"""What stands at the end of the settings of an environment whose deployment would be refused."""


def written(found: Given, values: dict[str, Any], earlier: Kept = NOTHING) -> str:
    """The environment's file as Python, as ruff formats it, with the settings of an `earlier` one."""
    changed = {key: _text(values[key]) for key, value in COMMON.items() if key in values and values[key] != value}
    changed |= {key: text for key, text in earlier.settings.items() if key in COMMON and key not in values}
    others = ", ".join(f'"{key}": {text}' for key, text in changed.items())
    order = [*FIRST, *(name for name in values if name not in FIRST)]
    own = {name: text for name, text in earlier.settings.items() if name not in COMMON and name not in values}
    accepted = "accept_public_plain_http" in own
    lines = [
        f'"""{values["environment"]}, with the settings of {found.short}."""',
        "",
        "from envs.common import COMMON",
        "from envs.schema import Environment",
        *earlier.imports,
        "",
        *earlier.statements,
        f"ENVIRONMENT = Environment(**(COMMON | {{{others}}})," if others else "ENVIRONMENT = Environment(**COMMON,",
        *(f"{name}={_text(values[name])}," for name in order if name in values and name not in COMMON),
        *(f"{name}={text}," for name, text in own.items()),
        *((PLAIN_HTTP,) if Environment(**{**COMMON, **values}).needs_acceptance and not accepted else ()),
        ")",
    ]
    if found.unknown:
        lines += ["", "# Variables of the older project that are no settings here; their values were not copied:"]
        lines += [f"# - {name} ({_short(place)})" for name, place in found.unknown.items()]
    return _formatted("\n".join(lines) + "\n", has_imports=bool(earlier.imports))


def _short(place: str) -> str:
    """A place without its folders and its column: it goes into a file that is committed."""
    return re.sub(r"[^\w.:-]", "_", Path(place.rpartition(":")[0]).name)


def _formatted(text: str, *, has_imports: bool) -> str:
    """Python as ruff formats it, and sorts imports of an earlier file into it."""
    for arguments in (*([["check", "--select", "I", "--fix", "--quiet"]] if has_imports else []), ["format"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", "envs/imported.py", "-"],
            cwd=ROOT, input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise OperatorError(f"ruff cannot format the file: {done.stderr.strip()}")
        text = done.stdout
    # A text cannot be broken, e.g. an image with its digest.
    return "".join(f"{line}  # noqa: E501\n" if len(line) > LINE_LENGTH else f"{line}\n" for line in text.splitlines())


def _sound(short: str, text: str) -> None:
    """Hold that a file with settings of an earlier one keeps the rules. Raises OperatorError."""
    try:
        exec(compile(text, f"envs/{short}.py", "exec"), {})  # noqa: S102 (what stands in envs/ and was read now)
    except InvalidSettingsError as error:
        raise OperatorError("\n".join(f"envs/{short}.py: {one}" for one in error.problems)) from None
    except Exception as error:  # noqa: BLE001 (whatever the user's own lines raise)
        raise OperatorError(f"envs/{short}.py: what was kept of it raises {type(error).__name__}: {error}") from None


def import_settings(source: str | None, *, name: str | None, force: bool, folder: Path | None = None) -> int:
    """Write `envs/<name>.py` from an older file, and print what to do next.

    `force`: also where the file exists; settings that the older file does not have are kept. Raises OperatorError with
    every problem; nothing is written then.
    """
    if not source:
        raise OperatorError("say what to read: FROM=file.tfvars, or FROM=folder of a Terragrunt environment")
    notes: list[str] = []
    try:
        return _import(source, name, folder or FOLDER, notes, force=force)
    except OperatorError:
        _print_notes(notes)
        raise


def _print_notes(notes: list[str]) -> None:
    for note in notes:
        out.print(note, style="yellow", markup=False)


def _import(source: str, name: str | None, folder: Path, notes: list[str], *, force: bool) -> int:
    found = given(find(Path(source).expanduser(), name), notes)
    values = checked(found, name)
    short = values["environment"]
    if short in MACHINERY:
        raise OperatorError(f"{found.place('environment')}: environment={short!r}: envs/{short} is a part of this "
                            "project; no environment can have this name")  # fmt: skip
    target = folder / f"{short}.py"
    if target.exists() and not force:
        raise OperatorError(f"envs/{short}.py is there already; FORCE=1 writes over it")
    earlier = kept(target) if target.exists() else NOTHING
    text = written(found, values, earlier)
    if earlier.settings or earlier.statements:
        _sound(short, text)
    fresh = target.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(target)
    _report(found, values, earlier, notes)
    return 0


def _report(found: Given, values: dict[str, Any], earlier: Kept, notes: list[str]) -> None:
    environment = Environment(**{**COMMON, **values})
    short = environment.environment
    out.print(f"envs/{short}.py has the {len(values)} settings of {shown(found.path)}.", markup=False)
    _print_notes(notes)
    if carried := [name for name in earlier.settings if name not in values]:
        out.print(f"Kept from the earlier envs/{short}.py: {', '.join(carried)}.", markup=False)
    for line in earlier.changes({name: _text(value) for name, value in values.items()}):
        out.print(f"Changed: {line}", style="yellow", markup=False)
    if found.unknown:
        listed = ", ".join(found.unknown)
        out.print(
            f"No settings here, and kept as comments without their values: {listed}.", style="yellow", markup=False
        )
    out.print(f"By the convention of names its state is in bucket {environment.names.state_bucket}, "
              f"its lock in table {environment.names.lock_table}.")  # fmt: skip
    out.print(
        "Next: `make envs` compares the environments, `make review BASE=HEAD` shows the stack, "
        f"`make adopt ENV={short}` takes over what is deployed (FROM=show.json: its state is elsewhere)."
    )
