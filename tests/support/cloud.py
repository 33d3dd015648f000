"""An embedded AWS, and checkouts of the project that deploy to it."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from policy.findings import accepted, judge
from policy.scan import checkov
from tests.support.waiting import PATIENCE

import attrs
import boto3
import psutil
from botocore.config import Config

ROOT = Path(__file__).parent.parent.parent
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
"""moto's default account id."""
SOURCES = ("envs", "stacks", "constructs_lib", "resource_types", "ops", "local", "views", "tools")
TOOLS = (".venv", ".tools", "node_modules")


@attrs.frozen
class Checkout:
    """A separate checkout with its own environments, whose processes see only the embedded AWS."""

    folder: Path
    environ: dict[str, str]

    @classmethod
    def make(cls, folder: Path, environ: dict[str, str]) -> "Checkout":
        """Copy the sources and link what setup installed."""
        folder.mkdir(parents=True)
        for name in ("main.py", "cdktf.json"):
            shutil.copy(ROOT / name, folder)
        for name in SOURCES:
            # Copies the bytecode, so that commands do not compile again; skips temporary files that Python will rename.
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.pyc.*"))
        for name in TOOLS:
            (folder / name).symlink_to(ROOT / name)
        return cls(folder, environ)

    def change(self, environment: str, old: str, new: str) -> None:
        """Edit an environment's file as a user would."""
        path = self.folder / "envs" / f"{environment}.py"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def ops(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m ops …` without a terminal."""
        return self._run([sys.executable, "-m", "ops", *arguments], self.folder, environ)

    def python(self, program: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a program that imports the project."""
        return self._run([sys.executable, "-c", program], self.folder, environ)

    def stack(self, environment: str) -> Path:
        """The folder in which Terraform runs."""
        return self.folder / "cdktf.out" / "stacks" / environment

    def eject(self, out: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run what `make hcl` runs."""
        return self._run([sys.executable, "-m", "views.hcl.export", out], self.folder, environ)

    def ejected_plan(self, environment: str) -> list[dict[str, Any]]:
        """Eject every environment. Returns what Terraform would change in one of them, with the existing state.

        The plan does not refresh: a plan of the JSON in another test shows that AWS matches the state.
        """
        if not (self.folder / "hcl").is_dir():
            done = self.eject("hcl")
            assert done.returncode == 0, done.stdout
        folder = self.folder / "hcl" / "gateway"
        for arguments in (
            ("init", "-input=false", "-reconfigure", f"-backend-config={environment}.s3.tfbackend"),
            ("plan", "-input=false", "-refresh=false", f"-var-file={environment}.tfvars", "-out=plan"),
            ("show", "-json", "plan"),
        ):
            done = self._run(["terraform", *arguments], folder, {})
            assert done.returncode == 0, done.stdout
        changes: list[dict[str, Any]] = json.loads(done.stdout)["resource_changes"]
        return changes

    def ejected_plan_changes_the_tag_alone(self, environment: str) -> None:
        """Check that the ejected module only moves resources to new addresses and changes the ManagedBy tag."""
        changes = self.ejected_plan(environment)
        assert [one["address"] for one in changes if one["mode"] == "managed" and "previous_address" not in one] == []
        others = {one["address"]: one["change"]["actions"] for one in changes}
        others = {address: one for address, one in others.items() if one not in (["no-op"], ["update"], ["read"])}
        assert not others, others
        updates = {one["address"]: one["change"] for one in changes if one["change"]["actions"] == ["update"]}
        # While a default tag changes, the provider also shows its old value among the resource's own tags.
        tag = ({"tags_all": "ManagedBy"}, {"tags": "ManagedBy", "tags_all": "ManagedBy"})
        unexpected = {address: one for address, change in updates.items() if (one := _differences(change)) not in tag}
        assert not unexpected, unexpected
        assert {change["after"]["tags_all"]["ManagedBy"] for change in updates.values()} == {"terraform"}

    def synthesize(self, environment: str = "") -> None:
        """Synthesize one stack, or all of them."""
        self._run([sys.executable, "-O", "main.py"], self.folder, {"GATEWAY_ENVIRONMENTS": environment}, check=True)

    def initialize(self, environment: str) -> None:
        """Synthesize the stack and connect it to its state."""
        self.synthesize(environment)
        done = self.terraform(environment, "init", "-input=false")
        assert done.returncode == 0, done.stdout

    def terraform(self, environment: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform on a stack."""
        return self._run(["terraform", *arguments], self.stack(environment), {})

    def _planned(self, environment: str, *options: str) -> tuple[int, str]:
        """The exit code of a plan with -detailed-exitcode, and the plan as JSON."""
        done = self.terraform(environment, "plan", "-input=false", "-detailed-exitcode", "-out=test.tfplan", *options)
        assert done.returncode in {0, 2}, done.stdout
        return done.returncode, self.terraform(environment, "show", "-json", "test.tfplan").stdout

    def plan(self, environment: str) -> tuple[int, dict[str, list[str]]]:
        """The exit code of a plan with -detailed-exitcode, and the planned actions of the resources by address."""
        code, text = self._planned(environment)
        shown = json.loads(text)
        changes = {item["address"]: item["change"]["actions"] for item in shown["resource_changes"]}
        return code, {address: what for address, what in changes.items() if what not in (["no-op"], ["read"])}

    def unexplained(self, environment: str) -> list[str]:
        """checkov's findings in the plan of what is deployed that policy/accepted.toml does not explain.

        The environments here have no deletion protection, like dev, so they are judged as dev is. The plan does not
        refresh: another test plans with a refresh.
        """
        code, text = self._planned(environment, "-refresh=false")
        assert code == 0
        plan = self.stack(environment) / "test.tfplan.json"
        plan.write_text(text, encoding="utf-8")
        document = json.loads((self.stack(environment) / "cdk.tf.json").read_text(encoding="utf-8"))
        found = [
            attrs.evolve(finding, environment="dev") if "deletion protection" in finding.title else finding
            for finding in checkov({environment: plan}, {environment: document}, source="plan")
        ]
        verdict = judge(found, accepted(), source="plan")
        return [str(finding) for finding in verdict.unexplained]

    def start_apply(self, environment: str) -> subprocess.Popen[str]:
        """Start `terraform apply` without waiting for it."""
        return subprocess.Popen(
            ["terraform", "apply", "-auto-approve", "-input=false", "-no-color"],
            cwd=self.stack(environment),
            env=self.environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _run(
        self, arguments: list[str], folder: Path, environ: dict[str, str], *, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments,
            cwd=folder,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=check,
        )


def client(environ: dict[str, str], service: str, region: str = REGION) -> Any:  # noqa: ANN401 (boto3 has no types)
    """A boto3 client of the embedded AWS. It does not change this process's own environment."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "HTTPS_PROXY")
    return _client(service, region, tuple(environ.get(name) for name in names))


@cache  # each session reads its service's model, which takes longer than most calls
def _client(service: str, region: str, held: tuple[str | None, ...]) -> Any:  # noqa: ANN401 (boto3 has no types)
    key, secret, token, bundle, proxy = held
    return boto3.Session().client(
        service,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        verify=bundle,
        config=Config(proxies={"https": proxy}, retries={"total_max_attempts": 1}),
    )


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 a process and its children."""
    if process.poll() is None:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for member in family:
            member.kill()
        psutil.wait_procs(family, timeout=PATIENCE)
    process.wait()


def counted(environ: dict[str, str], environment: str) -> dict[str, int]:
    """The number of resources on AWS, for each kind that could be created twice without an error."""
    ec2, kms, cognito = (client(environ, name) for name in ("ec2", "kms", "cognito-idp"))
    mine = [{"Name": "tag:Environment", "Values": [environment]}]
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    prefix = f"ai-gateway-{environment}"
    pools = [pool["Id"] for pool in cognito.list_user_pools(MaxResults=60)["UserPools"] if pool["Name"] == prefix]
    families = client(environ, "ecs").list_task_definitions(familyPrefix=prefix, status="ACTIVE")
    tag = {"Key": "Environment", "Value": environment}
    # moto does not support this filter.
    nat_gateways = [item for item in ec2.describe_nat_gateways()["NatGateways"] if tag in item["Tags"]]
    iam = client(environ, "iam")
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith(prefix)]
    return {
        "vpcs": len(ec2.describe_vpcs(Filters=mine)["Vpcs"]),
        "subnets": len(ec2.describe_subnets(Filters=mine)["Subnets"]),
        "internet gateways": len(ec2.describe_internet_gateways(Filters=mine)["InternetGateways"]),
        "addresses": len(ec2.describe_addresses(Filters=mine)["Addresses"]),
        "nat gateways": len([item for item in nat_gateways if item["State"] == "available"]),
        "route tables": len(ec2.describe_route_tables(Filters=mine)["RouteTables"]),
        "security groups": len(ec2.describe_security_groups(Filters=mine)["SecurityGroups"]),
        "endpoints": len(ec2.describe_vpc_endpoints(Filters=mine)["VpcEndpoints"]),
        "flow logs": len(ec2.describe_flow_logs(Filters=mine)["FlowLogs"]),
        "keys": len([key for key in keys if key["KeyState"] == "Enabled" and key["Description"].startswith(prefix)]),
        "user pools": len(pools),
        "clients": sum(len(cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]) for pool in pools),
        "task definitions": len(families["taskDefinitionArns"]),
        "saved queries": len(
            client(environ, "logs").describe_query_definitions(queryDefinitionNamePrefix=f"ai-gateway/{environment}/")[
                "queryDefinitions"
            ]
        ),
        "role policies": sum(len(iam.list_role_policies(RoleName=role)["PolicyNames"]) for role in roles),
    }


def emulated_environ(environ: dict[str, str]) -> dict[str, str]:
    """The environment variables of a checkout's processes."""
    return {**environ, "PATH": f"{ROOT / '.tools/bin'}{os.pathsep}{environ['PATH']}"}


def _unordered(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """A value with its lists sorted, because a plan shows the members of a set in any order."""
    if isinstance(value, dict):
        return {name: _unordered(one) for name, one in value.items()}
    return (sorted(map(_unordered, value), key=json.dumps) if isinstance(value, list) else value) or None


def _differences(change: dict[str, Any]) -> dict[str, Any]:
    """The attributes that a plan changes, with both values; for tags, the names of those that differ.

    An empty value equals none, because the provider's SDK does not distinguish them.
    """
    before = change["before"] or {}
    after = {**before, **(change["after"] or {})}
    found: dict[str, Any] = {
        name: (before.get(name), value)
        for name, value in after.items()
        if _unordered(before.get(name)) != _unordered(value)
    }
    for name in {"tags", "tags_all"} & set(found):
        old, new = (one or {} for one in found[name])
        found[name] = ", ".join(sorted(tag for tag in {*old, *new} if old.get(tag) != new.get(tag)))
    return found
