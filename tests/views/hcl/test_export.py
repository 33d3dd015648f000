"""`make hcl` writes HCL that Terraform treats like the synthesized JSON."""

import json
import re
import subprocess
from pathlib import Path

from tests.support.cloud import Checkout
from tests.support.environments import FULL, STAGING
from tools.environment import child_environment
from tools.provider_mirror import variables

import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("eject")]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout with dev, prod, staging with token checks, and an environment with all features."""
    environ = {**child_environment(), **variables(), "PYTHONDONTWRITEBYTECODE": "1"}
    checkout = Checkout.make(tmp_path_factory.mktemp("eject") / "checkout", environ)
    staging = STAGING.replace("enable_jwt_auth=False", "enable_jwt_auth=True")
    (checkout.folder / "envs" / "staging.py").write_text(staging, encoding="utf-8")
    (checkout.folder / "envs" / "full.py").write_text(FULL, encoding="utf-8")
    return checkout


@pytest.fixture(scope="module")
def ejected(project: Checkout) -> Path:
    """The folder with the export of all environments."""
    done = project.eject("hcl")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["hcl/gateway", "hcl/pipeline"])
    return project.folder / "hcl"


@pytest.fixture(scope="module")
def alone(project: Checkout) -> Path:
    """The folder with the export of dev alone."""
    done = project.eject("hcl-dev", GATEWAY_ENVIRONMENTS="dev")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["hcl-dev/gateway"])
    return project.folder / "hcl-dev" / "gateway"


def errors(folder: Path, environ: dict[str, str]) -> list[str]:
    """Return the errors and warnings of `terraform validate`."""
    for arguments in (["init", "-backend=false", "-input=false"], ["validate", "-json"]):
        done = subprocess.run(
            ["terraform", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
    return [one["summary"] + one["detail"] for one in json.loads(done.stdout)["diagnostics"]]


@pytest.mark.parametrize("name", ["gateway", "pipeline"])
def test_what_is_written_is_valid(name: str, project: Checkout, ejected: Path) -> None:
    """`terraform validate` reports no error or warning for a module with all environments."""
    assert errors(ejected / name, project.environ) == []


def test_one_environment_needs_no_variables(project: Checkout, alone: Path) -> None:
    """With one environment, the module has its values and its state's backend, and no variables."""
    assert errors(alone, project.environ) == []
    assert list(alone.glob("*.tfvars")) + list(alone.glob("*.tfbackend")) == []
    assert 'bucket         = "ai-gateway-tfstate-dev"' in (alone / "main.tf").read_text(encoding="utf-8")
    assert "var." not in "".join(path.read_text(encoding="utf-8") for path in alone.glob("*.tf"))


def test_each_environment_has_its_variables_and_its_state(ejected: Path) -> None:
    """Each environment has its own variable and backend files; scripts and long strings are files."""
    folder = ejected / "gateway"
    names = ["dev", "full", "prod", "staging"]
    assert sorted(path.stem for path in folder.glob("*.tfvars")) == names
    assert sorted(path.name.partition(".")[0] for path in folder.glob("*.s3.tfbackend")) == names
    keys = {
        tuple(
            line.partition(" =")[0].rstrip() for line in path.read_text(encoding="utf-8").splitlines() if " = " in line
        )
        for path in folder.glob("*.tfvars")
    }
    assert len(keys) == 1
    assert re.search(r'ManagedBy\s+= "terraform"', (folder / "main.tf").read_text(encoding="utf-8"))
    collector = next((folder / "files").glob("*.yaml")).read_text(encoding="utf-8")
    assert "receivers:" in collector
    assert "$${" not in collector
    assert "dev.s3.tfbackend" in (folder / "README.md").read_text(encoding="utf-8")


def test_what_an_older_provider_does_not_know_is_a_block(ejected: Path) -> None:
    """The listener's JWT action is written as a block even if the local provider's schema lacks it."""
    listener = (ejected / "gateway" / "load_balancer.tf").read_text(encoding="utf-8")
    assert re.search(r"jwt_validation.*\n(.*\n)*?\s+issuer ", listener)


def test_each_construct_has_a_file_of_its_own(ejected: Path) -> None:
    """Each construct has its own file, the stack's own resources are in main.tf, and all are formatted."""
    assert sorted(path.name for path in (ejected / "gateway").glob("*.tf")) == [
        "access_logs.tf",
        "auth.tf",
        "autoscaling.tf",
        "domain.tf",
        "encryption.tf",
        "endpoints.tf",
        "gateway.tf",
        "load_balancer.tf",
        "log_groups.tf",
        "main.tf",
        "monitoring.tf",
        "moved.tf",
        "network.tf",
        "outputs.tf",
        "rate_limits.tf",
        "repository.tf",
        "secrets.tf",
        "security_groups.tf",
        "task_roles.tf",
        "usage.tf",
        "variables.tf",
        "waf.tf",
    ]
    done = subprocess.run(["terraform", "fmt", "-check", "-recursive"], cwd=ejected, check=False, capture_output=True)
    assert done.stdout == b""


def test_every_resource_keeps_its_state(project: Checkout, ejected: Path) -> None:
    """Each synthesized address has a moved block to a different written resource."""
    project.synthesize()
    folders = [folder for folder in project.stack("dev").parent.iterdir() if not folder.name.endswith("-pipeline")]
    documents = [json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8")) for folder in folders]
    old = {f"{type_}.{name}" for one in documents for type_, named in one["resource"].items() for name in named}
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ejected / "gateway").glob("*.tf"))
    moved = dict(re.findall(r"moved \{\n  from = (\S+)\n  to   = (\S+)\n", text))
    written = {f"{type_}.{name}" for type_, name in re.findall(r'^resource "(\w+)" "(\w+)"', text, re.MULTILINE)}
    assert set(moved) == old
    assert {new.partition("[")[0] for new in moved.values()} == written
    assert len(set(moved.values())) == len(moved)


def test_a_folder_that_is_there_is_left_alone(project: Checkout, ejected: Path) -> None:
    """An existing folder is never overwritten, because users continue to edit it, and nothing else is written."""
    (project.folder / "again" / "gateway").mkdir(parents=True)
    done = project.eject("again", GATEWAY_ENVIRONMENTS="dev")
    assert (done.returncode, done.stdout) == (
        1,
        "again/gateway exists already: move it away, or pass another folder with OUT=\n",
    )
    assert [path.name for path in (project.folder / "again").iterdir()] == ["gateway"]
    assert ejected.is_dir()


def test_bad_settings_and_places_are_one_line(project: Checkout, tmp_path: Path) -> None:
    """Invalid settings give their own message, and a path that cannot be written gives a one-line error."""
    assert project.eject("hcl-none", GATEWAY_ENVIRONMENTS="nosuch").stdout.startswith("no environment 'nosuch'")
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = project.eject(str(tmp_path / "file"), GATEWAY_ENVIRONMENTS="dev")
    assert (done.returncode, done.stdout) == (
        1,
        f"OUT={tmp_path}/file: {tmp_path}/file: File exists; pass a writable folder with OUT=\n",
    )
