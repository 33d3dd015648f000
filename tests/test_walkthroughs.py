"""Applies the walk-throughs of CONTRIBUTING.md to a copy of the project and synthesizes it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from policy.records import findings
from resource_types import read
from resource_types.stack import SynthesizedStack
from tools.environment import ROOT, child_environment
from views.diagram.picture import picture_of

import pytest


def blocks() -> dict[str, str]:
    """The diff below each heading."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.findall(r"^### (.+?)\n(.*?)^```diff\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {title: block for title, _, block in found}


def changed(text: str, hunk: str) -> str:
    """A file's text with a hunk applied. The hunk's lines without a `+` must be in the text exactly once."""
    lines = hunk.splitlines()
    before, after = ("".join(f"{line[1:]}\n" for line in lines if line[0] in marks) for marks in (" -", " +"))
    assert text.count(before) == 1, f"{text.count(before)} times:\n{before}"
    return text.replace(before, after)


@pytest.fixture
def project(project_copy: Path) -> Path:
    """A copy of the project with the resource type records."""
    shutil.copytree(ROOT / "resource_types", project_copy / "resource_types")
    return project_copy


def follow(project: Path, title: str, *, dev: str = "") -> subprocess.CompletedProcess[str]:
    """Apply a walk-through, add a line to dev's settings, and synthesize dev."""
    for part in re.split(r"^--- ", blocks()[title], flags=re.MULTILINE)[1:]:
        name, _, hunks = part.partition("\n")
        path = project / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for hunk in re.split(r"^@@\n", hunks, flags=re.MULTILINE):
            if hunk:
                text = changed(text, hunk) if text else "".join(f"{line[1:]}\n" for line in hunk.splitlines())
        path.write_text(text, encoding="utf-8")
    settings = project / "envs" / "dev.py"
    last = settings.read_text(encoding="utf-8").rstrip().removesuffix(")")
    settings.write_text(f"{last}    {dev}\n)\n", encoding="utf-8")
    environ = {**child_environment(), "GATEWAY_ENVIRONMENTS": "dev", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-O", "main.py"], cwd=project, env=environ, capture_output=True, text=True, check=False
    )


def stack(project: Path, title: str, *, dev: str = "") -> SynthesizedStack:
    """dev's stack after a walk-through."""
    done = follow(project, title, dev=dev)
    assert done.returncode == 0, done.stderr
    return SynthesizedStack.read(project / "cdktf.out", "dev")


def test_a_setting_on_one_resource(project: Path) -> None:
    """The setting's value in an environment reaches its resource."""
    found = stack(project, "A setting on one resource", dev="scan_images=False,")
    assert found.only("aws_ecr_repository")["image_scanning_configuration"] == {"scan_on_push": False}


def test_a_container_in_the_task(project: Path) -> None:
    """The container is in the task, and the gateway container is unchanged."""
    containers = stack(project, "A container in the task").containers()
    assert list(containers) == ["gateway", "otel-collector", "clock", "instrumentation"]
    assert containers["clock"]["command"] == ["sh", "-c", "while date; do sleep 60; done"]


def test_an_alarm(project: Path) -> None:
    """The alarm has the environment's name and notifies the topic."""
    alarm = stack(project, "An alarm").at("aws_cloudwatch_metric_alarm", "Monitoring/Alarms/memory")
    assert (alarm["alarm_name"], alarm["threshold"]) == ("ai-gateway-dev-memory", 90)
    assert alarm["metric_query"][0]["metric"]["metric_name"] == "MemoryUtilization"


def test_a_rule_about_two_settings(project: Path) -> None:
    """Settings that break the rule are refused in one line."""
    done = follow(project, "A rule about two settings", dev="fargate_spot_percent=50,")
    assert (done.returncode, done.stderr) == (
        1,
        "envs/dev.py: fargate_spot_percent=50: needs autoscaling_min_capacity of 2 or more: the first task never runs "
        "on Spot\n",
    )


def test_a_data_store_wired_to_the_gateway(project: Path) -> None:
    """The gateway gets the store's host and can connect to it, and the store's record requires our key."""
    found = stack(project, "A data store wired to the gateway")
    cache = found.only("aws_elasticache_serverless_cache")
    variables = {one["name"]: one["value"] for one in found.containers()["gateway"]["environment"]}
    assert variables["CACHE_HOST"] == f"${{{cache.address}.endpoint[0].address}}"
    group = found.at("aws_security_group", "SecurityGroups/Cache")
    (rule,) = found.referring("aws_vpc_security_group_ingress_rule", group.address, "security_group_id")
    assert (rule["from_port"], rule["referenced_security_group_id"]) == (
        6379,
        found.at("aws_security_group", "SecurityGroups/Gateway").reference("id"),
    )
    records = {record.type: record for record in read(project / "resource_types")}
    assert list(findings("dev", found, records)) == []
    del cache.body["kms_key_id"]
    assert [finding.check for finding in findings("dev", found, records)] == ["KEY_MISSING"]
    (drawn,) = [node for node in picture_of(found, records).nodes if node.id == cache.address]
    assert (drawn.title, drawn.frame) == ("Cache", "private")
