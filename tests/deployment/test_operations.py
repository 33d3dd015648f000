"""Runs every command of docs/operations.md as it is written there, with the real make on the embedded AWS."""

import base64
import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO

from emulator.rehearsal import copy_of
from local.stand_in import Asked
from ops.state.state import KEY
from tests.support.cloud import ROOT, Checkout, client
from tests.support.servers import Response, gateway, server

import attrs
import pytest

pytestmark = [pytest.mark.deployment, pytest.mark.xdist_group("operations")]

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"\$ (make [^#\n]*[^#\s])|`(make [^`]*ENV=[^`]*)`", PAGE)
SET_UP = ("Makefile", "Pipfile", "Pipfile.lock", "package.json", "package-lock.json")
OPENAI = "ai-gateway/prod/providers/openai"
ROUTES = """    deletion_protection=True,
    routes=Target(provider="openai"),
    ingress_cidrs=("10.0.0.0/8",),
"""


@attrs.frozen
class Operator:
    """An operator who follows the page, with a checkout whose AWS is embedded and whose gateway answers."""

    checkout: Checkout
    gateway: str
    typed: set[str]

    def types(self, command: str, said: str = "", *, answers: str = "", code: int = 0) -> str:
        """Run a command of the page and return its output. make exits with 2 for any failure.

        The command reads `said` from a pipe, or `answers` from a terminal.
        """
        assert command in page(), f"docs/operations.md has no {command!r}"
        self.typed.add(command)
        with ExitStack() as opened:
            terminal: IO[bytes] = opened.enter_context(TemporaryFile())
            terminal.write(said.encode())
            terminal.seek(0)
            if answers:
                ours, theirs = pty.openpty()
                opened.enter_context(os.fdopen(ours, "wb", buffering=0)).write(answers.encode())
                terminal = opened.enter_context(os.fdopen(theirs, "rb"))
            done = subprocess.run(
                command.split(),
                cwd=self.checkout.folder,
                env={**self.checkout.environ, "HTTP_PROXY": self.gateway, "http_proxy": self.gateway},
                stdin=terminal,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
        assert done.returncode == code, done.stdout
        return done.stdout

    def smoke(self, command: str) -> None:
        """Check that three checks pass and the fourth is skipped: it needs a stream that lasts a minute."""
        said = self.types(command, code=2)
        assert (said.count("passed"), said.count("not tested"), "failed" in said) == (3, 1, False), said


def page() -> set[str]:
    """The commands on the page."""
    return {typed or named for typed, named in COMMANDS}


def answer(request: Asked) -> Response:
    """The deployed gateway, called through a proxy. Its Cognito domain is not on this machine."""
    assert "ai-gateway-prod" in request.path
    return gateway(request)


@pytest.fixture(scope="module")
def operator(empty_aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """prod with a provider, deployed, and the provider's key written."""
    with copy_of(empty_aws) as environ, server(answer) as (url, _):
        checkout = Checkout.make(tmp_path_factory.mktemp("operations") / "checkout", environ)
        for name in SET_UP:
            (checkout.folder / name).symlink_to(ROOT / name)
        checkout.change("prod", "    deletion_protection=True,\n", ROUTES)
        checkout.change(
            "prod", "from envs.common", "from constructs_lib.helpers.task.routes import Target\nfrom envs.common"
        )
        made = Operator(checkout, url, set())
        made.types("make deploy ENV=prod")
        yield made


def test_what_is_down_is_shown(operator: Operator) -> None:
    """The first command on the page reads the service and its targets from AWS, and no resource is missing."""
    said = operator.types("make describe ENV=prod")
    assert "Service" in said
    assert "Load balancer" in said
    assert "does not exist" not in said


def test_the_key_is_rotated(operator: Operator) -> None:
    """A key from standard input replaces the old one, and the smoke test passes afterwards."""
    secrets = client(operator.checkout.environ, "secretsmanager")
    for key in ("sk-first", "sk-second"):
        operator.types("make secrets ENV=prod ROTATE=1 YES=1 FROM=-", f"openai={key}\n")
        assert secrets.get_secret_value(SecretId=OPENAI)["SecretString"] == key
    operator.smoke("make smoke ENV=prod")
    assert re.search(r"providers/openai +set *\n$", operator.types("make secrets ENV=prod"))


def test_an_image_is_rolled_back(operator: Operator) -> None:
    """The plan shows a new task definition, the deployment creates it, and the smoke test passes."""
    checkout = operator.checkout
    (override,) = re.findall(r"`(\*\*\(COMMON \| [^`]*)`", PAGE)
    checkout.change("prod", "**COMMON", override)
    plan = operator.types("make diff ENV=prod", code=2)
    assert "Plan: 1 to add, 1 to change, 1 to destroy." in plan
    operator.types("make deploy ENV=prod")
    ecs = client(checkout.environ, "ecs")
    (service,) = ecs.describe_services(cluster="ai-gateway-prod", services=["ai-gateway-prod"])["services"]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert "portkeyai/gateway:1.15.1" in {one["image"] for one in task["containerDefinitions"]}
    operator.smoke("make smoke ENV=prod")


def test_a_state_is_recovered(operator: Operator) -> None:
    """An unreadable state is recovered, and the next plan is empty."""
    s3 = client(operator.checkout.environ, "s3")
    s3.put_object(Bucket="ai-gateway-tfstate-prod", Key=KEY, Body=b"rubbish")
    assert "no terminal to confirm (Restore it?)" in operator.types("make recover ENV=prod", code=2)
    operator.types("make recover ENV=prod", answers="y\ny\n")
    assert "No changes." in operator.types("make diff ENV=prod")


def test_a_quota_is_raised(operator: Operator) -> None:
    """A quota that is too small is increased after confirmation, and then listed as requested."""
    assert "too small" in operator.types("make quotas ENV=prod", code=2)
    assert "no terminal to confirm (Request 15" in operator.types("make quotas ENV=prod RAISE=1", code=2)
    assert "requested 15 of Fargate" in operator.types("make quotas ENV=prod RAISE=1", answers="y\n")
    assert "15 requested" in operator.types("make quotas ENV=prod")


def test_the_environment_moves_to_another_region(operator: Operator) -> None:
    """Changing the region in place is refused. A second environment is deployed and tested, and the old one destroyed.

    Deletion protection is turned off first, as the refusal of `make destroy` says (test_lifecycle.py).
    """
    checkout, old = operator.checkout, operator.checkout.folder / "envs" / "prod.py"
    text = old.read_text(encoding="utf-8")
    old.write_text(text.replace("us-east-1", "eu-west-1"), encoding="utf-8")
    assert "a bucket cannot move, so change aws_region or project_name" in operator.types(
        "make deploy ENV=prod", code=2
    )
    old.write_text(text, encoding="utf-8")

    moved = text.replace('environment="prod"', 'environment="prod-eu"').replace("us-east-1", "eu-west-1")
    (old.parent / "prod-eu.py").write_text(moved.replace("ai-gateway-prod", "ai-gateway-prod-eu"), encoding="utf-8")
    assert "prod-eu" in operator.types("make envs")
    assert "eu-west-1; needed by prod-eu" in operator.types("make quotas ENV=prod-eu", code=2)
    operator.types("make deploy ENV=prod-eu")
    operator.types("make secrets ENV=prod-eu YES=1 FROM=-", "openai=sk-eu\n")
    operator.smoke("make smoke ENV=prod-eu")
    claims = operator.types("make token ENV=prod-eu").split(".")[1]
    issuer = json.loads(base64.urlsafe_b64decode(f"{claims}=="))["iss"]
    assert issuer.startswith("https://cognito-idp.eu-west-1.amazonaws.com/")

    checkout.change("prod", "deletion_protection=True", "deletion_protection=False")
    operator.types("make deploy ENV=prod")
    operator.types("make destroy ENV=prod YES=1")
    balancers = {
        region: [
            one["LoadBalancerName"]
            for one in client(checkout.environ, "elbv2", region).describe_load_balancers()["LoadBalancers"]
        ]
        for region in ("us-east-1", "eu-west-1")
    }
    assert balancers == {"us-east-1": [], "eu-west-1": ["ai-gateway-prod-eu"]}


def test_nothing_on_the_page_was_left_out(operator: Operator) -> None:
    """The tests above ran every command that is on the page, as written there.

    `make images` copies from registries on the internet; tests/ops/gateway/test_images.py tests it. `make pipeline` is
    for environments that name a repository, such as that of tests/support/full.py.
    """
    assert operator.typed == page() - {"make images ENV=prod", "make pipeline ENV=prod"}
