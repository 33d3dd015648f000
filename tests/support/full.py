"""An environment with every setting on, deployed by its pipeline's role, and the runs of its workflows."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator.rehearsal import copy_of
from tests.support.cloud import Checkout, client
from tests.support.environments import FULL
from tests.support.github_run import Run
from tests.support.rights import asked

VALUES = "anthropic=sk-anthropic\nopenai=sk-openai\nPLUGIN_API_KEY=example\n"
OPENAI = "ai-gateway/full/providers/openai"
DEPLOYING = Run("example/gateway", "environment:full")
PLANNING = Run("example/gateway", "ref:refs/heads/main")
LOCKED = FULL.replace(
    "    alarm_subscriptions", '    use_lockfile=True,\n    state_kms_key_arn="STATE-KEY",\n    alarm_subscriptions'
).replace(
    'options={"aws_region": "us-east-1"})',
    'options={"aws_region": "us-east-1"}, override_params={"model": "us.amazon.nova-lite-v1:0"})',
)
"""Turns on both state locks, a KMS key for the state, and a named model, so that each one's permissions are needed."""
BUCKET = "ai-gateway-tfstate-full"


def commit(checkout: Checkout) -> None:
    """Create a Git commit. The pipeline stores its plan under the commit's id."""
    author = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for command in (("init", "--quiet"), (*author, "commit", "--quiet", "--allow-empty", "--message=test")):
        subprocess.run(["git", *command], cwd=checkout.folder, check=True)


def deploying(checkout: Checkout) -> dict[str, str]:
    """The variables of the job that deploys."""
    return DEPLOYING.sign_in(checkout.environ, "ai-gateway-full-deploy")


def planning(checkout: Checkout) -> dict[str, str]:
    """The variables of the job that checks for drift."""
    return PLANNING.sign_in(checkout.environ, "ai-gateway-full-plan")


def secret(checkout: Checkout, name: str) -> str:
    """The value of a secret."""
    answer = client(checkout.environ, "secretsmanager").get_secret_value(SecretId=name)
    return str(answer["SecretString"])


def refused(checkout: Checkout) -> list[tuple[str, str]]:
    """The calls that IAM denied: action and resource."""
    questions = asked(checkout.environ)
    assert len(questions) > 100
    return [(one["action"], one["resource"]) for one in questions if not one["allowed"]]


def alarms(checkout: Checkout) -> list[dict[str, Any]]:
    """Our alarms in CloudWatch. Autoscaling creates others."""
    found: list[dict[str, Any]] = client(checkout.environ, "cloudwatch").describe_alarms(
        AlarmNamePrefix="ai-gateway-full-"
    )["MetricAlarms"]
    return found


@contextmanager
def deployed_full(empty_aws: dict[str, str], folder: Path) -> Iterator[Checkout]:
    """Deploy the environment with its pipeline's role into an account with its zone, and write its secrets' values."""
    (folder / "values").write_text(VALUES, encoding="utf-8")
    with copy_of(empty_aws) as environ:
        made = Checkout.make(folder / "checkout", environ)
        key = client(made.environ, "kms").create_key(Description="state")["KeyMetadata"]["Arn"]
        (made.folder / "envs" / "full.py").write_text(LOCKED.replace("STATE-KEY", key), encoding="utf-8")
        commit(made)
        client(made.environ, "route53").create_hosted_zone(Name="example.com.", CallerReference="test")
        done = made.ops("pipeline", "full", "--yes")
        assert done.returncode == 0, done.stdout
        (folder / "variables").write_text(done.stdout, encoding="utf-8")
        done = made.ops("deploy", "full", "--yes", **deploying(made))
        assert done.returncode == 0, done.stdout
        done = made.ops("secrets", "full", "--from", str(folder / "values"), "--yes")
        assert done.returncode == 0, done.stdout
        made.initialize("full")
        yield made
