"""cdktf commands as users type them."""

from pathlib import Path

from tools.cdktf import WORK, completed

import pytest


@pytest.fixture(autouse=True)
def _no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDKTF_OUTDIR", raising=False)


@pytest.mark.parametrize("command", ["deploy", "destroy", "diff", "output"])
def test_each_stack_has_a_working_folder_of_its_own(command: str) -> None:
    """A command for one stack gets its own folder and no provider lock, which would need the registry."""
    added = ["--skip-provider-lock", "--output", str(WORK / "dev")]
    assert completed([command, "dev"]) == [command, "dev", *added]
    assert completed([command, "--auto-approve", "dev"]) == [command, "--auto-approve", "dev", *added]


@pytest.mark.parametrize("arguments", [["deploy", "dev", "prod"], ["deploy", "*"], ["deploy"]])
def test_several_stacks_share_the_usual_folder(arguments: list[str]) -> None:
    """Several stacks use cdktf's default folder, as cdktf deploys them together."""
    assert completed(arguments) == [*arguments, "--skip-provider-lock"]


@pytest.mark.parametrize("arguments", [["synth"], ["list"], ["--help"], []])
def test_everything_else_is_passed_on(arguments: list[str]) -> None:
    """Commands that do not start Terraform are passed on unchanged."""
    assert completed(arguments) == arguments


@pytest.mark.parametrize("option", [["--output", "here"], ["--output=here"], ["-o", "here"]])
def test_a_folder_that_is_named_is_kept(option: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder set on the command line or in CDKTF_OUTDIR is kept."""
    assert completed(["deploy", "dev", *option]) == ["deploy", "dev", *option, "--skip-provider-lock"]
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path))
    assert completed(["deploy", "dev"]) == ["deploy", "dev", "--skip-provider-lock"]
