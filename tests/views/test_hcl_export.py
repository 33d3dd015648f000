"""What `make hcl` writes means to Terraform what the synthesized JSON means."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import FULL, STAGING
from tests.deployment.cloud import Checkout
from tools.environment import child_environment
from tools.provider_mirror import TerraformError, terraform, variables
from views.hcl_export import EjectError, expression, files

import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("eject")]

VALUES: list[object] = [
    "",
    "plain",
    'quotes " and \\ and \t',
    "two\nlines",
    "two\nlines\n",
    "three lines\n\n",
    "EOT\nand EOT0\n",
    "line\r\nend\r\n",
    "$${kept} and %%{kept} and $ and 100%",
    "${1 + 1}",
    "${1}${2}",
    'a ${join("-", ["b", "}", "\\""])} c',
    'a ${jsonencode({ a = { b = "{" } })} "quoted"',
    "%{ if true }yes%{ endif }",
    "lines ${1 + 1}\n  indented \\n $${x}\n",
    '["${1 + 1}"]',
    "{",
    "ünïcode ✓ <&>",
    True,
    None,
    0,
    -1.5,
    [],
    {},
    ["a", "b" * 120],
    [["text\nlines\n", {"x": ["y"]}], {"for": 1, "a/b": {"c d": None}, "aws:x": "${2}", "true": False}],
]


def evaluated(folder: Path, file: str, content: str) -> dict[str, object]:
    """What Terraform makes of outputs."""
    folder.mkdir()
    (folder / file).write_text(content, encoding="utf-8")
    for arguments in (("init",), ("apply", "-auto-approve", "-input=false")):
        subprocess.run(["terraform", *arguments], cwd=folder, check=True, capture_output=True)
    done = subprocess.run(["terraform", "output", "-json"], cwd=folder, check=True, capture_output=True)
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def test_expressions_mean_the_same(tmp_path: Path) -> None:
    """Every kind of value, as Terraform evaluates it in JSON and in HCL."""
    values = {f"o{number}": value for number, value in enumerate(VALUES)}
    in_json = {"output": {name: {"value": value} for name, value in values.items()}}
    in_hcl = "".join(f"output {name} {{\n  value = {expression(value)}\n}}\n" for name, value in values.items())
    expected = evaluated(tmp_path / "json", "main.tf.json", json.dumps(in_json))
    assert evaluated(tmp_path / "hcl", "main.tf", in_hcl) == expected
    assert len(expected) == len([value for value in values.values() if value is not None])


NAMES = ["dev", "full", "full-pipeline", "prod", "staging"]
STACK: dict[str, Any] = {
    "terraform": {"required_providers": {}, "backend": {"local": {}}},
    "provider": {},
    "output": {},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """dev, prod, staging with tokens checked, and an environment with every switch on, in a checkout."""
    environ = {**child_environment(), **variables(), "PYTHONDONTWRITEBYTECODE": "1"}
    checkout = Checkout.make(tmp_path_factory.mktemp("eject") / "checkout", environ)
    staging = STAGING.replace("enable_jwt_auth=False", "enable_jwt_auth=True")
    (checkout.folder / "envs" / "staging.py").write_text(staging, encoding="utf-8")
    (checkout.folder / "envs" / "full.py").write_text(FULL, encoding="utf-8")
    return checkout


@pytest.fixture(scope="module")
def ejected(project: Checkout) -> Path:
    """The folder to which the command wrote all of them."""
    done = project.eject("hcl")
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"hcl/{name}" for name in NAMES])
    return project.folder / "hcl"


def errors(folder: Path, environ: dict[str, str]) -> list[str]:
    """What `terraform validate` has against a folder."""
    for arguments in (["init", "-backend=false", "-input=false"], ["validate", "-json"]):
        done = subprocess.run(
            ["terraform", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
    return [one["summary"] + one["detail"] for one in json.loads(done.stdout)["diagnostics"]]


@pytest.mark.parametrize("name", ["dev", "prod", "full", "full-pipeline"])
def test_what_is_written_is_valid(name: str, project: Checkout, ejected: Path) -> None:
    """terraform validate has neither an error nor a warning."""
    assert errors(ejected / name, project.environ) == []


def test_what_an_older_provider_does_not_know_is_a_block(ejected: Path) -> None:
    """The JWT action of the listener is one whether or not the provider on this machine has it in its schema."""
    listener = (ejected / "staging" / "load_balancer.tf").read_text(encoding="utf-8")
    assert "    jwt_validation {\n      issuer" in listener


def test_each_construct_has_a_file_of_its_own(ejected: Path) -> None:
    """Named after it; what is the stack's own is in main.tf, and Terraform's formatter has nothing to add."""
    assert sorted(path.name for path in (ejected / "full").glob("*.tf")) == [
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
        "network.tf",
        "outputs.tf",
        "repository.tf",
        "secrets.tf",
        "security_groups.tf",
        "task_roles.tf",
        "waf.tf",
    ]
    done = subprocess.run(["terraform", "fmt", "-check", "-recursive"], cwd=ejected, check=False, capture_output=True)
    assert done.stdout == b""


def test_every_resource_keeps_its_address(project: Checkout, ejected: Path) -> None:
    """Of the synthesized JSON no resource, data source or output is missing, and none is added."""
    project.synthesize()
    for folder in ejected.iterdir():
        document = json.loads((project.stack(folder.name) / "cdk.tf.json").read_text(encoding="utf-8"))
        text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.tf"))
        expected = [
            f'{kind} "{type_}" "{name}" {{'
            for kind in ("data", "resource")
            for type_, named in document[kind].items()
            for name in named
        ] + [f'output "{name}" {{' for name in document["output"]]
        found = [line.rstrip("}") for line in text.splitlines() if line.startswith(("data ", "resource ", "output "))]
        assert sorted(found) == sorted(expected)


def test_a_folder_that_is_there_is_left_alone(project: Checkout, ejected: Path) -> None:
    """Whoever ejects goes on in those files, so they are never written over; nothing else is written either."""
    (project.folder / "again" / "prod").mkdir(parents=True)
    done = project.eject("again")
    assert (done.returncode, done.stdout) == (
        1,
        "again/prod is there already: move it away, or name another folder with OUT=…\n",
    )
    assert [path.name for path in (project.folder / "again").iterdir()] == ["prod"]
    assert ejected.is_dir()


def test_bad_settings_and_places_are_one_line(project: Checkout, tmp_path: Path) -> None:
    """The settings' own message, and the path that cannot be written to."""
    assert project.eject("hcl-none", GATEWAY_ENVIRONMENTS="nosuch").stdout.startswith("no environment 'nosuch'")
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = project.eject(str(tmp_path / "file"), GATEWAY_ENVIRONMENTS="dev")
    assert (done.returncode, done.stdout) == (
        1,
        f"OUT={tmp_path}/file: {tmp_path}/file: File exists; name a folder that can be written to\n",
    )


def test_what_it_cannot_write_it_names(tmp_path: Path) -> None:
    """A part of a stack that it does not know, a template that is none, and Terraform's own error."""
    with pytest.raises(EjectError, match=r"^the stack has import, moved, which make hcl does not know how to write$"):
        files({**STACK, "moved": [], "import": []}, {})
    with pytest.raises(EjectError, match=r"^'\$\{a' is no Terraform template: its brace is never closed$"):
        expression("b ${a")
    (tmp_path / "main.tf").write_text("{", encoding="utf-8")
    with pytest.raises(TerraformError, match=r"^Error: Argument or block definition required on main.tf line 1"):
        terraform(tmp_path, "fmt", "-no-color")


def test_references_nulls_and_metadata() -> None:
    """Meta-arguments hold names, what is null or cdktf's own is left out, and unknown objects are blocks."""
    resource = {
        "//": {"metadata": {"path": "dev/SomeThing/One"}},
        "name": "x",
        "nothing": None,
        "document": '{"n": "${1 + 1}", "t": "${data.d.x.text}", "u": "${r.x.number}", "m": "a${1}"}',
        "depends_on": ["a.b"],
        "provider": "aws.other",
        "lifecycle": {"ignore_changes": "all"},
        "one": {"a": 1},
        "two": [{"b": [1]}, {}],
        "map": {"k": "v"},
        "none": [],
    }
    schemas = {
        "data_source_schemas": {"d": {"block": {"attributes": {"text": {"type": "string"}}}}},
        "resource_schemas": {
            "r": {"block": {"attributes": {"number": {"type": "number"}}}},
            "t": {"block": {"attributes": {"map": {}, "none": {}}, "block_types": {"one": {"block": {}}}}},
        },
    }
    assert files({**STACK, "resource": {"t": {"r": resource}}}, schemas)["some_thing.tf"] == (
        'resource "t" "r" {\nname = "x"\ndocument = jsonencode({\nn = tostring(1 + 1)\nt = data.d.x.text\n'
        'u = tostring(r.x.number)\nm = "a${1}"\n})\ndepends_on = [a.b]\nprovider = aws.other\nmap = {\nk = "v"\n}\nnone = []\n'
        "\nlifecycle {\nignore_changes = all\n}\n\none {\na = 1\n}\n\ntwo {\nb = [1]\n}\n\ntwo {}\n}\n"
    )
