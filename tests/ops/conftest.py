"""Runs operators' commands in this process, with an embedded AWS that is reset before each test."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from emulator.__main__ import reset
from emulator.rehearsal import copy_of
from envs.schema import Environment
from ops.__main__ import main

import attrs
import boto3
import pytest


@pytest.fixture(scope="session")
def embedded(empty_aws: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment variables of an embedded AWS that all of these tests share."""
    with copy_of(empty_aws) as environ:
        yield environ


@pytest.fixture
def aws(
    embedded: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Reset the embedded AWS, point this process to it, and return a function that creates clients."""
    assert reset(int(embedded["HTTPS_PROXY"].rpartition(":")[2])) == 0
    capsys.readouterr()
    for name, value in embedded.items():
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.setenv(name, value)
    return lambda service, region="us-east-1": boto3.Session().client(service, region_name=region)


@attrs.frozen
class Answer:
    """A command's exit code and output."""

    code: int
    out: str
    err: str


@pytest.fixture
def ops(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Return a function that runs `python -m ops …` in this process."""

    def run(*arguments: str) -> Answer:
        code = main(list(arguments))
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


@pytest.fixture
def only_environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Environment], None]:
    """Return a function that makes an environment the only one that commands find, under any name."""

    def use(environment: Environment) -> None:
        monkeypatch.setattr("ops.aws.load_environments", lambda **_: [environment])

    return use


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an envs/ folder for new files."""
    (tmp_path / "envs").mkdir()
    monkeypatch.setattr("ops.migrate.import_settings.FOLDER", tmp_path / "envs")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that simulates an answer typed at a terminal."""

    def typed(text: str) -> None:
        stdin = io.StringIO(f"{text}\n")
        monkeypatch.setattr(stdin, "isatty", lambda: True)
        monkeypatch.setattr("sys.stdin", stdin)

    return typed
