"""Terragrunt units of kinds that teams write: blocks, functions, encodings, stacks, and what is an error in them."""

import json
from pathlib import Path
from typing import Any

from ops.aws import OperatorError
from ops.migrate.older_settings import checked, find, given
from tests.ops.migrate.kinds import EXPOSED, ROOT, SETTINGS, UNIT, Kind, unit, without, write

import pytest

VPC = 'dependency "vpc" {\n  config_path = "../vpc"\n'
DEEP = ROOT.replace("}\n", '  merge_strategy = "deep"\n}\n')
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


def generated(values: str, inputs: str, **expected: Any) -> Kind:  # noqa: ANN401 (any setting)
    """A unit as `terragrunt stack generate` writes it, with its values next to it."""
    files = {
        "live/terragrunt.stack.hcl": STACK,
        f"{GENERATED}/terragrunt.values.hcl": values,
        f"{GENERATED}/terragrunt.hcl": f"inputs = {{\n{inputs}\n{without(*expected)}}}\n",
    }
    return Kind(files, GENERATED, expected)


KINDS = {
    "blocks that set no variable": unit(
        'generate "provider" {\n  path = "provider.tf"\n  if_exists = "overwrite_terragrunt"\n  contents = <<-EOF\n'
        '    provider "aws" {\n      region = "${local.region}" # "}\n      x = "%{ if true }a%{ else }b%{ endif }"\n'
        '    }\n  EOF\n}\nremote_state {\n  backend = "s3"\n  generate = { path = "backend.tf", if_exists = "overwrite" }\n'
        '  config = {\n    key = "${path_relative_to_include()}/terraform.tfstate"\n  }\n}\n'
        'exclude {\n  if = feature.off.value\n  actions = ["plan", "apply"]\n  exclude_dependencies = false\n}\n'
        'errors {\n  retry "net" {\n    retryable_errors = [".*(timeout|reset).*"]\n    max_attempts = 3\n'
        "    sleep_interval_sec = 5\n  }\n}\n"
        'engine {\n  source = "./engine"\n}\ncatalog {\n  urls = ["."]\n}\ndependencies {\n  paths = ["../vpc"]\n}\n'
        'feature "off" {\n  default = false\n}\nlocals {\n  region = "eu-west-1"\n}\n'
        'terraform {\n  source = "git::git@example.com:acme/m.git//gw?ref=v1"\n'
        '  before_hook "fmt" {\n    commands = ["plan"]\n    execute = ["tofu", "fmt"]\n  }\n}\n'
        'terraform_binary = "tofu"\nprevent_destroy = true\niam_role = "arn:aws:iam::123456789012:role/x"\n',
        "aws_region = local.region",
        aws_region="eu-west-1",
    ),
    "mock outputs that no setting needs": unit(
        VPC + '  mock_outputs = {\n    id = "vpc-mock"\n  }\n  mock_outputs_allowed_terraform_commands = ["plan"]\n}\n',
        "vpc_ref = dependency.vpc.outputs.id\ngateway_cpu = 512",
        gateway_cpu=512,
    ),
    "mock outputs that are always taken": unit(
        VPC + '  skip_outputs = true\n  mock_outputs = {\n    cidr = "10.7.0.0/16"\n  }\n}\n',
        "vpc_cidr = dependency.vpc.outputs.cidr",
        vpc_cidr="10.7.0.0/16",
    ),
    "mock outputs of the root that are always taken": unit(
        ROOT,
        'vpc_cidr = dependency.vpc.outputs["cidr"]',
        {
            "live/root.hcl": VPC
            + '  skip_outputs = true\n  mock_outputs = { cidr = local.c }\n}\nlocals {\n  c = "10.7.0.0/16"\n}\n'
        },
        vpc_cidr="10.7.0.0/16",
    ),
    "a default where a dependency is not known": unit(
        VPC + "}\n", 'x = try(dependency.vpc.outputs.cidr, "10.9.0.0/16")\ngateway_cpu = 512', gateway_cpu=512
    ),
    "run_cmd with options that no setting needs": unit(
        'locals {\n  sha = run_cmd("--terragrunt-quiet", "git", "rev-parse", "HEAD")\n  cpu = 512\n}',
        'tag = "v-${local.sha}"\ngateway_cpu = local.cpu',
        gateway_cpu=512,
    ),
    "a decrypted file next to plain values": unit(
        'locals {\n  s = jsondecode(sops_decrypt_file(find_in_parent_folders("s.enc.json")))\n'
        "  all = merge({ gateway_cpu = 512 }, { key = local.s.key })\n}",
        "gateway_cpu = local.all.gateway_cpu",
        {"live/s.enc.json": "{}"},
        gateway_cpu=512,
    ),
    "read_tfvars_file of JSON": unit(
        'locals {\n  v = jsondecode(read_tfvars_file("${get_terragrunt_dir()}/c.tfvars.json"))\n}',
        "gateway_cpu = local.v.sizes[0]",
        {"live/qa/c.tfvars.json": '{"sizes": [512]}'},
        gateway_cpu=512,
    ),
    "read_tfvars_file of a file with objects": unit(
        'locals {\n  v = jsondecode(read_tfvars_file(find_in_parent_folders("common.tfvars")))\n}',
        "gateway_cpu = local.v.sizes.qa",
        {"live/common.tfvars": 'sizes = {\n  qa = 512\n}\nname = "Zürich"\n'},
        gateway_cpu=512,
    ),
    "locals of locals of files": unit(
        'locals {\n  e = read_terragrunt_config(find_in_parent_folders("env.hcl"))\n  s = local.e.locals.sizes\n'
        "  mine = lookup(local.s, local.e.locals.name, local.s.default)\n  cpu = local.mine.cpu\n}",
        "gateway_cpu = local.cpu",
        {
            "live/env.hcl": 'locals {\n  name = "qa"\n  sizes = { default = { cpu = 256 }, qa = { cpu = local.c } }\n  c = 512\n}\n'
        },
        gateway_cpu=512,
    ),
    "merge of for, conditions and null": unit(
        'locals {\n  raw = { "gateway-cpu" = 512, "gateway-memory" = 1024 }\n'
        '  own = { for k, v in local.raw : replace(k, "-", "_") => v if v != null }\n}',
        "gateway_cpu = local.own.gateway_cpu\nenable_waf = length(local.own) == 2 && !false",
        gateway_cpu=512,
        enable_waf=True,
    ),
    "inputs that are merged from files with for": Kind(
        {
            UNIT: 'locals {\n  files = ["base.yaml", "qa.yaml"]\n}\ninputs = merge([\n  for f in local.files :\n'
            '  yamldecode(file("${get_terragrunt_dir()}/${f}"))\n]...)\n',
            "live/qa/base.yaml": "gateway_cpu: 256\nnote: grüße\n" + json.dumps(SETTINGS)[1:-1].replace(", ", "\n"),
            "live/qa/qa.yaml": "vpc_cidr: 10.3.0.0/16\n",
        },
        "live/qa",
        {"vpc_cidr": "10.3.0.0/16"},
    ),
    "splats": unit(
        'locals {\n  nets = [{ cidr = "10.1.0.0/16" }, { cidr = "10.2.0.0/16" }]\n}',
        "ingress_cidrs = local.nets[*].cidr",
        ingress_cidrs=("10.1.0.0/16", "10.2.0.0/16"),
    ),
    "older splats and indexes": unit(
        'locals {\n  nets = [{ cidr = "10.1.0.0/16" }]\n  sizes = [512]\n}',
        "ingress_cidrs = local.nets.*.cidr\ngateway_cpu = local.sizes.0",
        ingress_cidrs=("10.1.0.0/16",),
        gateway_cpu=512,
    ),
    "templatefile": unit(
        "",
        'cognito_domain_prefix = trimspace(templatefile("prefix.tftpl", { env = "qa" }))',
        {"live/qa/prefix.tftpl": "gw-${env}%{ if true }-x%{ endif }\n"},
        cognito_domain_prefix="gw-qa-x",
    ),
    "fileset and fileexists": unit(
        "",
        'gateway_cpu = fileexists("big") ? 1024 : length(fileset(get_terragrunt_dir(), "*.size")) * 512',
        {"live/qa/one.size": ""},
        gateway_cpu=512,
    ),
    "regular expressions and csv": unit(
        'locals {\n  parts = regex("^(?P<env>[a-z]+)-(?P<cpu>\\\\d+)$", "qa-512")\n'
        '  rows = csvdecode(file("sizes.csv"))\n}',
        'gateway_cpu = tonumber(local.parts["cpu"])\ngateway_memory = one([for r in local.rows : r.memory if r.env == "qa"])',
        {"live/qa/sizes.csv": "env,memory\ndev,512\nqa,1024\n"},
        gateway_cpu=512,
        gateway_memory=1024,
    ),
    "locals as a whole": unit(
        "locals {\n  gateway_cpu = 512\n}", 'gateway_cpu = lookup(local, "gateway_cpu", 256)', gateway_cpu=512
    ),
    "a loop over locals": unit(
        'locals {\n  a = "10.1.0.0/16"\n}', "ingress_cidrs = [for k, v in local : v]", ingress_cidrs=("10.1.0.0/16",)
    ),
    "names of references as keys": unit(
        "locals {\n  m = { local = 1, values : 2, include = 3, dependency = 512 }\n}",
        "gateway_cpu = local.m.dependency",
        gateway_cpu=512,
    ),
    "flags in a root": unit(
        EXPOSED,
        "gateway_cpu = include.root.locals.cpu",
        {
            "live/root.hcl": 'feature "big" {\n  default = false\n}\nlocals {\n  cpu = feature.big.value ? 4096 : 512\n}\n'
        },
        gateway_cpu=512,
    ),
    "tabs, Windows line ends and a byte order mark": Kind(
        {
            UNIT: "\ufeff"
            + f"locals {{\n\tx\t=\t<<EOT\nä\nEOT\n\tcpu\t=\t512 // ü\n}}\ninputs\t=\t{{\n\tgateway_cpu = local.cpu\n{without('gateway_cpu')}}}\n".replace(
                "\n", "\r\n"
            )
        },
        "live/qa",
        {"gateway_cpu": 512},
    ),
    "letters of other alphabets": unit(
        'locals {\n  größe = { "küche ☕" = 512 }\n  naïve = "gw-qa"\n}',
        'gateway_cpu = local.größe["küche ☕"]\ncognito_domain_prefix = local.naïve',
        gateway_cpu=512,
        cognito_domain_prefix="gw-qa",
    ),
    "a deep include with null and objects": unit(
        DEEP,
        "gateway_cpu = 512\nextra = { b = 2 }",
        {
            "live/root.hcl": 'inputs = {\n  gateway_cpu = 256\n  extra = { a = 1 }\n  ingress_cidrs = ["10.1.0.0/16"]\n}\n'
        },
        gateway_cpu=512,
        ingress_cidrs=("10.1.0.0/16",),
    ),
    "files that read each other": unit(
        'locals {\n  a = read_terragrunt_config("../a/a.hcl")\n}',
        "gateway_cpu = local.a.locals.cpu",
        {
            "live/a/a.hcl": 'locals {\n  b = read_terragrunt_config("../b/b.hcl").locals.half\n  cpu = local.b * 2\n}\n',
            "live/b/b.hcl": "locals {\n  half = 256\n}\n",
        },
        gateway_cpu=512,
    ),
    "inputs of another unit": unit(
        'locals {\n  vpc = read_terragrunt_config("../vpc/terragrunt.hcl")\n}',
        "vpc_cidr = local.vpc.inputs.cidr",
        {
            "live/vpc/terragrunt.hcl": VPC
            + '}\ninputs = {\n  cidr = "10.6.0.0/16"\n  peer = dependency.vpc.outputs.id\n}\n'
        },
        vpc_cidr="10.6.0.0/16",
    ),
    "a unit of a stack": generated("cpu = 512\n", "gateway_cpu = values.cpu", gateway_cpu=512),
    "a unit of a stack with defaults": generated(
        "x = 1\n",
        'gateway_cpu = try(values.cpu, 512)\nenable_waf = lookup(values, "waf", true)',
        gateway_cpu=512,
        enable_waf=True,
    ),
    "all values of a stack": Kind(
        {
            "live/terragrunt.stack.hcl": STACK,
            f"{GENERATED}/terragrunt.values.hcl": "gateway_cpu = 512\nenable_waf = true\n",
            f"{GENERATED}/terragrunt.hcl": f"inputs = merge({{\n{without('gateway_cpu', 'enable_waf')}}}, values)\n",
        },
        GENERATED,
        {"gateway_cpu": 512, "enable_waf": True},
    ),
    "a heredoc whose end has spaces": unit(
        'locals {\n  t = <<-EOT\n    ${"gw"}-qa\n    EOT  \n}',
        "cognito_domain_prefix = chomp(local.t)",
        cognito_domain_prefix="gw-qa",
    ),
    "braces and quotes in templates": unit(
        'locals {\n  m = { a = "}" }\n}',
        'cognito_domain_prefix = "gw-${join("", [for s in ["q", "a"] : "${s}"])}${local.m["a"] == "}" ? "" : "x"}"',
        cognito_domain_prefix="gw-qa",
    ),
    "dollars and percents": unit(
        'locals {\n  a = "$5 100% $${x} %%{y} $"\n  n = length(local.a)\n}',
        "gateway_cpu = local.n * 0 + 512",
        gateway_cpu=512,
    ),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", KINDS)
def test_units_are_read(name: str) -> None:
    """Each gives the settings that Terraform would get."""
    kind = KINDS[name]
    write(Path.cwd(), kind.files)
    found = checked(given(find(Path(kind.source), None)), None)
    assert {setting: found.get(setting) for setting in SETTINGS | kind.expected} == SETTINGS | kind.expected


def wrong(text: str, inputs: str, files: dict[str, str] | None = None, *, source: str = "live/qa") -> Kind:
    """A unit that is wrong."""
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
    """File, line and column of what a person has to change."""
    kind, says = ERRORS[name]
    for path, text in kind.files.items():
        file = Path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-16" if "\ud83d" in text else "utf-8", "surrogatepass"))
    with pytest.raises(OperatorError) as refused:
        checked(given(find(Path(kind.source), None)), None)
    found = str(refused.value)
    assert (found[: len(says)] if says.endswith(": ") else found) == says
