"""The files of a module, written from small documents."""

from pathlib import Path
from typing import Any

from tools.provider_mirror import TerraformError, terraform
from views.hcl.expressions import EjectError, expression
from views.hcl.module import Module

import pytest

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


@pytest.mark.terraform
def test_what_it_cannot_write_it_names(tmp_path: Path) -> None:
    """Unsupported stack parts, invalid templates, different providers and Terraform's own errors are reported."""
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
    """Return a resource of a construct."""
    return {"//": {"metadata": {"path": path}}, **values}


def test_references_nulls_and_metadata() -> None:
    """Meta-arguments hold references, nulls and cdktf's metadata are omitted, and unknown objects become blocks."""
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
    """What only some environments have becomes a count with indexed references, a dynamic block, or a null."""
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
