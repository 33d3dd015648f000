"""What commands report before they start: credentials, account, region, environment and Terraform."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.schema import Environment
from ops.programs import terraform
from tests.ops.conftest import Answer
from tests.support.synthesized import settings

import pytest

Aws = Callable[..., Any]
Ops = Callable[..., Answer]
BUCKET = "ai-gateway-tfstate-dev"


@pytest.mark.usefixtures("aws")
def test_a_wrong_account(ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """With aws_account_id set, credentials of another account are refused before anything is created."""
    only_environment(settings(aws_account_id="999999999999"))
    done = ops("bootstrap", "test", "--yes")
    assert (done.code, done.err) == (
        1,
        "the credentials belong to account 123456789012, envs/test.py sets aws_account_id='999999999999': change "
        "AWS_PROFILE or the setting\n",
    )


@pytest.mark.usefixtures("aws")
def test_a_region_that_is_off(ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """A region that is not enabled gives a one-line error with the command that enables it."""
    only_environment(settings(aws_region="eu-south-2"))
    done = ops("bootstrap", "test", "--yes")
    assert (done.code, done.err) == (
        1,
        "region eu-south-2 is not enabled in account 123456789012: run `aws account enable-region --region-name "
        "eu-south-2`, or change aws_region in envs/test.py\n",
    )


@pytest.mark.parametrize("command", ["bootstrap", "deploy", "diff", "destroy", "describe", "recover"])
def test_no_credentials(ops: Ops, aws: Aws, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Without credentials every command prints a one-line error with the variables to set."""
    del aws
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    done = ops(command, "dev")
    assert (done.code, done.out, done.err) == (
        1,
        "",
        "no AWS credentials found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n",
    )


@pytest.mark.usefixtures("aws")
def test_an_embedded_aws_that_has_ended(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that does not answer gives a one-line error with the variable's name."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    done = ops("describe", "dev")
    assert done.code == 1
    assert done.err.startswith(
        "the proxy in HTTPS_PROXY does not answer: check that it runs (the embedded AWS is one), or unset it ("
    )


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("command", ["bootstrap", "deploy", "diff", "destroy", "describe", "recover"])
def test_an_unknown_environment(ops: Ops, command: str) -> None:
    """An unknown environment gives a one-line error with the existing names and a suggestion."""
    done = ops(command, "prd")
    assert (done.code, done.err) == (1, "no environment 'prd': envs/ has dev, prod; did you mean prod?\n")


@pytest.mark.usefixtures("aws")
def test_no_environment(ops: Ops) -> None:
    """`make deploy` without ENV prints how to name environments."""
    done = ops("deploy", "")
    says = "name the environments, in the order to work on them: make deploy ENV=dev,prod\n"
    assert (done.code, done.err) == (1, says)


@pytest.mark.usefixtures("aws")
def test_recovering_what_was_never_deployed(ops: Ops) -> None:
    """`make recover` without a state bucket prints that the environment is not deployed."""
    done = ops("recover", "dev")
    assert (done.code, done.err) == (
        1,
        f"there is no state bucket {BUCKET}, so dev is not deployed: run `make deploy ENV=dev`, which creates it\n",
    )


@pytest.mark.usefixtures("aws")
def test_describing_what_was_never_deployed(ops: Ops) -> None:
    """`make describe` before a deployment prints that each part does not exist."""
    done = ops("describe", "dev")
    assert done.code == 0
    assert done.out.count("does not exist") == 6


@pytest.mark.usefixtures("aws")
@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (
            "credential_process = /no/such/program",
            "the AWS profile's credential_process cannot be started: /no/such/program: install it, or choose another "
            "profile with AWS_PROFILE",
        ),
        (
            "role_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/x",
            "the AWS profile asks for an MFA code and there is no terminal to enter it: sign in first, e.g. with "
            "`aws sso login`, or export the credentials that `aws sts get-session-token` prints",
        ),
        (
            "sso_start_url = https://x.example.com\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = x",
            "sign in with `aws sso login` (and --profile)",
        ),
        ("", "`aws configure list-profiles` lists the profiles"),
    ],
    ids=["credential process", "MFA", "SSO", "unknown profile"],
)
def test_a_profile_that_does_not_work(
    ops: Ops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, said: str
) -> None:
    """An AWS profile that fails gives a one-line error with the command that fixes it."""
    keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
    text = f"[profile base]\n{keys}" + (f"[profile mine]\n{profile}\n" if profile else "")
    (tmp_path / "config").write_text(text, encoding="utf-8")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = ops("bootstrap", "dev", "--yes")
    assert done.code == 1
    assert said in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("", "terraform is not installed: run `make setup`, which downloads it"),
        (
            "1.5.7",
            "{} is Terraform 1.5: 1.10 or newer is needed: update it, or remove it from the PATH and run `make setup`",
        ),
    ],
)
def test_no_terraform(ops: Ops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, said: str) -> None:
    """A missing or old Terraform gives a one-line error with the fix, before anything is created."""
    terraform.cache_clear()
    monkeypatch.setattr("tools.environment.PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", "/bin")
    if version:
        (tmp_path / "terraform").write_text(f"#!/bin/sh\necho Terraform v{version}\n", encoding="utf-8")
        (tmp_path / "terraform").chmod(0o755)
    done = ops("deploy", "dev", "--yes")
    terraform.cache_clear()
    assert (done.code, done.out, done.err) == (1, "", f"{said.format(tmp_path / 'terraform')}\n")


@pytest.mark.usefixtures("aws")
def test_a_deployment_without_a_state_stops(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the answer no to the state bucket, nothing is deployed and no other prompt is shown."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("rich.prompt.Confirm.ask", lambda *_, **__: False)
    monkeypatch.setattr("ops.terraform.Stack.apply", lambda *_, **__: pytest.fail("deployed"))
    done = ops("deploy", "dev")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "Nothing changed."
