"""`make import-settings`: an environment's file from the settings of the older Terraform or Terragrunt project."""

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
"""What an environment's file begins with; the rest keeps the order of the older one."""
LINE_LENGTH = 120
"""The house's (pyproject.toml)."""


PLAIN_HTTP = "# Without a certificate `make deploy` needs the line accept_public_plain_http=True here."
"""What stands at the end of the settings of an environment whose deployment would be refused."""


UNKNOWN = "# Variables of the older project that are no settings here; their values were not copied:"
"""The heading of the comments at the end of a file."""


def written(found: Given, values: dict[str, Any], earlier: EnvironmentFile | None = None) -> str:
    """The environment's file as Python, as ruff formats it, or an `earlier` one with these settings."""
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
    """A place without its folders and its column: it goes into a file that is committed."""
    return re.sub(r"[^\w.:-]", "_", Path(place.rpartition(":")[0]).name)


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
        found = given(find(Path(source).expanduser(), name), notes)
    finally:
        for note in notes:
            say(note, "yellow")
    values = checked(found, name)
    short = values["environment"]
    if short in MACHINERY:
        raise OperatorError(f"{found.place('environment')}: environment={short!r}: envs/{short} is a part of this "
                            "project; no environment can have this name")  # fmt: skip
    target = (folder or FOLDER) / f"{short}.py"
    if target.exists() and not force:
        raise OperatorError(f"envs/{short}.py is there already; FORCE=1 writes over it")
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
        say(f"No settings here, and kept as comments without their values: {listed}.", "yellow")
    out.print(f"By the convention of names its state is in bucket {environment.names.state_bucket}, "
              f"its lock in table {environment.names.lock_table}.")  # fmt: skip
    out.print(
        "Next: `make envs` compares the environments, `make review BASE=HEAD` shows the stack, "
        f"`make adopt ENV={short}` takes over what is deployed (FROM=show.json: its state is elsewhere)."
    )
