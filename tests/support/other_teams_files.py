"""Settings files of other teams for tests: the settings they all contain, and the kinds of files."""

import json
from pathlib import Path
from typing import Any

import attrs

SETTINGS: dict[str, Any] = {
    "environment": "qa",
    "aws_region": "us-east-1",
    "gateway_desired_count": 2,
    "gateway_cpu": 512,
    "gateway_memory": 1024,
    "autoscaling_min_capacity": 1,
    "autoscaling_max_capacity": 3,
    "enable_waf": False,
    "certificate_arn": "",
    "cognito_domain_prefix": "gw-qa",
    "enable_jwt_auth": False,
}
UNIT = "live/qa/terragrunt.hcl"
VPC = 'dependency "vpc" {\n  config_path = "../vpc"\n'
GENERATED = "live/.terragrunt-stack/gateway"
STACK = """locals {
  cpu = 512
}
unit "gateway" {
  source = "${get_repo_root()}/units/gateway"
  path   = "gateway"
  values = {
    cpu = local.cpu
  }
}
"""


def without(*names: str) -> str:
    """All settings except the named ones, as lines of HCL."""
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in SETTINGS.items() if name not in names)


@attrs.frozen
class Kind:
    """Files by path, which of them to read, and the settings or the start of the error that result."""

    files: dict[str, str]
    source: str
    expected: dict[str, Any]


def tfvars(text: str, **expected: Any) -> Kind:  # noqa: ANN401 (any setting)
    """A .tfvars file that starts with `text`, followed by the other settings."""
    return Kind({"x.tfvars": text + without(*expected)}, "x.tfvars", expected)


def of_json(text: str, **expected: Any) -> Kind:  # noqa: ANN401 (any setting)
    """A .tfvars.json file that starts with the member `text`, followed by the other settings."""
    rest = json.dumps({name: value for name, value in SETTINGS.items() if name not in expected})
    return Kind({"x.tfvars.json": f"{{{text}, {rest[1:]}"}, "x.tfvars.json", expected)


def unit(text: str, inputs: str, files: dict[str, str] | None = None, **expected: Any) -> Kind:  # noqa: ANN401
    """A Terragrunt unit with `text` before its inputs, which begin with `inputs`."""
    body = f"{text}\ninputs = {{\n{inputs}\n{without(*expected)}}}\n"
    return Kind({UNIT: body, **(files or {})}, "live/qa", expected)


ROOT = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n'
EXPOSED = ROOT.replace("}\n", "  expose = true\n}\n")


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
