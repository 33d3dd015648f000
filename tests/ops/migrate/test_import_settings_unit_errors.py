"""Terragrunt units that cannot be evaluated, each with the exact place and message."""

from pathlib import Path

from ops.aws import OperatorError
from ops.migrate.older_settings import checked, find, given
from tests.support.other_teams_files import GENERATED, STACK, UNIT, VPC, Kind, without

import pytest


def wrong(text: str, inputs: str, files: dict[str, str] | None = None, *, source: str = "live/qa") -> Kind:
    """Return a unit with an error."""
    return Kind({UNIT: f"{text}\ninputs = {{\n{inputs}\n{without('gateway_cpu')}}}\n", **(files or {})}, source, {})


ERRORS = {
    "a mock output that Terragrunt may not take": (
        wrong(VPC + "  mock_outputs = { cpu = 512 }\n}", "gateway_cpu = dependency.vpc.outputs.cpu"),
        f"{UNIT}:6:15: dependency.vpc.outputs.cpu cannot be evaluated without the deployment: replace it by its value",
    ),
    "a decrypted setting": (
        wrong('locals {\n  s = yamldecode(sops_decrypt_file("s.yaml"))\n}', "gateway_cpu = local.s.cpu"),
        f'{UNIT}:2:18: sops_decrypt_file("s.yaml") cannot be evaluated without the deployment: replace it by its value',
    ),
    "a value of a stack that is not generated": (
        wrong("", "gateway_cpu = values.cpu"),
        f"{UNIT}:3:15: values.cpu comes from a stack: run `terragrunt stack generate`, and pass the unit's folder in "
        ".terragrunt-stack",
    ),
    "a value that the stack does not pass": (
        wrong("", "gateway_cpu = values.cpu", {"live/qa/terragrunt.values.hcl": "memory = 1\n"}),
        f'{UNIT}:3:21: Unsupported attribute: This object does not have an attribute named "cpu".',
    ),
    "a stack that is not generated": (
        Kind({"live/terragrunt.stack.hcl": STACK}, "live", {}),
        "live/terragrunt.stack.hcl: is a stack of units: run `terragrunt stack generate` there, then pass the gateway's "
        "unit, e.g. FROM=live/.terragrunt-stack/gateway",
    ),
    "a stack that is generated": (
        Kind({"live/terragrunt.stack.hcl": STACK, f"{GENERATED}/terragrunt.hcl": ""}, "live/terragrunt.stack.hcl", {}),
        f"live/terragrunt.stack.hcl: is a stack of units: pass the gateway's unit, e.g. FROM={GENERATED}",
    ),
    "a file that includes itself": (
        wrong('include "me" {\n  path = "terragrunt.hcl"\n}', "gateway_cpu = 512"),
        f"{UNIT}:2:10: {UNIT} includes itself",
    ),
    "files that read each other in a circle": (
        wrong(
            'locals {\n  a = read_terragrunt_config("../a/a.hcl").locals.cpu\n}',
            "gateway_cpu = local.a",
            {
                "live/a/a.hcl": 'locals {\n  cpu = read_terragrunt_config("../b/b.hcl").locals.cpu\n}\n',
                "live/b/b.hcl": 'locals {\n  cpu = read_terragrunt_config("../a/a.hcl").locals.cpu\n}\n',
            },
        ),
        "live/a/a.hcl:2:9: refers to itself: local.cpu (live/a/a.hcl:2:9) -> local.cpu (live/b/b.hcl:2:9) -> local.cpu",
    ),
    "units that read each other's inputs": (
        wrong(
            "",
            'gateway_cpu = read_terragrunt_config("../vpc/terragrunt.hcl").inputs.cpu',
            {
                "live/vpc/terragrunt.hcl": 'inputs = {\n  cpu = read_terragrunt_config("../qa/terragrunt.hcl").inputs.gateway_cpu\n}\n'
            },
        ),
        f"{UNIT}:2:10: refers to itself: inputs ({UNIT}:2:10) -> inputs (live/vpc/terragrunt.hcl:1:10) -> inputs",
    ),
    "a file that does not parse, read by another": (
        wrong(
            'locals {\n  a = read_terragrunt_config("a.hcl")\n}',
            "gateway_cpu = local.a.locals.x",
            {"live/qa/a.hcl": "locals {\n  x = [1\n}\n"},
        ),
        "live/qa/a.hcl:3:1: does not parse: } is not expected here",
    ),
    "a YAML file that does not parse": (
        wrong("", 'gateway_cpu = yamldecode(file("s.yaml")).cpu', {"live/qa/s.yaml": "a: [1\n"}),
        f"{UNIT}:3:15: Error in function call: ",
    ),
    "a for over what is not there": (
        wrong("", "gateway_cpu = [for n in local.gone : n][0]"),
        f"{UNIT}:3:25: local.gone: terragrunt.hcl has no local gone",
    ),
    "inputs that are a list": (
        Kind({UNIT: "inputs = [1]\n"}, "live/qa", {}),
        f"{UNIT}:1:10: inputs must be an object",
    ),
    "an object alone": (
        Kind({UNIT: "{ a = 1 }\n"}, "live/qa", {}),
        f"{UNIT}:1:1: does not parse: {{ is not expected here",
    ),
    "UTF-16": (Kind({UNIT: "\ud83d"}, "live/qa", {}), f"{UNIT} cannot be read: it is not UTF-8 text"),
    "Windows line ends, with the right line": (
        Kind(
            {UNIT: f'inputs = {{\n\tgateway_cpu = "ü${{local.x}}"\n{without("gateway_cpu")}}}\n'.replace("\n", "\r\n")},
            "live/qa",
            {},
        ),
        f"{UNIT}:2:20: local.x: terragrunt.hcl has no local x",
    ),
    "columns after letters of other alphabets": (
        wrong("", 'gateway_cpu = "äöü☕" == 1 ? 512 : measure_of("x")'),
        f'{UNIT}:3:35: Call to unknown function: There is no function named "measure_of".',
    ),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_evaluated_is_an_error_with_its_place(name: str) -> None:
    """Each error has the file, line and column to change."""
    kind, says = ERRORS[name]
    for path, text in kind.files.items():
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-16" if "\ud83d" in text else "utf-8", "surrogatepass"))
    with pytest.raises(OperatorError) as refused:
        checked(given(find(Path(kind.source), None)), None)
    found = str(refused.value)
    assert (found[: len(says)] if says.endswith(": ") else found) == says
