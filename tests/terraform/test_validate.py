"""Terraform with a real AWS provider accepts the synthesized stacks."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from envs.schema import PROVIDER_VERSION_VARIABLE, Environment
from tests.support.synthesized import CERTIFICATE, EVERYTHING, Synthesized, settings
from tools.environment import child_environment
from tools.provider_mirror import chosen, variables

import attrs
import pytest

pytestmark = pytest.mark.terraform

JWT_RELEASE = (6, 22)
"""The first provider release that has the JWT action (its changelog)."""
SWITCHES: dict[str, dict[str, object]] = {
    "waf": {"enable_waf": True},
    "certificate": {"certificate_arn": CERTIFICATE},
    "nat": {"nat_gateway_per_az": True},
    "spot": {"fargate_spot_percent": 50},
    "lockfile": {"use_lockfile": True},
    "deletion-protection": {"deletion_protection": True},
    "secrets": {"gateway_secrets": ("PLUGIN_API_KEY",)},
    "routes": {
        "routes": EVERYTHING.routes,
        "ingress_cidrs": ("10.0.0.0/8",),
        "gateway_cpu": 1024,
        "gateway_memory": 2048,
    },
    "uninstrumented": {"instrument_gateway": False},
    "clients": {"clients": EVERYTHING.clients},
    "client-limit": {"enable_waf": True, "waf_client_rate_limit": 500},
    "domain": {"domain_name": "gateway.example.com", "hosted_zone": "example.com"},
    "internal": {"internal_load_balancer": True},
    "vpc": {
        "vpc_id": "vpc-0123456789abcdef0",
        "public_subnet_ids": ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
        "private_subnet_ids": ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
    },
    "subscriptions": {"alarm_subscriptions": EVERYTHING.alarm_subscriptions},
    "egress": {"gateway_egress_ports": (443, 6379), "ingress_cidrs": ("10.0.0.0/8", "203.0.113.0/24")},
}
JWT: dict[str, object] = {"certificate_arn": CERTIFICATE, "enable_jwt_auth": True}


@attrs.frozen
class Workspace:
    """A folder in which Terraform has the provider and validates stacks."""

    folder: Path
    environ: dict[str, str]
    version: str
    release: tuple[int, ...]

    def terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in this folder."""
        return subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )

    def errors(self, stacks: Mapping[str, Synthesized]) -> dict[str, list[str]]:
        """The errors of `terraform validate` by stack name, without the stacks that have none.

        Each stack is a module of one configuration, so that Terraform reads the provider's schema, which takes seconds,
        only once.
        """
        for name, stack in stacks.items():
            (self.folder / name).mkdir()
            shutil.copy(stack.folder / "cdk.tf.json", self.folder / name)
        modules = {name: {"source": f"./{name}"} for name in stacks}
        (self.folder / "main.tf.json").write_text(json.dumps({"module": modules}), encoding="utf-8")
        done = self.terraform("init", "-backend=false", "-input=false", "-no-color")
        assert done.returncode == 0, done.stdout + done.stderr
        done = self.terraform("validate", "-json")
        found: dict[str, list[str]] = {}
        for one in json.loads(done.stdout)["diagnostics"]:
            if one["severity"] == "error":
                name = Path(one["range"]["filename"]).parts[0] if "range" in one else "no file"
                found.setdefault(name, []).append(f"{one['summary']}: {one.get('detail', '')}")
        return found


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A folder in which Terraform finds the provider that setup chose."""
    mirror = chosen()
    folder = tmp_path / "terraform"
    folder.mkdir()
    return Workspace(folder, {**child_environment(), **variables()}, mirror.version, mirror.release)


def synthesized(
    environment: Environment, workspace: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Synthesized:
    """A stack for the provider release of this machine, chosen as a user would."""
    monkeypatch.setenv(PROVIDER_VERSION_VARIABLE, workspace.version)
    return Synthesized.of(environment, folder)


def test_each_environment_and_each_switch_is_valid(
    environments: dict[str, Environment], workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """terraform validate passes for dev, prod, staging, and with each feature turned on."""
    chosen_ones = {name: environments[name] for name in ("dev", "prod", "staging")} | {
        switch: settings(**changes) for switch, changes in SWITCHES.items()
    }
    stacks = {
        name: synthesized(environment, workspace, tmp_path / name, monkeypatch)
        for name, environment in chosen_ones.items()
    }
    assert workspace.errors(stacks) == {}


def test_jwt_is_valid_where_the_provider_knows_it(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack is valid from 6.22 on. An older provider reports only the JWT action itself."""
    found = workspace.errors({"jwt": synthesized(settings(**JWT), workspace, tmp_path / "jwt", monkeypatch)})
    if workspace.release >= JWT_RELEASE:
        assert found == {}
    else:
        assert found.keys() == {"jwt"}
        assert all("jwt" in error for error in found["jwt"]), found


def test_a_collectors_variable_reaches_the_container(workspace: Workspace, dev: Synthesized) -> None:
    """Terraform passes ${env:…} in the collector's configuration through unchanged, as `terraform console` shows."""
    definitions = dev.only("aws_ecs_task_definition")["container_definitions"]
    text = next(
        item["value"]
        for container in json.loads(definitions)
        for item in container["environment"]
        if item["name"] == "AOT_CONFIG_CONTENT"
    )
    done = subprocess.run(
        ["terraform", "console"],
        cwd=workspace.folder,
        env=workspace.environ,
        input=json.dumps(text) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "value: ${env:DEPLOYMENT_ENVIRONMENT}" in done.stdout
    assert "$${" not in done.stdout
