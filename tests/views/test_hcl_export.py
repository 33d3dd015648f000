"""What `make hcl` writes means to Terraform what the synthesized JSON means."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.support.cloud import Checkout
from tests.support.environments import FULL, STAGING
from tools.environment import child_environment
from tools.provider_mirror import TerraformError, terraform, variables
from views.hcl.expressions import Conditional, EjectError, Raw, expression
from views.hcl.merged import Merger, snake
from views.hcl.module import Module

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


STACK: dict[str, Any] = {
    "terraform": {"required_providers": {}, "backend": {"s3": {"bucket": "b"}}},
    "provider": {"aws": [{"region": "r"}]},
    "output": {},
}
SCHEMAS: dict[str, Any] = {
    "provider": {"block": {"attributes": {"region": {}}}},
    "data_source_schemas": {"d": {"block": {"attributes": {"text": {"type": "string"}}}}},
    "resource_schemas": {
        "r": {"block": {"attributes": {"number": {"type": "number"}}}},
        "t": {"block": {"attributes": {"map": {}, "none": {}}, "block_types": {"one": {"block": {}}}}},
    },
}


def test_conditional_members_are_concatenated_and_merged(tmp_path: Path) -> None:
    """Of lists and objects, whatever their types, alone and between others."""
    values = {
        "a": [1, Conditional("true", 2), Conditional("false", 3), 4],
        "b": [Conditional("true", {"x": [1], "y": "z"}), {"x": []}],
        "c": {"a": 1, "b": Conditional("true", {"c": "d"}), "e": Conditional("false", 2)},
        "d": [Raw("1 + 1"), "${1 + 1}"],
        "e": [Conditional("false", {"x": 1})],
    }
    text = "".join(f"output {name} {{\n  value = {expression(value)}\n}}\n" for name, value in values.items())
    assert evaluated(tmp_path / "hcl", "main.tf", text) == {
        "a": [1, 2, 4],
        "b": [{"x": [1], "y": "z"}, {"x": []}],
        "c": {"a": 1, "b": {"c": "d"}},
        "d": [2, 2],
        "e": [],
    }


@pytest.mark.parametrize(
    ("values", "path", "written", "variables"),
    [
        (("x-dev-y", "x-prod-y"), "Lb/name", '"x-${var.environment}-y"', {"environment": ("dev", "prod")}),
        ((256, 512), "Task/cpu", "var.gateway_cpu", {"gateway_cpu": (256, 512)}),
        (("256", "512"), "Task/cpu", "var.gateway_cpu", {"gateway_cpu": (256, 512)}),
        ((7, 30), "Key/deletion_window_in_days", "var.deletion_window_in_days", {"deletion_window_in_days": (7, 30)}),
        ((7, 30), "Key/days", "var.key_days", {"key_days": (7, 30)}),
        ((False, True), "Lb/enable_deletion_protection", "var.deletion_protection", {"deletion_protection": (False, True)}),
        ((True, False), "Pool/deletion_protection", "!var.deletion_protection", {"deletion_protection": (False, True)}),
        (("OFF", "ON"), "Pool/deletion_protection", 'var.deletion_protection ? "ON" : "OFF"',
         {"deletion_protection": (False, True)}),
        (("--size=46", "--size=107"), "Task/command", '"--size=${var.size}"', {"size": (46, 107)}),
        (("at 256 units", "at 512 units"), "Alarm/cpu", '"at ${var.gateway_cpu} units"', {"gateway_cpu": (256, 512)}),
        (("${r.a.id}", "${r.b[0].id}"), "Route/nat_gateway_id", "var.nat_gateway_per_az ? r.b[0].id : r.a.id",
         {"nat_gateway_per_az": (False, True)}),
        (("${r.a.id}", "${r.b.id}"), "Route/x", 'var.environment == "dev" ? r.a.id : r.b.id', {"environment": ("dev", "prod")}),
        ((["a"], ["a", "waf"]), "Page/alarms", 'concat(["a"], var.enable_waf ? ["waf"] : [])', {"enable_waf": (False, True)}),
        (({"a": 1}, {"a": 1, "waf": 2}), "Tags", "merge({\na = 1\n}, var.enable_waf ? {\nwaf = 2\n} : {})",
         {"enable_waf": (False, True)}),
        (({"a": "dev"}, "x"), "Any", 'jsondecode(var.environment == "dev" ? jsonencode({\na = "dev"\n}) : jsonencode("x"))',
         {"environment": ("dev", "prod")}),
    ],
)  # fmt: skip
def test_what_differs_is_a_variable(
    values: tuple[Any, ...], path: str, written: str, variables: dict[str, Any]
) -> None:
    """The setting of that value, a condition on one, or a variable named after the place."""
    settings = {
        "environment": ("dev", "prod"),
        "gateway_cpu": (256, 512),
        "enable_waf": (False, True),
        "nat_gateway_per_az": (False, True),
        "deletion_protection": (False, True),
    }
    merger = Merger(("dev", "prod"), settings)
    assert expression(merger.merge(values, path)) == written
    assert merger.variables == variables


def test_names_are_those_of_hcl() -> None:
    """Words in lower case, none twice in a row."""
    assert snake("Network/NatAAddress") == "network_nat_a_address"
    assert snake("Repository/Repository_force-delete") == "repository_force_delete"


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
    assert (done.returncode, done.stdout.splitlines()) == (0, ["hcl/gateway", "hcl/pipeline"])
    return project.folder / "hcl"


@pytest.fixture(scope="module")
def alone(project: Checkout) -> Path:
    """The folder to which the command wrote dev alone."""
    done = project.eject("hcl-dev", GATEWAY_ENVIRONMENTS="dev")
    assert (done.returncode, done.stdout.splitlines()) == (0, ["hcl-dev/gateway"])
    return project.folder / "hcl-dev" / "gateway"


def errors(folder: Path, environ: dict[str, str]) -> list[str]:
    """What `terraform validate` has against a folder."""
    for arguments in (["init", "-backend=false", "-input=false"], ["validate", "-json"]):
        done = subprocess.run(
            ["terraform", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=False
        )
    return [one["summary"] + one["detail"] for one in json.loads(done.stdout)["diagnostics"]]


@pytest.mark.parametrize("name", ["gateway", "pipeline"])
def test_what_is_written_is_valid(name: str, project: Checkout, ejected: Path) -> None:
    """terraform validate has neither an error nor a warning, with all environments in one module."""
    assert errors(ejected / name, project.environ) == []


def test_one_environment_needs_no_variables(project: Checkout, alone: Path) -> None:
    """Its values stand in the module, its state in the backend's block."""
    assert errors(alone, project.environ) == []
    assert list(alone.glob("*.tfvars")) + list(alone.glob("*.tfbackend")) == []
    assert 'bucket         = "ai-gateway-tfstate-dev"' in (alone / "main.tf").read_text(encoding="utf-8")
    assert "var." not in "".join(path.read_text(encoding="utf-8") for path in alone.glob("*.tf"))


def test_each_environment_has_its_variables_and_its_state(ejected: Path) -> None:
    """One file each, of the same names; scripts and long strings are files; what manages it is Terraform."""
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
    """The JWT action of the listener is one whether or not the provider on this machine has it in its schema."""
    listener = (ejected / "gateway" / "load_balancer.tf").read_text(encoding="utf-8")
    assert re.search(r"jwt_validation.*\n(.*\n)*?\s+issuer ", listener)


def test_each_construct_has_a_file_of_its_own(ejected: Path) -> None:
    """Named after it; what is the stack's own is in main.tf, and Terraform's formatter has nothing to add."""
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
    """Each address of the synthesized JSON is moved to one that is written, and no two to the same."""
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
    """People continue in those files, so they are never written over; nothing else is written either."""
    (project.folder / "again" / "gateway").mkdir(parents=True)
    done = project.eject("again")
    assert (done.returncode, done.stdout) == (
        1,
        "again/gateway exists already: move it away, or pass another folder with OUT=\n",
    )
    assert [path.name for path in (project.folder / "again").iterdir()] == ["gateway"]
    assert ejected.is_dir()


def test_bad_settings_and_places_are_one_line(project: Checkout, tmp_path: Path) -> None:
    """The settings' own message, and the path that cannot be written to."""
    assert project.eject("hcl-none", GATEWAY_ENVIRONMENTS="nosuch").stdout.startswith("no environment 'nosuch'")
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = project.eject(str(tmp_path / "file"), GATEWAY_ENVIRONMENTS="dev")
    assert (done.returncode, done.stdout) == (
        1,
        f"OUT={tmp_path}/file: {tmp_path}/file: File exists; pass a writable folder with OUT=\n",
    )


def test_what_it_cannot_write_it_names(tmp_path: Path) -> None:
    """A part of a stack that it does not know, a template that is none, two providers, and Terraform's own error."""
    with pytest.raises(EjectError, match=r"^the stack has import, moved, which `make hcl` cannot export$"):
        Module.of({"dev": {**STACK, "moved": [], "import": []}}, {}, {})
    with pytest.raises(EjectError, match=r"^'\$\{a' is not a valid Terraform template: its brace is never closed$"):
        expression("b ${a")
    other = {**STACK, "terraform": {**STACK["terraform"], "required_providers": {"aws": {"version": "1"}}}}
    with pytest.raises(
        EjectError, match=r"^aws_provider_version differs between the environments, but a module has one"
    ):
        Module.of({"dev": STACK, "prod": other}, SCHEMAS, {}).files()
    (tmp_path / "main.tf").write_text("{", encoding="utf-8")
    with pytest.raises(TerraformError, match=r"^Error: Argument or block definition required on main.tf line 1"):
        terraform(tmp_path, "fmt", "-no-color")


def resource(path: str, **values: object) -> dict[str, object]:
    """A resource of a construct."""
    return {"//": {"metadata": {"path": path}}, **values}


def test_references_nulls_and_metadata() -> None:
    """Meta-arguments hold names, what is null or cdktf's own is left out, and unknown objects are blocks."""
    values = {
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
    stack = {**STACK, "resource": {"t": {"r": resource("dev/SomeThing/R", **values)}}}
    assert Module.of({"dev": stack}, SCHEMAS, {}).files()["some_thing.tf"] == (
        'resource "t" "some_thing_r" {\nname = "x"\ndocument = jsonencode({\nn = tostring(1 + 1)\nt = data.d.x.text\n'
        'u = tostring(r.x.number)\nm = "a${1}"\n})\ndepends_on = [a.b]\nprovider = aws.other\nmap = {\nk = "v"\n}\n'
        "none = []\n\nlifecycle {\nignore_changes = all\n}\n\none {\na = 1\n}\n\ntwo {\nb = [1]\n}\n\ntwo {}\n}\n"
    )


def test_what_only_some_have_is_conditional() -> None:
    """A resource with a count and an index in its references, a block that is dynamic, an attribute that is null."""
    stacks = {
        "dev": {"r": {"A_1": resource("dev/A", x=1)}},
        "prod": {
            "r": {
                "A_1": resource("prod/A", x=1, y="${t.Waf_1.id}", depends_on=["t.Waf_1"], block=[{"n": 1}]),
            },
            "t": {"Waf_1": resource("prod/Waf", name="waf")},
        },
    }
    documents = {name: {**STACK, "resource": resources} for name, resources in stacks.items()}
    schemas = {**SCHEMAS, "resource_schemas": {}}
    files = Module.of(documents, schemas, {"environment": ("dev", "prod"), "enable_waf": (False, True)}).files()
    assert files["main.tf"].endswith(
        'resource "r" "a" {\nx = 1\ny = var.environment == "prod" ? t.waf[0].id : null\ndepends_on = [t.waf]\n\n'
        'dynamic "block" {\nfor_each = var.environment == "prod" ? [true] : []\n\ncontent {\nn = 1\n}\n}\n}\n\n'
        'resource "t" "waf" {\ncount = var.enable_waf ? 1 : 0\nname = "waf"\n}\n'
    )
    assert files["moved.tf"] == ("moved {\nfrom = r.A_1\nto = r.a\n}\n\nmoved {\nfrom = t.Waf_1\nto = t.waf[0]\n}\n")
    assert files["dev.tfvars"] == 'environment = "dev"\nenable_waf = false\n'
