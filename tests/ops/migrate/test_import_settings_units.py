"""Terragrunt units with blocks, functions, encodings and stacks give the values that Terragrunt would compute."""

import json
from pathlib import Path
from typing import Any

from ops.migrate.older_settings import checked, find, given
from tests.support.other_teams_files import (
    EXPOSED,
    GENERATED,
    ROOT,
    SETTINGS,
    STACK,
    UNIT,
    VPC,
    Kind,
    unit,
    without,
    write,
)

import pytest

DEEP = ROOT.replace("}\n", '  merge_strategy = "deep"\n}\n')


def generated(values: str, inputs: str, **expected: Any) -> Kind:  # noqa: ANN401 (any setting)
    """Return a unit as `terragrunt stack generate` writes it, with its values file."""
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
    """Each unit gives the settings that Terraform would get."""
    kind = KINDS[name]
    write(Path.cwd(), kind.files)
    found = checked(given(find(Path(kind.source), None)), None)
    assert {setting: found.get(setting) for setting in SETTINGS | kind.expected} == SETTINGS | kind.expected
