"""`make secrets` writes the secrets that Terraform must not hold, and validates all values before it writes any."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.routes import Fallback, Target
from envs.schema import Client, Environment
from tests.ops.conftest import Answer
from tests.support.clients import make_clients
from tests.support.synthesized import settings

import pytest

Aws = Callable[..., Any]
Ops = Callable[..., Answer]
Only = Callable[[Environment], None]

ENVIRONMENT = settings(
    routes=Fallback(targets=(Target(provider="openai"), Target(provider="anthropic"))),
    ingress_cidrs=("10.0.0.0/8",),
    gateway_secrets=("PORTKEY_TOKEN",),
    clients=(Client(team="search", scopes=("invoke",)),),
)
OPENAI, ANTHROPIC, TOKEN, TEAM = (
    f"ai-gateway/test/{name}" for name in ("providers/openai", "providers/anthropic", "portkey-token", "clients/search")
)
GIVEN = "# keys of the test environment\nopenai = sk-1\nanthropic=sk-2\n\nPORTKEY_TOKEN=t=3\n"


@pytest.fixture(autouse=True)
def deployed(aws: Aws, only_environment: Only) -> None:
    """The state after a deployment: empty secrets and a user pool."""
    only_environment(ENVIRONMENT)
    make_clients(aws, ENVIRONMENT)
    for name in (OPENAI, ANTHROPIC, TOKEN, TEAM):
        aws("secretsmanager", "eu-west-1").create_secret(Name=name)


def values(aws: Aws) -> dict[str, str | None]:
    """Return the value of each secret."""
    manager = aws("secretsmanager", "eu-west-1")
    found: dict[str, str | None] = {}
    for secret in manager.list_secrets()["SecretList"]:
        try:
            found[secret["Name"]] = manager.get_secret_value(SecretId=secret["Name"])["SecretString"]
        except manager.exceptions.ResourceNotFoundException:
            found[secret["Name"]] = None
    return found


def given(tmp_path: Path, text: str) -> str:
    """Write a file with this content and return its path."""
    path = tmp_path / "values"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_it_says_what_is_missing(aws: Aws, ops: Ops) -> None:
    """Without values and a terminal it prints a table and returns 1; a team's credentials come from Cognito."""
    done = ops("secrets", "test")
    assert (done.code, done.err) == (1, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["Secret", "Value"],
        [ANTHROPIC, "missing"],
        [OPENAI, "missing"],
        [TOKEN, "missing"],
        [TEAM, "missing"],
        ["wrote", TEAM],
        ["Still", "missing", "a", "value:", f"{ANTHROPIC},", f"{OPENAI},", TOKEN],
    ]
    held = json.loads(values(aws)[TEAM] or "")
    assert set(held) == {"client_id", "client_secret", "token_endpoint", "scope"}
    assert held["scope"] == "https://gateway.internal/invoke"


def test_from_a_file(aws: Aws, ops: Ops, tmp_path: Path) -> None:
    """A file may have name=value lines, comments and blank lines; all values are written, and none is printed."""
    done = ops("secrets", "test", "--from", given(tmp_path, GIVEN))
    assert (done.code, done.err) == (0, "")
    held = values(aws)
    assert (held[OPENAI], held[ANTHROPIC], held[TOKEN]) == ("sk-1", "sk-2", "t=3")
    assert not [value for value in ("sk-1", "sk-2", "t=3") if value in done.out]


def test_from_standard_input_as_json(aws: Aws, ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input may be a JSON object, with short names or the secrets' own names."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"openai": "sk-1", ANTHROPIC: "sk-2"})))
    done = ops("secrets", "test", "--from", "-")
    assert (done.code, values(aws)[OPENAI], values(aws)[ANTHROPIC], values(aws)[TOKEN]) == (1, "sk-1", "sk-2", None)


def test_it_asks_for_what_is_missing(aws: Aws, ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal it prompts for each missing value without echo; an empty answer skips one."""
    aws("secretsmanager", "eu-west-1").put_secret_value(SecretId=OPENAI, SecretString="there")
    asked: list[str] = []

    def typed(prompt: str) -> str:
        asked.append(prompt.split()[2])
        return "" if TOKEN in prompt else "sk-typed"

    monkeypatch.setattr("ops.gateway.secrets.getpass", typed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    done = ops("secrets", "test")
    assert (done.code, asked) == (1, [ANTHROPIC, TOKEN])
    assert (values(aws)[OPENAI], values(aws)[ANTHROPIC], values(aws)[TOKEN]) == ("there", "sk-typed", None)


def test_a_value_is_written_over_only_on_request(aws: Aws, ops: Ops, tmp_path: Path) -> None:
    """Without --rotate an existing value stays and nothing is written; with --rotate it is overwritten."""
    ops("secrets", "test", "--from", given(tmp_path, GIVEN))
    again = given(tmp_path, "openai=sk-new\n")
    done = ops("secrets", "test", "--from", again)
    assert (done.code, values(aws)[OPENAI]) == (1, "sk-1")
    assert (
        done.err
        == f"{OPENAI}: already has a value; nothing was written: to overwrite it, pass --rotate (with make: ROTATE=1)\n"
    )
    assert ops("secrets", "test", "--from", again, "--rotate").code == 0
    assert values(aws)[OPENAI] == "sk-new"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "openai=sk-1\nmistral=sk-2\nanthropic=with space\n",
            [
                "there is no secret 'mistral'; the environment has anthropic, openai, PORTKEY_TOKEN",
                "anthropic: the value must be 1 to 4096 printable ASCII characters without spaces, "
                "double quotes, backslashes and braces",
            ],
        ),
        ('{"openai": ', ["the values are not valid JSON: line 1, column 12"]),
        ('{"openai": 5}', ["openai: the value must be a string"]),
        (
            "openai=",
            [
                "openai: the value must be 1 to 4096 printable ASCII characters without spaces, double quotes, "
                "backslashes and braces"
            ],
        ),
    ],
)
def test_bad_values(aws: Aws, ops: Ops, tmp_path: Path, text: str, problems: list[str]) -> None:
    """Each invalid value gives a line without the value, and nothing is written."""
    done = ops("secrets", "test", "--from", given(tmp_path, text))
    assert (done.code, done.err.splitlines()) == (1, problems)
    assert set(values(aws).values()) == {None}


@pytest.mark.parametrize("character", ['"', "\\", "{", "}", "é"])
def test_a_value_cannot_break_the_routes(ops: Ops, tmp_path: Path, character: str) -> None:
    """Characters that would break the JSON header in which the runtime puts the value are refused."""
    done = ops("secrets", "test", "--from", given(tmp_path, f"openai=a{character}b"))
    assert (done.code, "openai: the value must be" in done.err) == (1, True)


def test_a_file_that_is_not_there(ops: Ops, tmp_path: Path) -> None:
    """A file that does not exist gives a one-line error with its path."""
    done = ops("secrets", "test", "--from", str(tmp_path / "none"))
    assert (done.code, len(done.err.splitlines())) == (1, 1)
    assert f"{tmp_path / 'none'} cannot be read" in done.err


def test_before_a_deployment(aws: Aws, ops: Ops) -> None:
    """If a secret does not exist, the error has the deploy command."""
    aws("secretsmanager", "eu-west-1").delete_secret(SecretId=OPENAI, ForceDeleteWithoutRecovery=True)
    done = ops("secrets", "test")
    assert (done.code, done.err) == (1, f"there is no secret {OPENAI}: run `make deploy ENV=test` first\n")


def test_it_offers_to_roll_the_service(aws: Aws, ops: Ops, tmp_path: Path) -> None:
    """Tasks read secrets when they start: with --yes the service starts new tasks, otherwise a line explains it."""
    ecs, name = aws("ecs", "eu-west-1"), ENVIRONMENT.names.service
    ecs.create_cluster(clusterName=ENVIRONMENT.names.cluster)
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}])
    ecs.create_service(cluster=ENVIRONMENT.names.cluster, serviceName=name, taskDefinition="f", desiredCount=1)
    source = given(tmp_path, GIVEN)
    done = ops("secrets", "test", "--from", source)
    assert (done.code, done.err) == (0, "")
    assert "The running tasks of ai-gateway-test keep the old values" in done.out
    done = ops("secrets", "test", "--from", source, "--rotate", "--yes")
    assert (done.code, "The service starts new tasks" in done.out) == (0, True)
