"""The older project's files become environments' files that say the same."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs import load_environments
from envs.schema import Environment
from ops.import_settings import checked, given, written
from tests.ops.conftest import Answer

import attrs
import pytest
from hypothesis import HealthCheck
from hypothesis import given as hypothesis_given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent.parent
TFVARS = {
    "dev": """environment = "dev"
aws_region = "us-east-1"
gateway_desired_count = 2
gateway_cpu = 512
gateway_memory = 1024
autoscaling_min_capacity = 1
autoscaling_max_capacity = 3
enable_waf = false
certificate_arn = ""
cognito_domain_prefix = "ai-gateway-dev"
enable_jwt_auth = false
""",
    "prod": """environment = "prod"
aws_region = "us-east-1"
gateway_desired_count = 2
gateway_cpu = 1024
gateway_memory = 2048
autoscaling_min_capacity = 2
autoscaling_max_capacity = 6
enable_waf = true
certificate_arn = "" # Set to your ACM cert ARN
cognito_domain_prefix = "ai-gateway-prod"
enable_jwt_auth = false
""",
    "staging": """environment = "staging"
aws_region = "us-east-1"
gateway_desired_count = 2
gateway_cpu = 1024
gateway_memory = 2048
autoscaling_min_capacity = 1
autoscaling_max_capacity = 4
enable_waf = true
certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/abc-123"
cognito_domain_prefix = "ai-gateway-staging"
enable_jwt_auth = false
""",
}
"""The user's document."""
INPUTS = """include "root" {
  path = find_in_parent_folders()
}

locals {
  common = read_terragrunt_config(find_in_parent_folders("common.hcl", "_env/common.hcl"))
  env    = read_terragrunt_config("env.hcl")
}

inputs = merge(
  local.common.locals,
  local.env.locals,
  {
    gateway_desired_count    = 2
    gateway_cpu              = 1024
    gateway_memory           = 2048
    autoscaling_min_capacity = 1
    autoscaling_max_capacity = 4
    enable_waf               = true
    certificate_arn          = "arn:aws:acm:us-east-1:123456789012:certificate/abc-123"
    cognito_domain_prefix    = "ai-gateway-staging"
    enable_jwt_auth          = false
  }
)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with an envs/ that new files go to."""
    (tmp_path / "envs").mkdir()
    monkeypatch.setattr("ops.import_settings.import_settings.__kwdefaults__", {"folder": tmp_path / "envs"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def terragrunt(folder: Path, **files: str) -> None:
    """The document's Terragrunt tree with staging in it; `files` change some."""
    texts = {
        "terragrunt.hcl": 'remote_state {\n  backend = "s3"\n}\n',
        "_env/common.hcl": 'locals {\n  project_name = "ai-gateway"\n  portkey_image = "portkeyai/gateway:1.15.2"\n}\n',
        "staging/env.hcl": 'locals {\n  environment = "staging"\n  aws_region = "us-east-1"\n}\n',
        "staging/terragrunt.hcl": INPUTS,
    }
    for name, text in (texts | files).items():
        path = folder / "terragrunt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def sound(folder: Path) -> None:
    """Hold that ruff has nothing to say about the files in envs/."""
    ruff = Path(sys.executable).parent / "ruff"
    for arguments in (["format", "--check"], ["check", "--extend-ignore", "INP001"]):
        done = subprocess.run(
            [ruff, arguments[0], *arguments[1:], "--no-cache", "--config", ROOT / "pyproject.toml", folder / "envs"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", TFVARS)
def test_the_documents_tfvars_are_our_environments(
    folder: Path, ops: Callable[..., Answer], environments: dict[str, Environment], name: str
) -> None:
    """Each gives the environment that envs/ has by this name, but for what prod sets beyond the document."""
    (folder / f"{name}.tfvars").write_text(TFVARS[name], encoding="utf-8")
    done = ops("import-settings", "--from", f"{name}.tfvars")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        f"envs/{name}.py has the 11 settings of {name}.tfvars.",
        f"The state stays where it is: bucket ai-gateway-tfstate-{name}, lock table ai-gateway-tfstate-lock-{name}.",
        f"Next: `make envs` compares the environments, `make review ENV={name}` reads the stack, `make adopt "
        f"ENV={name}` takes over what is deployed.",
    ]
    assert load_environments(folder / "envs", choice="") == [
        attrs.evolve(environments[name], nat_gateway_per_az=False, deletion_protection=False)
    ]
    sound(folder)


def test_the_file_has_the_shape_of_the_house(folder: Path, ops: Callable[..., Answer]) -> None:
    """dev's is envs/dev.py but for its first line, to the byte."""
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
    """Its inputs, env.hcl and _env/common.hcl together, by its folder, its file, or its name in the tree."""
    terragrunt(folder)
    done = ops("import-settings", "--from", *source)
    assert (done.code, done.err) == (0, "")
    assert load_environments(folder / "envs", choice="") == [staging]
    assert "COMMON |" not in (folder / "envs" / "staging.py").read_text(encoding="utf-8")
    sound(folder)


def test_what_differs_from_common_is_written(folder: Path, ops: Callable[..., Answer], staging: Environment) -> None:
    """An image of their own goes over COMMON's, in a form that mypy takes."""
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mirrors/portkeyai/gateway@sha256:" + "0" * 64
    common = f'locals {{\n  project_name = "their-gateway"\n  portkey_image = "{image}"\n}}\n'
    terragrunt(folder, **{"_env/common.hcl": common})
    assert ops("import-settings", "--from", "terragrunt/staging").code == 0
    wanted = attrs.evolve(staging, project_name="their-gateway", portkey_image=image)
    assert load_environments(folder / "envs", choice="") == [wanted]
    sound(folder)
    path = folder / "envs" / "staging.py"
    mypy: list[str | Path] = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder / "cache", path]
    done = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_later_inputs_go_before_earlier_ones(folder: Path, ops: Callable[..., Answer]) -> None:
    """merge, interpolation and the root's inputs as Terragrunt has them."""
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
    """As comments, whatever they hold, but for what may be a secret; ruff takes none for code."""
    more = 'redis_tls = true\nredis_url = "redis://me:hunter2@cache"\ndb_password = "hunter2"\n'
    more += 'team_tags = {\n  owner = "us"\n  cost = file("x")\n}\nadmins = ["a", "b"]\nnothing = null\n'
    (folder / "dev.tfvars").write_text(TFVARS["dev"] + more, encoding="utf-8")
    done = ops("import-settings", "--from", "dev.tfvars")
    assert done.code == 0
    assert (
        "No settings here, and kept as comments: redis_tls, redis_url, db_password, team_tags, admins, nothing."
        in done.out
    )
    _, _, comments = (folder / "envs" / "dev.py").read_text(encoding="utf-8").partition("\n)\n\n")
    assert comments.splitlines() == [
        "# Variables of the older project that are no settings here:",
        "# - redis_tls (dev.tfvars:12): true",
        "# - redis_url (dev.tfvars:13): left out, since it may be a secret",
        "# - db_password (dev.tfvars:14): left out, since it may be a secret",
        '# - team_tags (dev.tfvars:15): { owner = "us" cost = file("x") }',
        '# - admins (dev.tfvars:19): ["a", "b"]',
        "# - nothing (dev.tfvars:20): null",
    ]
    sound(folder)


def test_a_file_that_is_there_stays(folder: Path, ops: Callable[..., Answer]) -> None:
    """Unless FORCE=1 says so."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    target = folder / "envs" / "dev.py"
    target.write_text("mine\n", encoding="utf-8")
    refused = ops("import-settings", "--from", "dev.tfvars")
    assert (refused.code, refused.err) == (1, "envs/dev.py is there already; FORCE=1 writes over it\n")
    assert target.read_text(encoding="utf-8") == "mine\n"
    assert ops("import-settings", "--from", "dev.tfvars", "--force").code == 0
    assert [path.name for path in (folder / "envs").iterdir()] == ["dev.py"]
    assert "Environment(" in target.read_text(encoding="utf-8")


def test_the_name_may_come_from_the_caller(folder: Path, ops: Callable[..., Answer]) -> None:
    """Where the file leaves it to the command line; one that differs is refused."""
    (folder / "dev.tfvars").write_text(TFVARS["dev"].partition("\n")[2], encoding="utf-8")
    assert ops("import-settings", "--from", "dev.tfvars").err == "dev.tfvars: does not set environment; say NAME=…\n"
    assert ops("import-settings", "--from", ".", "--name", "dev").code == 0
    (folder / "dev.tfvars").write_text(TFVARS["dev"], encoding="utf-8")
    assert ops("import-settings", "--from", "dev.tfvars", "--name", "qa").err == (
        "dev.tfvars:1:15: environment='dev': is not NAME=qa; leave NAME away\n"
    )


LINE = TFVARS["dev"]
WRONG = {
    "a text for a number": (
        LINE.replace("512", '"512"'),
        "x.tfvars:4:15: gateway_cpu='512': must be a whole number",
    ),
    "a number for a text": (
        LINE.replace('"us-east-1"', "1.5"),
        "x.tfvars:2:14: aws_region=1.5: must be text in quotes",
    ),
    "a text for a switch": (
        LINE.replace("enable_waf = false", 'enable_waf = "no"'),
        "x.tfvars:8:14: enable_waf='no': must be True or False",
    ),
    "a list for a text": (
        LINE.replace('certificate_arn = ""', "certificate_arn = [1]"),
        "x.tfvars:9:19: certificate_arn=(1,): must be text in quotes",
    ),
    "a map for the name": (
        LINE.replace('"dev"', "{}", 1),
        "x.tfvars:1:15: environment={}: must be text in quotes",
    ),
    "rules, all at once": (
        LINE.replace("1024", "900").replace("capacity = 3", "capacity = 0"),
        "x.tfvars:7:28: autoscaling_max_capacity=0: must be from 1 to 5000 tasks\n"
        "x.tfvars:5:18: gateway_memory=900: with gateway_cpu=512 Fargate takes 1024, 2048, 3072 or 4096 MiB",
    ),
    "a setting that is missing": (
        LINE.replace("enable_waf = false\n", ""),
        "x.tfvars: enable_waf: missing; Put a WAF web ACL before the load balancer",
    ),
    "null for a setting without a default": (
        LINE.replace("enable_waf = false", "enable_waf = null"),
        "x.tfvars:8:14: enable_waf: missing; Put a WAF web ACL before the load balancer",
    ),
    "a name of the machinery": (
        LINE.replace('"dev"', '"schema"', 1),
        "x.tfvars:1:15: environment='schema': envs/schema.py is a part of this project; no environment can have this "
        "name",
    ),
    "functions and references, all at once": (
        LINE.replace("512", "local.cpu").replace('"us-east-1"', 'get_env("AWS_REGION")'),
        'x.tfvars:2:14: get_env("AWS_REGION") cannot be worked out without Terraform: write its value\n'
        "x.tfvars:4:15: local.cpu cannot be worked out without Terraform: write its value",
    ),
    "a condition": (
        LINE.replace("512", "true ? 1 : 2"),
        "x.tfvars:4:15: true ? 1 : 2 cannot be worked out without Terraform: write its value",
    ),
    "a sign that HCL does not have": ("a = @\n", "x.tfvars:1:5: does not parse: @ is not expected here"),
    "something left open": ("a = {\n  b = 1\n", "x.tfvars:2:8: does not parse: something is not closed here"),
    "no value": ("a =\n", "x.tfvars:1:4: does not parse: the end of the line is not expected here"),
    "two settings on a line": (
        'a = "x" b = "y"\n',
        "x.tfvars:1:9: does not parse: each setting stands on a line of its own",
    ),
    "a text over two lines": (
        LINE.replace('"dev"', '"de\nv"', 1),
        "x.tfvars:1:15: does not parse: a text in quotes ends on its line",
    ),
    "a setting twice": (
        LINE + "gateway_cpu = 1024\n",
        "x.tfvars:12:15: gateway_cpu is set a second time; it was on line 4",
    ),
    "a block": (
        'variable "x" {\n}\n',
        "x.tfvars:1:1: variable: is a block; a .tfvars file has lines of name = value only",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place(folder: Path, ops: Callable[..., Answer], case: str) -> None:
    """File, line and column of each problem, and nothing is written."""
    text, says = WRONG[case]
    (folder / "x.tfvars").write_text(text, encoding="utf-8")
    done = ops("import-settings", "--from", "x.tfvars")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"{says}\n"
    assert list((folder / "envs").iterdir()) == []


@pytest.mark.parametrize(
    ("files", "source", "says"),
    [
        (
            {"staging/terragrunt.hcl": "locals {\n}\n"},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl: has no inputs; name the folder of an environment, e.g. "
            "terragrunt/staging",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace('"common.hcl", "_env/common.hcl"', '"shared.hcl"')},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl:6:35: there is no shared.hcl in the folders above",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace('"env.hcl"', '"gone.hcl"')},
            "terragrunt/staging",
            "terragrunt/staging/gone.hcl cannot be read: No such file or directory",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace("1024", "dependency.sizes.outputs.cpu")},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl:15:32: dependency.sizes.outputs.cpu cannot be worked out without "
            "Terraform: write its value",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace("local.env.locals", "local.nowhere.locals")},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl:12:3: local.nowhere cannot be worked out without Terraform: write its "
            "value",
        ),
        (
            {"_env/common.hcl": 'locals {\n  portkey_image = "portkeyai/gateway:latest"\n}\n'},
            "terragrunt/staging",
            "terragrunt/_env/common.hcl:2:19: portkey_image='portkeyai/gateway:latest': ",
        ),
        (
            {"staging/env.hcl": "locals {\n  a = local.a\n  environment = local.b\n  b = local.environment\n}\n"},
            "terragrunt/staging",
            "terragrunt/staging/env.hcl:3:17: local.b cannot be worked out without Terraform: write its value",
        ),
        (
            {"staging/env.hcl": 'locals {\n  me = read_terragrunt_config("env.hcl")\n  environment = local.me.locals.x\n'
             "  x = local.environment\n}\n"},
            "terragrunt/staging",
            "terragrunt/staging/env.hcl:3:17: environment refers to itself",
        ),
        ({}, "nowhere", "nowhere: there is no such file or folder"),
        (
            {},
            "terragrunt/_env",
            "terragrunt/_env: holds no terragrunt.hcl; name a .tfvars file or the folder of a Terragrunt environment",
        ),
        ({"notes.txt": ""}, "terragrunt/notes.txt", "terragrunt/notes.txt: is neither a .tfvars file nor a "
         "terragrunt.hcl"),
    ],
    ids=["no inputs", "no common", "no env", "dependency", "no local", "rule", "circle", "reads itself", "no path",
         "no environment", "other file"],
)  # fmt: skip
def test_what_terragrunt_lacks_is_said_with_its_place(
    folder: Path, ops: Callable[..., Answer], files: dict[str, str], source: str, says: str
) -> None:
    """The file that is meant, of all that are read, and nothing is written."""
    terragrunt(folder, **files)
    done = ops("import-settings", "--from", source)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(says) if says.endswith(": ") else done.err == f"{says}\n"
    assert list((folder / "envs").iterdir()) == []


def test_a_root_that_cannot_be_read_is_told(folder: Path, ops: Callable[..., Answer]) -> None:
    """Its inputs, if it has any, are not taken over, and that is said."""
    terragrunt(folder)
    (folder / "terragrunt" / "terragrunt.hcl").unlink()
    done = ops("import-settings", "--from", "terragrunt/staging")
    assert done.code == 0
    assert done.out.splitlines()[1] == (
        "terragrunt/staging/terragrunt.hcl:2:10: there is no terragrunt.hcl in the folders above; what it sets is not "
        "taken over"
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


def hcl(value: Any, escaped: bool) -> str:  # noqa: ANN401, FBT001 (any value; a coin toss)
    """A value as HCL writes it, its text with or without escapes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(hcl(one, escaped) for one in value)}]"
    if isinstance(value, str):
        return '"' + ("".join(f"\\u{ord(sign):04x}" for sign in value) if escaped else value) + '"'
    return str(value)


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@hypothesis_given(values=SETTINGS, size=NUMBERS, escaped=st.booleans())
def test_what_is_written_means_what_was_read(
    tmp_path: Path,
    values: dict[str, Any],
    size: tuple[int, int],
    escaped: bool,  # noqa: FBT001 (hypothesis's way)
) -> None:
    """Any sound settings, written as tfvars and taken over, are the same settings."""
    values = {**values, "gateway_cpu": size[0], "gateway_memory": size[1]}
    path = tmp_path / "any.tfvars"
    path.write_text("".join(f"{name} = {hcl(value, escaped)}\n" for name, value in values.items()), encoding="utf-8")
    found = given(path)
    text = written(found, checked(found, None))
    names: dict[str, Any] = {}
    exec(text, names)  # noqa: S102 (what was just written)
    got = names["ENVIRONMENT"]
    plain = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    assert {name: getattr(got, name) for name in plain} == plain
    assert text == written(given(path), checked(given(path), None))
