"""HCL expressions have the same values in Terraform as the JSON that they come from."""

import json
import subprocess
from pathlib import Path

from views.hcl.expressions import Conditional, Raw, expression

import pytest

pytestmark = pytest.mark.terraform

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
    """Return the outputs' values as Terraform computes them."""
    folder.mkdir()
    (folder / file).write_text(content, encoding="utf-8")
    # Outputs need no provider, so `init` and `output` are skipped; each would start Terraform again.
    subprocess.run(["terraform", "apply", "-auto-approve", "-input=false"], cwd=folder, check=True, capture_output=True)
    state = json.loads((folder / "terraform.tfstate").read_text(encoding="utf-8"))
    return {name: output["value"] for name, output in state["outputs"].items()}


def test_expressions_mean_the_same(tmp_path: Path) -> None:
    """Terraform evaluates every kind of value equally in JSON and in HCL."""
    values = {f"o{number}": value for number, value in enumerate(VALUES)}
    in_json = {"output": {name: {"value": value} for name, value in values.items()}}
    in_hcl = "".join(f"output {name} {{\n  value = {expression(value)}\n}}\n" for name, value in values.items())
    expected = evaluated(tmp_path / "json", "main.tf.json", json.dumps(in_json))
    assert evaluated(tmp_path / "hcl", "main.tf", in_hcl) == expected
    assert len(expected) == len([value for value in values.values() if value is not None])


def test_conditional_members_are_concatenated_and_merged(tmp_path: Path) -> None:
    """Conditional members of lists and objects are concatenated or merged, whatever their type and position."""
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
