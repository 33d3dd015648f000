"""main() in this process: what it prints and writes."""

from pathlib import Path

import main
from envs import EnvironmentsError
from tests.support.synthesized import settings

import pytest


def test_problems_go_to_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of the error is printed, and the exit code is 1."""

    def fail() -> None:
        raise EnvironmentsError(["envs/a.py: one", "envs/b.py: two"])

    monkeypatch.setattr(main, "load_environments", fail)
    assert main.main() == 1
    assert capsys.readouterr().err == "envs/a.py: one\nenvs/b.py: two\n"


def test_each_environment_is_a_stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each environment is a stack with the environment's name."""
    build_app = main.build_app
    monkeypatch.setattr(main, "build_app", lambda environments: build_app(environments, outdir=str(tmp_path)))
    monkeypatch.setattr(main, "load_environments", lambda: [settings()])
    assert main.main() == 0
    assert [path.name for path in (tmp_path / "stacks").iterdir()] == ["test"]
