"""`make secrets`: the values of an environment's secrets, which Terraform never sees."""

import json
import re
import sys
from getpass import getpass
from pathlib import Path

from constructs_lib.helpers.task.routes import secret_names
from ops.aws import Aws, OperatorError
from ops.console import cell, confirmed, out, say
from ops.gateway.clients import credentials_of

import attrs
from rich.table import Table

LONGEST_VALUE = 4096
_VALUE = re.compile(rf"[!-~]{{1,{LONGEST_VALUE}}}")
_UNSAFE = frozenset('"\\{}')


@attrs.frozen(kw_only=True)
class Secret:
    """A secret that the environment's task or one of its teams needs."""

    short: str
    """What an operator calls it, e.g. `openai`."""
    name: str
    team: str | None = None
    """Whose Cognito credentials it holds; None: an operator gives the value."""


def needed(aws: Aws) -> list[Secret]:
    """Every secret of the environment: providers' keys, the gateway's variables, teams' credentials."""
    environment, names = aws.environment, aws.environment.names
    providers = secret_names(environment.routes) if environment.routes else ()
    return [
        *(Secret(short=name, name=names.provider_secret(name)) for name in providers),
        *(
            Secret(short=variable, name=names.secret(variable.lower().replace("_", "-")))
            for variable in environment.gateway_secrets
        ),
        *(
            Secret(short=f"clients/{one.team}", name=names.client_secret(one.team), team=one.team)
            for one in environment.clients
        ),
    ]


def value_problem(value: str) -> str | None:
    """Why a text can be no key, without the text: the edge puts it into a JSON document in a header."""
    if _VALUE.fullmatch(value) and not _UNSAFE & set(value):
        return None
    return (
        f"must be one line of 1 to {LONGEST_VALUE} printable ASCII characters without spaces, quotes, backslashes "
        "and braces"
    )


def has_value(aws: Aws, secret: Secret) -> bool:
    """Whether a value was ever written. Raises OperatorError where the secret itself is not there."""
    absent = ("ResourceNotFoundException",)
    found = aws.first("secretsmanager", "describe_secret", "[@]", absent=absent, SecretId=secret.name)
    if found is None:
        raise OperatorError(
            f"there is no secret {secret.name}: deploy first, make deploy ENV={aws.environment.environment}"
        )
    return any("AWSCURRENT" in stages for stages in found.get("VersionIdsToStages", {}).values())


def parsed(text: str, secrets: list[Secret]) -> dict[str, str]:
    """Values by secret from `name=value` lines or a JSON object. Raises OperatorError with every problem."""
    if text.lstrip().startswith("{"):
        try:
            given = json.loads(text)
        except json.JSONDecodeError as error:
            raise OperatorError(f"the values are no JSON: line {error.lineno}, column {error.colno}") from None
    else:
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        given = dict(line.partition("=")[::2] for line in lines)
    ours = {name: one.name for one in secrets if one.team is None for name in (one.short, one.name)}
    problems = []
    for name, value in given.items():
        if name.strip() not in ours:
            has = ", ".join(one.short for one in secrets if one.team is None) or "none"
            problems.append(f"there is no secret {name.strip()!r}; the environment has {has}")
        elif not isinstance(value, str) or (problem := value_problem(value.strip())):
            problems.append(f"{name.strip()}: the value {problem if isinstance(value, str) else 'must be a text'}")
    if problems:
        raise OperatorError("\n".join(problems))
    return {ours[name.strip()]: value.strip() for name, value in given.items()}


def _asked(secrets: list[Secret]) -> dict[str, str]:
    """Values typed in, unseen; an empty line leaves one as it is."""
    values = {}
    for secret in secrets:
        value = getpass(f"Value of {secret.name} (hidden; empty to leave it): ").strip()
        if not value:
            continue
        if problem := value_problem(value):
            raise OperatorError(f"{secret.short}: the value {problem}; nothing was written")
        values[secret.name] = value
    return values


def _read(source: str) -> str:
    if source == "-":
        return sys.stdin.read()
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{source} cannot be read: {error}") from None


def _team_values(aws: Aws, secrets: list[Secret]) -> dict[str, str]:
    """The credentials that Cognito holds, where the secret does not hold the same."""
    manager = aws.client("secretsmanager")
    values = {}
    for secret in secrets:
        if secret.team is None:
            continue
        wanted = json.dumps(credentials_of(aws, secret.team).document())
        now = manager.get_secret_value(SecretId=secret.name)["SecretString"] if has_value(aws, secret) else None
        if now != wanted:
            values[secret.name] = wanted
    return values


def _roll(aws: Aws, *, yes: bool) -> None:
    """Start the tasks anew, after a question: ECS reads a secret only when a task starts."""
    names = aws.environment.names
    if not aws.service():
        return
    if not (yes or sys.stdin.isatty()):
        say(f"Tasks of {names.service} that run keep what they have; --yes (make YES=1) replaces them.", "yellow")
        return
    if confirmed(f"Start the tasks of {names.service} anew, so that they read the values?", yes=yes):
        aws.client("ecs").update_service(cluster=names.cluster, service=names.service, forceNewDeployment=True)
        out.print("The service starts new tasks and drains the old ones.")


def secrets(aws: Aws, *, source: str | None, rotate: bool, yes: bool) -> int:
    """Show the secrets, write the values that are missing (all that are given, with `rotate`): 0 when none is missing.

    `source` is a file or `-`; without one the values are asked for. Everything is checked before anything is written.
    """
    environment = aws.environment.environment
    all_of_them = needed(aws)
    if not all_of_them:
        out.print(f"{environment} needs no secrets (routes, gateway_secrets and clients are empty).")
        return 0
    present = {secret.name: has_value(aws, secret) for secret in all_of_them}
    shown = Table("Secret", "Value", box=None, pad_edge=False, header_style="bold")
    for secret in all_of_them:
        shown.add_row(secret.name, "there" if present[secret.name] else cell("missing", "yellow"))
    out.print(shown)
    open_ones = [one for one in all_of_them if one.team is None and (rotate or not present[one.name])]
    if source is not None:
        values = parsed(_read(source), all_of_them)
    elif open_ones and sys.stdin.isatty():
        values = _asked(open_ones)
    else:
        values = {}
    kept = sorted(name for name in values if present[name] and not rotate)
    if kept:
        raise OperatorError(
            f"{', '.join(kept)}: has a value already; nothing was written: say --rotate, with make ROTATE=1"
        )
    values |= _team_values(aws, all_of_them)
    for name, value in values.items():
        aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString=value)
        out.print(f"wrote {name}")
    if any(secret.name in values for secret in all_of_them if secret.team is None):
        _roll(aws, yes=yes)
    missing = [secret.name for secret in all_of_them if not present[secret.name] and secret.name not in values]
    if missing:
        say(f"Still without a value: {', '.join(missing)}", "yellow")
    return 1 if missing else 0
