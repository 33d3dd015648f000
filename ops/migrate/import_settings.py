"""`make import-settings`: writes envs/<name>.py from the settings of an older Terraform or Terragrunt project."""

import re
from pathlib import Path
from typing import Any

from envs import FOLDER, MACHINERY
from envs.common import COMMON
from envs.schema import Environment
from envs.schema.rules import InvalidSettingsError
from ops.aws import OperatorError
from ops.console import out, say
from ops.environment_file import formatted
from ops.migrate.kept_settings import EnvironmentFile
from ops.migrate.older_settings import Given, checked, find, given
from ops.migrate.terragrunt.lexer import shown

FIRST = ("environment", "aws_region")
"""The first settings in an environment's file; the others keep their order in the older file."""

PLAIN_HTTP = "# Without a certificate, `make deploy` needs the line accept_public_plain_http=True here."
"""Comment after the settings of an environment whose deployment would be refused."""

UNKNOWN = "# Variables of the older project that are not settings here; their values were not copied:"
"""Heading of the comments at the end of a file."""


def written(found: Given, values: dict[str, Any], earlier: EnvironmentFile | None = None) -> str:
    """The text of the environment's file, formatted by ruff; with `earlier`, that file with these settings."""
    texts = {name: repr(values[name]) for name in [*FIRST, *values] if name in values}
    known = earlier.settings if earlier else {}
    texts = {name: text for name, text in texts.items() if name in known or COMMON.get(name, ...) != values[name]}
    comment = PLAIN_HTTP
    if not Environment(**{**COMMON, **values}).needs_acceptance or "accept_public_plain_http" in known:
        comment = ""
    if earlier:
        text = re.sub(rf"\n{re.escape(UNKNOWN)}\n(?:# - .*\n)*", "", earlier.edited(texts, comment))
    else:
        over = ", ".join(f'"{name}": {text}' for name, text in texts.items() if name in COMMON)
        lines = [
            f'"""{values["environment"]}, with the settings of {found.short}."""\n',
            "from envs.common import COMMON",
            "from envs.schema import Environment\n",
            f"ENVIRONMENT = Environment(**(COMMON | {{{over}}})," if over else "ENVIRONMENT = Environment(**COMMON,",
            *(f"{name}={text}," for name, text in texts.items() if name not in COMMON),
            f"{comment}\n)\n",
        ]
        text = "\n".join(lines)
    if found.unknown:
        listed = (f"# - {name} ({_short(place)})\n" for name, place in found.unknown.items())
        text += f"\n{UNKNOWN}\n{''.join(listed)}"
    return formatted(text, "imported")


def _short(place: str) -> str:
    """File name and line of a place, without folders and column, since it goes into a committed file."""
    return re.sub(r"[^\w.:-]", "_", Path(place.rpartition(":")[0]).name)


def _sound(short: str, text: str) -> None:
    """Raises OperatorError where the text of a file that keeps earlier settings is not valid."""
    try:
        exec(compile(text, f"envs/{short}.py", "exec"), {})  # noqa: S102 (from the user's own file in envs/)
    except InvalidSettingsError as error:
        raise OperatorError("\n".join(f"envs/{short}.py: {one}" for one in error.problems)) from None
    except Exception as error:  # noqa: BLE001 (whatever the user's own lines raise)
        raise OperatorError(
            f"envs/{short}.py: the lines that were kept raise {type(error).__name__}: {error}; nothing was written: "
            "correct the file, or move it away"
        ) from None


def import_settings(source: str | None, *, name: str | None, force: bool, folder: Path | None = None) -> int:
    """Write `envs/<name>.py` from an older file or folder, and print what to do next; returns 0.

    `name`: the environment's, where the older file does not set it. `force`: overwrite an existing file; settings that
    only that file has are kept. Raises OperatorError with every problem, with nothing written.
    """
    if not source:
        raise OperatorError("no file to read: pass FROM=<file>.tfvars, or FROM=<folder of a Terragrunt environment>")
    notes: list[str] = []
    try:
        found = given(find(Path(source).expanduser(), name), notes)
    finally:
        for note in notes:
            say(note, "yellow")
    values = checked(found, name)
    short = values["environment"]
    if short in MACHINERY:
        raise OperatorError(f"{found.place('environment')}: environment={short!r}: envs/{short} is part of this "
                            "project, so an environment cannot have this name: choose another one")  # fmt: skip
    target = (folder or FOLDER) / f"{short}.py"
    if target.exists() and not force:
        raise OperatorError(f"envs/{short}.py exists already: to overwrite it, pass FORCE=1")
    earlier = EnvironmentFile.read(target) if target.exists() else None
    text = written(found, values, earlier)
    if earlier:
        _sound(short, text)
    fresh = target.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(target)
    _report(found, values, earlier)
    return 0


def _report(found: Given, values: dict[str, Any], earlier: EnvironmentFile | None) -> None:
    environment = Environment(**{**COMMON, **values})
    short = environment.environment
    out.print(f"envs/{short}.py has the {len(values)} settings of {shown(found.path)}.")
    if earlier and (carried := [name for name in earlier.settings if name not in values]):
        out.print(f"Kept from the earlier envs/{short}.py: {', '.join(carried)}.")
    for line in earlier.differing({name: repr(value) for name, value in values.items()}) if earlier else ():
        say(f"Changed: {line}", "yellow")
    if found.unknown:
        listed = ", ".join(found.unknown)
        say(f"Not settings of this project, so written as comments without values: {listed}.", "yellow")
    out.print(f"By the naming convention its state is in bucket {environment.names.state_bucket}, "
              f"its lock in table {environment.names.lock_table}.")  # fmt: skip
    out.print(
        "Next: `make envs` compares the environments, `make review BASE=HEAD` shows the stack, "
        f"`make adopt ENV={short}` takes over what is deployed (with FROM=show.json where its state is elsewhere)."
    )
