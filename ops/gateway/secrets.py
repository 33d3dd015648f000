"""`make secrets`: writes the values of an environment's secrets. Terraform creates the secrets without values."""

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
    """Its short name in input files and messages, e.g. `openai`."""
    name: str
    """Its name in Secrets Manager."""
    team: str | None = None
    """The team whose Cognito credentials it holds; None where the operator provides the value."""


def needed(aws: Aws) -> list[Secret]:
    """Every secret of the environment: provider keys, gateway variables (`gateway_secrets`), team credentials."""
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
    """Why a string is not a valid key, without quoting it; None where it is valid.

    The gateway puts the key into a JSON document in a header, hence the allowed characters.
    """
    if _VALUE.fullmatch(value) and not _UNSAFE & set(value):
        return None
    return (
        f"must be 1 to {LONGEST_VALUE} printable ASCII characters without spaces, double quotes, backslashes and braces"
    )


def has_value(aws: Aws, secret: Secret) -> bool:
    """Whether the secret has a current value. Raises OperatorError where the secret does not exist."""
    absent = ("ResourceNotFoundException",)
    found = aws.first("secretsmanager", "describe_secret", "[@]", absent=absent, SecretId=secret.name)
    if found is None:
        raise OperatorError(
            f"there is no secret {secret.name}: run `make deploy ENV={aws.environment.environment}` first"
        )
    return any("AWSCURRENT" in stages for stages in found.get("VersionIdsToStages", {}).values())


def parsed(text: str, secrets: list[Secret]) -> dict[str, str]:
    """Values by secret name, from `name=value` lines or a JSON object. Raises OperatorError with every problem."""
    if text.lstrip().startswith("{"):
        try:
            given = json.loads(text)
        except json.JSONDecodeError as error:
            raise OperatorError(f"the values are not valid JSON: line {error.lineno}, column {error.colno}") from None
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
            problems.append(f"{name.strip()}: the value {problem if isinstance(value, str) else 'must be a string'}")
    if problems:
        raise OperatorError("\n".join(problems))
    return {ours[name.strip()]: value.strip() for name, value in given.items()}


def _asked(secrets: list[Secret]) -> dict[str, str]:
    """Values typed at hidden prompts; an empty one leaves the secret as it is. Raises OperatorError for a bad value."""
    values = {}
    for secret in secrets:
        value = getpass(f"Value of {secret.name} (hidden; empty to skip): ").strip()
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
    """The Cognito credentials of each team whose secret does not hold them yet, by secret name."""
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
    """Replace the service's tasks, after a prompt: ECS reads a secret only when a task starts."""
    names = aws.environment.names
    if not aws.service():
        return
    if not (yes or sys.stdin.isatty()):
        say(
            f"The running tasks of {names.service} keep the old values; to replace the tasks, pass --yes (with make: "
            "YES=1).",
            "yellow",
        )
        return
    if confirmed(f"Replace the tasks of {names.service}, so that they read the new values?", yes=yes):
        aws.client("ecs").update_service(cluster=names.cluster, service=names.service, forceNewDeployment=True)
        out.print("The service starts new tasks, then drains the old ones.")


def secrets(aws: Aws, *, source: str | None, rotate: bool, yes: bool) -> int:
    """Show the secrets and write missing values; returns 0 when every secret has a value, else 1.

    `source` is a file, or `-` for standard input; without it, the operator is prompted. `rotate`: overwrite existing
    values too. `yes`: replace the tasks without a prompt. Raises OperatorError, with nothing written, for a value that
    is not allowed or would overwrite one without `rotate`.
    """
    environment = aws.environment.environment
    all_of_them = needed(aws)
    if not all_of_them:
        out.print(f"{environment} needs no secrets (routes, gateway_secrets and clients are empty).")
        return 0
    present = {secret.name: has_value(aws, secret) for secret in all_of_them}
    shown = Table("Secret", "Value", box=None, pad_edge=False, header_style="bold")
    for secret in all_of_them:
        shown.add_row(secret.name, "set" if present[secret.name] else cell("missing", "yellow"))
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
            f"{', '.join(kept)}: already has a value; nothing was written: to overwrite it, pass --rotate (with make: "
            "ROTATE=1)"
        )
    values |= _team_values(aws, all_of_them)
    for name, value in values.items():
        aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString=value)
        out.print(f"wrote {name}")
    if any(secret.name in values for secret in all_of_them if secret.team is None):
        _roll(aws, yes=yes)
    missing = [secret.name for secret in all_of_them if not present[secret.name] and secret.name not in values]
    if missing:
        say(f"Still missing a value: {', '.join(missing)}", "yellow")
    return 1 if missing else 0
