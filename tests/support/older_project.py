"""The older project in plain HCL (tests/deployment/older), deployed to two embedded AWS instances, and checkouts."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator.rehearsal import copy_of, rehearsal
from tests.support.cloud import Checkout, client, emulated_environ

import attrs

OLDER = Path(__file__).parent.parent / "deployment" / "older"
BACKEND = {
    "bucket": "ai-gateway-tfstate-dev",
    "key": "terraform.tfstate",
    "region": "us-east-1",
    "encrypt": "true",
    "dynamodb_table": "ai-gateway-tfstate-lock-dev",
}
"""The S3 backend of the older project's state."""
LOG_GROUPS = ("/ecs/ai-gateway/gateway", "/ecs/ai-gateway/otel")
"""The older project's own log groups, which share a key."""


@attrs.frozen
class Older:
    """The older project's folder."""

    folder: Path
    environ: dict[str, str]

    def terraform(self, *arguments: str) -> str:
        """Run Terraform. Returns its output."""
        return self.run("terraform", *arguments)

    def run(self, *command: str) -> str:
        """Run a command. Returns its output."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def deployed(folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """Deploy the older project with a local state. Returns the id of each resource, by address."""
    older = Older(folder, environ)
    older.terraform("init", "-input=false")
    older.terraform("apply", "-auto-approve", "-input=false", "-var=environment=dev")
    state = json.loads((folder / "terraform.tfstate").read_bytes())
    found = {}
    for item in state["resources"]:
        for instance in item["instances"] if item["mode"] == "managed" else ():
            key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
            found[f"{item['module']}.{item['type']}.{item['name']}{key}"] = instance["attributes"]["id"]
    return found


def standing(environ: dict[str, str]) -> dict[str, list[Any]]:
    """The resources on AWS that hold data, or that the adoption leaves over, by kind."""
    ec2, kms = client(environ, "ec2"), client(environ, "kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    pools = client(environ, "cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    groups = client(environ, "logs").describe_log_groups()["logGroups"]
    balancing = client(environ, "elbv2")
    return {
        "vpcs": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
        "pools": [pool["Id"] for pool in pools],
        "keys": [key["KeyId"] for key in keys if key["KeyState"] == "Enabled"],
        "log groups": [group["logGroupName"] for group in groups],
        "repositories": [
            one["repositoryName"] for one in client(environ, "ecr").describe_repositories()["repositories"]
        ],
        "load balancers": [one["LoadBalancerArn"] for one in balancing.describe_load_balancers()["LoadBalancers"]],
        "target groups": [one["TargetGroupArn"] for one in balancing.describe_target_groups()["TargetGroups"]],
        "security groups": [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]],
        "services": client(environ, "ecs").list_services(cluster="ai-gateway-dev")["serviceArns"],
        "queries": [
            one["queryDefinitionId"] for one in client(environ, "logs").describe_query_definitions()["queryDefinitions"]
        ],
    }


def log_key(environ: dict[str, str]) -> tuple[str, str]:
    """The one key of the older log groups, and its policy."""
    logs, kms = client(environ, "logs"), client(environ, "kms")
    groups = logs.describe_log_groups(logGroupNamePrefix="/ecs/ai-gateway/")["logGroups"]
    assert tuple(group["logGroupName"] for group in groups) == LOG_GROUPS
    (key,) = {group["kmsKeyId"] for group in groups}
    return key, kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]


@attrs.frozen
class Side:
    """A checkout of ours, the older project's folder, and the ids of what the older project deployed."""

    checkout: Checkout
    older: Older
    ids: dict[str, str]
    calls: Path


@contextmanager
def two_sides(folder: Path) -> Iterator[tuple[Side, Side]]:
    """The older project on two embedded AWS instances: with its state in the Terraform version's bucket, or local."""
    shutil.copytree(OLDER, folder / "elsewhere", ignore=shutil.ignore_patterns("*.gz"))
    main = folder / "elsewhere" / "main.tf"
    with_backend = main.read_text(encoding="utf-8")
    main.write_text(with_backend.replace('  backend "s3" {}\n', ""), encoding="utf-8")
    calls = folder / "calls.log"
    with rehearsal(log=calls) as first:
        made = deployed(folder / "elsewhere", emulated_environ(first))
        with copy_of(emulated_environ(first)) as second:
            elsewhere = Side(Checkout.make(folder / "second", second), Older(folder / "elsewhere", second), made, calls)
            checkout = Checkout.make(folder / "first", emulated_environ(first))
            done = checkout.ops("bootstrap", "dev", "--yes")
            assert done.returncode == 0, done.stdout
            shutil.copytree(folder / "elsewhere", folder / "older", ignore=shutil.ignore_patterns(".terraform"))
            (folder / "older" / "main.tf").write_text(with_backend, encoding="utf-8")
            state = (folder / "older" / "terraform.tfstate").read_bytes()
            (folder / "older" / "terraform.tfstate").unlink()
            client(checkout.environ, "s3").put_object(Bucket=BACKEND["bucket"], Key=BACKEND["key"], Body=state)
            older = Older(folder / "older", checkout.environ)
            older.terraform(
                "init", "-reconfigure", *(f"-backend-config={key}={value}" for key, value in BACKEND.items())
            )
            yield Side(checkout, older, made, calls), elsewhere
