"""Settings files of the Terraform version become equivalent files in envs/."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs import load_environments
from envs.schema import Environment
from ops.migrate.import_settings import written
from ops.migrate.older_settings import checked, given
from tests.ops.conftest import Answer
from tests.ops.migrate.older_files import INPUTS, TFVARS, terragrunt
from tests.support.sources import assert_formatted
from tools.environment import ROOT

import attrs
import pytest
from hypothesis import HealthCheck
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st


@pytest.mark.parametrize("name", TFVARS)
def test_the_documents_tfvars_are_our_environments(
    folder: Path, ops: Callable[..., Answer], environments: dict[str, Environment], name: str
) -> None:
    """Each .tfvars file gives the environment in envs/, except the settings that only envs/prod.py sets."""
    (folder / f"{name}.tfvars").write_text(TFVARS[name], encoding="utf-8")
    done = ops("import-settings", "--from", f"{name}.tfvars")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"envs/{name}.py has the 11 settings of {name}.tfvars.",
        f"By the naming convention its state is in bucket ai-gateway-tfstate-{name}, its lock in table "
        f"ai-gateway-tfstate-lock-{name}.",
        "Next: `make envs` compares the environments, `make review BASE=HEAD` shows the stack, `make adopt "
        f"ENV={name}` takes over what is deployed (with FROM=show.json where its state is elsewhere).",
    ]
    assert load_environments(folder / "envs", choice="") == [
        attrs.evolve(
            environments[name],
            nat_gateway_per_az=False,
            deletion_protection=False,
            accept_public_plain_http=False,
        )
    ]
    assert_formatted(folder)


def test_the_file_has_the_shape_of_the_house(folder: Path, ops: Callable[..., Answer]) -> None:
    """The file written for dev equals envs/dev.py, except its first line."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    ops("import-settings", "--from", "dev.tfvars")
    _, _, rest = (folder / "envs" / "dev.py").read_text(encoding="utf-8").partition("\n")
    assert rest == (ROOT / "envs" / "dev.py").read_text(encoding="utf-8").partition("\n")[2]


@pytest.mark.parametrize(
    "source",
    [
        ["terragrunt/staging"],
        ["terragrunt/staging/terragrunt.hcl"],
        ["terragrunt", "--name", "staging"],
        ["terragrunt/staging", "--name", "staging"],
    ],
    ids=" ".join,
)
def test_the_documents_terragrunt_environment_is_staging(
    folder: Path, ops: Callable[..., Answer], staging: Environment, source: list[str]
) -> None:
    """The staging settings are read from the unit, env.hcl and common.hcl, by folder, file or environment name."""
    terragrunt(folder)
    done = ops("import-settings", "--from", *source)
    assert (done.code, done.err) == (0, "")
    assert load_environments(folder / "envs", choice="") == [staging]
    assert "COMMON |" not in (folder / "envs" / "staging.py").read_text(encoding="utf-8")
    assert_formatted(folder)


def test_what_differs_from_common_is_written(folder: Path, ops: Callable[..., Answer], staging: Environment) -> None:
    """A value that differs from COMMON overrides it, in a form that mypy accepts."""
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirrors/portkeyai/gateway@sha256:" + "0" * 64
    common = f'locals {{\n  project_name = "their-gateway"\n  portkey_image = "{image}"\n}}\n'
    terragrunt(folder, **{"_env/common.hcl": common})
    assert ops("import-settings", "--from", "terragrunt/staging").code == 0
    wanted = attrs.evolve(staging, project_name="their-gateway", portkey_image=image)
    assert load_environments(folder / "envs", choice="") == [wanted]
    assert_formatted(folder)
    path = folder / "envs" / "staging.py"
    mypy: list[str | Path] = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", path]
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_later_inputs_go_before_earlier_ones(folder: Path, ops: Callable[..., Answer]) -> None:
    """merge, interpolation and inherited inputs have Terragrunt's precedence."""
    terragrunt(
        folder,
        **{
            "terragrunt.hcl": 'inputs = {\n  vpc_cidr = "10.9.0.0/16"\n  gateway_cpu = 256\n}\n',
            "staging/terragrunt.hcl": INPUTS.replace(
                '"ai-gateway-staging"', '"${local.common.locals.project_name}-${local.env.locals.environment}"'
            ),
        },
    )
    assert ops("import-settings", "--from", "terragrunt/staging").code == 0
    (found,) = load_environments(folder / "envs", choice="")
    assert (found.vpc_cidr, found.gateway_cpu, found.cognito_domain_prefix) == (
        "10.9.0.0/16",
        1024,
        "ai-gateway-staging",
    )


def test_unknown_variables_are_told_and_kept(folder: Path, ops: Callable[..., Answer]) -> None:
    """Unknown variables become comments with names and places, without values, and ruff accepts them."""
    more = 'redis_tls = true\nredis_url = "redis://me:hunter2@cache"\ndb_password = "hunter2"\n'
    more += 'team_tags = {\n  owner = "us"\n  cost = file("x")\n}\nadmins = ["a", "b"]\nnothing = null\n'
    (folder / "dev.tfvars").write_text(TFVARS["dev"] + more, encoding="utf-8")
    done = ops("import-settings", "--from", "dev.tfvars")
    assert done.code == 0
    assert (
        "Not settings of this project, so written as comments without values: redis_tls, redis_url, db_password, team_tags, admins, nothing."
        in done.out
    )
    _, _, comments = (folder / "envs" / "dev.py").read_text(encoding="utf-8").partition("\n)\n\n")
    assert comments.splitlines() == [
        "# Variables of the older project that are not settings here; their values were not copied:",
        "# - redis_tls (dev.tfvars:12)",
        "# - redis_url (dev.tfvars:13)",
        "# - db_password (dev.tfvars:14)",
        "# - team_tags (dev.tfvars:15)",
        "# - admins (dev.tfvars:19)",
        "# - nothing (dev.tfvars:20)",
    ]
    assert "hunter2" not in done.out + comments
    assert_formatted(folder)


def test_a_file_that_is_there_stays(folder: Path, ops: Callable[..., Answer]) -> None:
    """An existing file stays unchanged unless FORCE=1 is passed."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    target = folder / "envs" / "dev.py"
    target.write_text("mine\n", encoding="utf-8")
    refused = ops("import-settings", "--from", "dev.tfvars")
    assert (refused.code, refused.err) == (1, "envs/dev.py exists already: to overwrite it, pass FORCE=1\n")
    assert target.read_text(encoding="utf-8") == "mine\n"
    assert ops("import-settings", "--from", "dev.tfvars", "--force").code == 0
    assert [path.name for path in (folder / "envs").iterdir()] == ["dev.py"]
    assert "Environment(" in target.read_text(encoding="utf-8")


def test_the_name_may_come_from_the_caller(folder: Path, ops: Callable[..., Answer]) -> None:
    """NAME sets the environment if the file does not; a NAME that differs from the file is refused."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"].partition("\n")[2], encoding="utf-8")
    assert (
        ops("import-settings", "--from", "dev.tfvars").err
        == "dev.tfvars: does not set environment: pass NAME=<environment>\n"
    )
    assert ops("import-settings", "--from", ".", "--name", "dev").code == 0
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    assert ops("import-settings", "--from", "dev.tfvars", "--name", "qa").err == (
        "dev.tfvars:1:15: environment='dev': differs from NAME=qa: omit NAME\n"
    )


NUMBERS = st.sampled_from([(512, 1024), (512, 4096), (1024, 2048), (4096, 8192)])
SETTINGS = st.fixed_dictionaries(
    {
        "environment": st.from_regex(r"[a-z][a-z0-9]{1,7}", fullmatch=True),
        "aws_region": st.sampled_from(["us-east-1", "eu-west-1", "ap-southeast-2"]),
        "autoscaling_min_capacity": st.integers(1, 2),
        "autoscaling_max_capacity": st.integers(2, 50),
        "gateway_desired_count": st.just(2),
        "enable_waf": st.booleans(),
        "enable_jwt_auth": st.sampled_from([False]),
        "certificate_arn": st.just(""),
        "cognito_domain_prefix": st.from_regex(r"[b-z][0-9]{1,9}", fullmatch=True),
    },
    optional={
        "vpc_cidr": st.sampled_from(["10.1.0.0/16", "172.16.16.0/20"]),
        "project_name": st.from_regex(r"[b-h][a-h0-9]{1,5}", fullmatch=True),
        "deletion_protection": st.booleans(),
        "ingress_cidrs": st.lists(
            st.integers(0, 255).map(lambda n: f"10.{n}.0.0/16"), min_size=1, max_size=12, unique=True
        ),
        "gateway_egress_ports": st.sets(st.integers(1000, 60000), max_size=40).map(lambda ports: [443, *sorted(ports)]),
    },
)


def hcl(value: Any, escaped: bool) -> str:  # noqa: ANN401, FBT001 (any value; a test parameter)
    """Return a value as HCL, with strings escaped or not."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(hcl(one, escaped) for one in value)}]"
    if isinstance(value, str):
        return '"' + ("".join(f"\\u{ord(sign):04x}" for sign in value) if escaped else value) + '"'
    return str(value)


@hypothesis_settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@hypothesis_given(values=SETTINGS, size=NUMBERS, escaped=st.booleans())
def test_what_is_written_means_what_was_read(
    tmp_path: Path,
    values: dict[str, Any],
    size: tuple[int, int],
    escaped: bool,  # noqa: FBT001 (a test parameter)
) -> None:
    """Any valid settings, written as .tfvars and imported, keep their values."""
    values = {**values, "gateway_cpu": size[0], "gateway_memory": size[1]}
    path = tmp_path / "any.tfvars"
    path.write_text("".join(f"{name} = {hcl(value, escaped)}\n" for name, value in values.items()), encoding="utf-8")
    found = given(path)
    text = written(found, checked(found, None))
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102 (the file written above)
    got = names["ENVIRONMENT"]
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    assert {name: getattr(got, name) for name in plain} == plain
    assert text == written(given(path), checked(given(path), None))
