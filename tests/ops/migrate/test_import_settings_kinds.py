"""Variable files and units of many kinds give the values that Terraform and Terragrunt would compute."""

import json
from pathlib import Path

from ops.migrate.older_settings import checked, find, given
from tests.support.other_teams_files import EXPOSED, ROOT, SETTINGS, UNIT, Kind, of_json, tfvars, unit, without, write

import pytest

GRUNTWORK = {
    "live/root.hcl": """locals {
  account_vars = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  region_vars  = read_terragrunt_config(find_in_parent_folders("region.hcl"))
  env_vars     = read_terragrunt_config(find_in_parent_folders("env.hcl"))
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite_terragrunt"
  contents  = <<EOF
provider "aws" {
  region = "${local.region_vars.locals.aws_region}"
}
EOF
}
inputs = merge(
  local.account_vars.locals,
  local.region_vars.locals,
  local.env_vars.locals,
)
""",
    "live/acme/account.hcl": 'locals {\n  account_id = "123456789012"\n}\n',
    "live/acme/eu/region.hcl": 'locals {\n  aws_region = "eu-west-1"\n}\n',
    "live/acme/eu/qa/env.hcl": 'locals {\n  environment = "qa"\n}\n',
    "live/acme/eu/qa/gateway/terragrunt.hcl": ROOT + f"inputs = {{\n{without('environment', 'aws_region')}}}\n",
}

KINDS = {
    # Variable files
    "a number in quotes": tfvars(
        'gateway_cpu = "1024"\ngateway_memory = "2048"\n', gateway_cpu=1024, gateway_memory=2048
    ),
    "a boolean in quotes": tfvars('enable_waf = "true"\n', enable_waf=True),
    "a decimal": tfvars("gateway_cpu = 512.0\n", gateway_cpu=512),
    "an exponent": tfvars("gateway_memory = 1.024e3\n", gateway_memory=1024),
    "arithmetic": tfvars("gateway_cpu = 2 * 256\n", gateway_cpu=512),
    "arithmetic in parentheses": tfvars("gateway_memory = (\n  1 + 1\n) * 512\n", gateway_memory=1024),
    "a condition of constants": tfvars('gateway_cpu = "a" == "a" ? 512 : 256\n', gateway_cpu=512),
    "null, which is not set": tfvars("vpc_cidr = null\n", vpc_cidr="10.0.0.0/16"),
    "a comment before the value": tfvars('aws_region = /* the EU */ "eu-west-1"\n', aws_region="eu-west-1"),
    "a comment before the sign": tfvars('aws_region /* the EU */ = "eu-west-1"\n', aws_region="eu-west-1"),
    "comments after values": tfvars(
        "gateway_cpu = 512 # units\nenable_waf = true // on\n", gateway_cpu=512, enable_waf=True
    ),
    "a setting in a comment": tfvars("/*\ngateway_cpu = 4096\n*/\n# gateway_cpu = 256\n", vpc_cidr="10.0.0.0/16"),
    "signs of comments in a string": tfvars(
        'vpc_cidr = "10.9.0.0/16"\nnote = "a # b // c /* d"\n', vpc_cidr="10.9.0.0/16"
    ),
    "Windows line ends": Kind({"x.tfvars": without().replace("\n", "\r\n")}, "x.tfvars", SETTINGS),
    "a byte order mark": Kind({"x.tfvars": "\ufeff" + without()}, "x.tfvars", SETTINGS),
    "no line end at the end": Kind({"x.tfvars": without().rstrip("\n")}, "x.tfvars", SETTINGS),
    "escapes": tfvars('cognito_domain_prefix = "gw\\u002dqa"\n', cognito_domain_prefix="gw-qa"),
    "an escaped template": tfvars('tag = "$${x} %%{y}"\ngateway_cpu = 512\n', gateway_cpu=512),
    "a list over lines": tfvars(
        'ingress_cidrs = [\n  "10.1.0.0/16", # office\n  "10.2.0.0/16",\n]\n',
        ingress_cidrs=("10.1.0.0/16", "10.2.0.0/16"),
    ),
    "a list of numbers in quotes": tfvars('gateway_egress_ports = ["443", 5432]\n', gateway_egress_ports=(443, 5432)),
    "a heredoc that is no setting": tfvars(
        "motd = <<EOT\ngateway_cpu = 1\nenable_waf = }\nEOT\ngateway_cpu = 512\n", gateway_cpu=512
    ),
    "a heredoc with an indent": tfvars("motd = <<-EOT\n    x ${y}\n    EOT\ngateway_cpu = 512\n", gateway_cpu=512),
    "nested objects that are no setting": tfvars(
        'tags = { a = { "b" = [1, { c : 2 }] } }\nx-y = 1\nübung = "ü"\ngateway_cpu = 512\n', gateway_cpu=512
    ),
    "single_nat_gateway": tfvars("single_nat_gateway = false\n", nat_gateway_per_az=True),
    "single_nat_gateway in quotes": tfvars('single_nat_gateway = "true"\n', nat_gateway_per_az=False),
    "one_nat_gateway_per_az": tfvars("one_nat_gateway_per_az = true\n", nat_gateway_per_az=True),
    "the load balancer's protection": tfvars("enable_deletion_protection = true\n", deletion_protection=True),
    "the pool's protection": tfvars('cognito_deletion_protection = "ACTIVE"\n', deletion_protection=True),
    "JSON": Kind({"x.tfvars.json": json.dumps(SETTINGS, indent=2)}, "x.tfvars.json", SETTINGS),
    "JSON with strings": of_json('"gateway_cpu": "512", "enable_waf": "true"', gateway_cpu=512, enable_waf=True),
    "JSON with null": of_json('"vpc_cidr": null', vpc_cidr="10.0.0.0/16"),
    "JSON with what looks like a template": of_json('"tag": "${x}", "gateway_cpu": 512', gateway_cpu=512),
    "a folder's own files, the last counts": Kind(
        {
            "terraform.tfvars": without("gateway_cpu", "gateway_memory") + "gateway_cpu = 256\ngateway_memory = 512\n",
            "terraform.tfvars.json": '{"gateway_cpu": 1024}',
            "b.auto.tfvars": "gateway_memory = 4096\n",
            "a.auto.tfvars.json": '{"gateway_memory": 2048}',
            "other.tfvars": "gateway_cpu = 1\n",
        },
        ".",
        {"gateway_cpu": 1024, "gateway_memory": 4096},
    ),
    # Terragrunt units
    "plain inputs": Kind({UNIT: f"inputs = {{\n{without()}}}\n"}, "live/qa", SETTINGS),
    "strings in inputs": unit("", 'gateway_cpu = "512"\nenable_waf = "true"', gateway_cpu=512, enable_waf=True),
    "null in inputs": unit("", "vpc_cidr = null", vpc_cidr="10.0.0.0/16"),
    "colons and commas": unit("", 'gateway_cpu : 512, "enable_waf" = true,', gateway_cpu=512, enable_waf=True),
    "a key that is computed": unit('locals {\n  k = "cpu"\n}', '"gateway_${local.k}" = 512', gateway_cpu=512),
    "locals": unit("locals {\n  n = 2\n  cpu = local.n * 256\n}", "gateway_cpu = local.cpu", gateway_cpu=512),
    "a condition": unit('locals {\n  env = "qa"\n}', 'enable_waf = local.env == "qa" ? true : false', enable_waf=True),
    "an index": unit(
        "locals {\n  sizes = { qa = [512, 1024] }\n}", 'gateway_cpu = local.sizes["qa"][0]', gateway_cpu=512
    ),
    "lookup": unit(
        "locals {\n  sizes = { qa = 512 }\n}", 'gateway_cpu = lookup(local.sizes, "qa", 256)', gateway_cpu=512
    ),
    "try": unit("locals {\n  m = {}\n}", "gateway_cpu = try(local.m.cpu, 512)", gateway_cpu=512),
    "format and join": unit(
        "",
        'cognito_domain_prefix = format("%s-%s", join("-", ["gw", "x"]), lower("QA"))',
        cognito_domain_prefix="gw-x-qa",
    ),
    "tobool and tonumber": unit(
        "", 'enable_waf = tobool("true")\ngateway_cpu = tonumber("512")', enable_waf=True, gateway_cpu=512
    ),
    "for": unit(
        "", 'ingress_cidrs = [for n in range(1, 3) : "10.${n}.0.0/16"]', ingress_cidrs=("10.1.0.0/16", "10.2.0.0/16")
    ),
    "a template with a condition": unit(
        "", 'cognito_domain_prefix = "gw%{ if true }-qa%{ endif }"', cognito_domain_prefix="gw-qa"
    ),
    "a template with strip markers": unit(
        'locals {\n  e = "qa"\n}', 'cognito_domain_prefix = "gw-${~ local.e ~}"', cognito_domain_prefix="gw-qa"
    ),
    "a heredoc": unit("", "cognito_domain_prefix = trimspace(<<EOT\ngw-qa\nEOT\n)", cognito_domain_prefix="gw-qa"),
    "get_env with a default": unit("", 'aws_region = get_env("NOT_SET_ANYWHERE", "eu-west-1")', aws_region="eu-west-1"),
    "get_env of what is set": unit(
        "", 'aws_region = get_env("SET_BY_THE_TEST", "eu-west-1")', aws_region="eu-central-1"
    ),
    "merge of everything": Kind(
        {
            UNIT: f"locals {{\n  base = {{\n{without('gateway_cpu')}}}\n}}\ninputs = merge(local.base, {{ gateway_cpu = 512 }})\n"
        },
        "live/qa",
        SETTINGS,
    ),
    "jsondecode of a file": unit(
        "", 'gateway_cpu = jsondecode(file("sizes.json")).cpu', {"live/qa/sizes.json": '{"cpu": 512}'}, gateway_cpu=512
    ),
    "yamldecode of a file above": unit(
        'locals {\n  c = yamldecode(file(find_in_parent_folders("common.yaml")))\n}',
        "gateway_cpu = local.c.cpu",
        {"live/common.yaml": "cpu: 512\n"},
        gateway_cpu=512,
    ),
    "a file by get_terragrunt_dir": unit(
        "",
        'aws_region = trimspace(file("${get_terragrunt_dir()}/region.txt"))',
        {"live/qa/region.txt": "eu-west-1\n"},
        aws_region="eu-west-1",
    ),
    "read_tfvars_file": unit(
        'locals {\n  v = jsondecode(read_tfvars_file("common.tfvars"))\n}',
        "gateway_cpu = local.v.cpu",
        {"live/qa/common.tfvars": "cpu = 512\n"},
        gateway_cpu=512,
    ),
    "read_terragrunt_config with a default": unit(
        'locals {\n  o = read_terragrunt_config("none.hcl", { locals = { cpu = 512 } })\n}',
        "gateway_cpu = local.o.locals.cpu",
        gateway_cpu=512,
    ),
    "read_terragrunt_config by find_in_parent_folders with one": unit(
        'locals {\n  o = read_terragrunt_config(find_in_parent_folders("none.hcl", "none.hcl"), { inputs = {} })\n}',
        'gateway_cpu = lookup(local.o.inputs, "cpu", 512)',
        gateway_cpu=512,
    ),
    "read_terragrunt_config of a computed path": unit(
        'locals {\n  n = "sizes"\n  o = read_terragrunt_config("${local.n}.hcl")\n}',
        "gateway_cpu = local.o.inputs.cpu",
        {"live/qa/sizes.hcl": "inputs = {\n  cpu = 512\n}\n"},
        gateway_cpu=512,
    ),
    "a file that is read looks from its own folder": unit(
        'locals {\n  o = read_terragrunt_config("../shared/sizes.hcl")\n}',
        "gateway_cpu = local.o.locals.cpu",
        {
            "live/shared/sizes.hcl": 'locals {\n  r = read_terragrunt_config("more.hcl")\n  cpu = local.r.locals.cpu\n}\n',
            "live/shared/more.hcl": "locals {\n  cpu = 512\n}\n",
        },
        gateway_cpu=512,
    ),
    "the folder's name": unit(
        "", 'cognito_domain_prefix = "gw-${basename(get_terragrunt_dir())}"', cognito_domain_prefix="gw-qa"
    ),
    "Gruntwork's layout": Kind(GRUNTWORK, "live/acme/eu/qa/gateway", {"aws_region": "eu-west-1", "environment": "qa"}),
    "path_relative_to_include in a root": unit(
        ROOT, "", {"live/root.hcl": "inputs = {\n  environment = path_relative_to_include()\n}\n"}, environment="qa"
    ),
    "get_parent_terragrunt_dir": unit(
        ROOT,
        'gateway_cpu = jsondecode(file("${get_parent_terragrunt_dir()}/sizes.json")).cpu',
        {"live/root.hcl": "locals {\n}\n", "live/sizes.json": '{"cpu": 512}'},
        gateway_cpu=512,
    ),
    "an include by get_terragrunt_dir": unit(
        'include "common" {\n  path = "${get_terragrunt_dir()}/../common.hcl"\n}',
        "",
        {"live/common.hcl": "inputs = {\n  gateway_cpu = 512\n}\n"},
        gateway_cpu=512,
    ),
    "an include on one line": unit(
        'include { path = "../common.hcl" }',
        "",
        {"live/common.hcl": "inputs = {\n  gateway_cpu = 512\n}\n"},
        gateway_cpu=512,
    ),
    "an include that is exposed": unit(
        EXPOSED,
        "gateway_cpu = include.root.locals.cpu * 2",
        {"live/root.hcl": "locals {\n  cpu = 256\n}\n"},
        gateway_cpu=512,
    ),
    "several includes": unit(
        EXPOSED + 'include "size" {\n  path = "../size.hcl"\n  expose = true\n}\n',
        "enable_waf = include.size.inputs.waf\naws_region = include.root.locals.region",
        {
            "live/root.hcl": 'locals {\n  region = "eu-west-1"\n}\ninputs = {\n  gateway_cpu = 1024\n  gateway_memory = 2048\n}\n',
            "live/size.hcl": "inputs = {\n  gateway_cpu = 512\n  waf = true\n}\n",
        },
        gateway_cpu=512,
        gateway_memory=2048,
        enable_waf=True,
        aws_region="eu-west-1",
    ),
    "an include that is not merged": unit(
        EXPOSED.replace("expose", 'merge_strategy = "no_merge"\n  expose'),
        "gateway_memory = 1024",
        {"live/root.hcl": 'inputs = {\n  vpc_cidr = "10.9.0.0/16"\n}\n'},
        vpc_cidr="10.0.0.0/16",
        gateway_memory=1024,
    ),
    "an include that is merged deeply": unit(
        ROOT.replace("}\n", '  merge_strategy = "deep"\n}\n'),
        'ingress_cidrs = ["10.2.0.0/16"]',
        {"live/root.hcl": 'inputs = {\n  ingress_cidrs = ["10.1.0.0/16"]\n}\n'},
        ingress_cidrs=("10.1.0.0/16", "10.2.0.0/16"),
    ),
    "outputs of dependencies that no setting needs": unit(
        'dependency "vpc" {\n  config_path = "../vpc"\n}',
        "vpc_ref = dependency.vpc.outputs.id\ngateway_cpu = 512",
        gateway_cpu=512,
    ),
    "a program that no setting needs": unit(
        'locals {\n  who = run_cmd("whoami")\n}', "owner = local.who\ngateway_cpu = 512", gateway_cpu=512
    ),
    "a decrypted file that no setting needs": unit(
        'locals {\n  s = yamldecode(sops_decrypt_file("s.yaml"))\n}',
        "key = local.s.key\ngateway_cpu = 512",
        gateway_cpu=512,
    ),
    "a local that nothing needs": unit(
        'locals {\n  x = find_in_parent_folders("nowhere.hcl")\n}', "gateway_cpu = 512", gateway_cpu=512
    ),
    "a flag": unit('feature "waf" {\n  default = true\n}', "enable_waf = feature.waf.value", enable_waf=True),
    "terraform.tfvars next to it counts more": unit(
        "", "", {"live/qa/terraform.tfvars": "gateway_cpu = 512\n"}, gateway_cpu=512
    ),
    "all settings in terraform.tfvars": Kind(
        {UNIT: "locals {\n}\n", "live/qa/terraform.tfvars": without()}, "live/qa", SETTINGS
    ),
    "an auto file next to it": unit("", "", {"live/qa/z.auto.tfvars.json": '{"gateway_cpu": 512}'}, gateway_cpu=512),
    "TF_VAR in extra_arguments": unit(
        'terraform {\n  extra_arguments "v" {\n    commands = get_terraform_commands_that_need_vars()\n'
        '    env_vars = {\n      TF_VAR_gateway_cpu = "512"\n      OTHER = "x"\n    }\n  }\n}',
        "gateway_cpu = 1024",
        gateway_cpu=512,
    ),
    "-var in extra_arguments": unit(
        'terraform {\n  extra_arguments "v" {\n    commands = ["plan", "apply"]\n    arguments = [\n      "-var", "gateway_cpu=512",\n'
        '      "-var=enable_waf=true", "-lock-timeout=5m", "-var", "ingress_cidrs=[\\"10.1.0.0/16\\"]",\n    ]\n  }\n}',
        "gateway_cpu = 1024",
        gateway_cpu=512,
        enable_waf=True,
        ingress_cidrs=("10.1.0.0/16",),
    ),
    "arguments of another command": unit(
        'terraform {\n  extra_arguments "v" {\n    commands = ["init"]\n    arguments = ["-var", "gateway_memory=4096"]\n  }\n}',
        "gateway_memory = 1024",
        gateway_memory=1024,
    ),
    "-var-file in extra_arguments": unit(
        'terraform {\n  extra_arguments "v" {\n    commands = ["plan"]\n    arguments = ["-var-file=${get_terragrunt_dir()}/../qa.tfvars"]\n  }\n}',
        "",
        {"live/qa.tfvars": "gateway_cpu = 512\n"},
        gateway_cpu=512,
    ),
    "required and optional files": unit(
        'terraform {\n  extra_arguments "v" {\n    commands = ["plan"]\n'
        '    required_var_files = [find_in_parent_folders("common.tfvars")]\n'
        '    optional_var_files = ["${get_terragrunt_dir()}/none.tfvars", "${get_terragrunt_dir()}/qa.tfvars"]\n  }\n}',
        "",
        {
            "live/common.tfvars": "gateway_cpu = 1024\ngateway_memory = 2048\n",
            "live/qa/qa.tfvars": "gateway_cpu = 512\n",
        },
        gateway_cpu=512,
        gateway_memory=2048,
    ),
    "arguments of the root": unit(
        ROOT,
        "",
        {
            "live/root.hcl": 'terraform {\n  extra_arguments "v" {\n    commands = ["plan"]\n    arguments = ["-var=gateway_cpu=512"]\n  }\n}\n'
        },
        gateway_cpu=512,
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_files_of_other_teams_are_read(here: Path, name: str) -> None:
    """Each kind of file gives the settings that Terraform would get."""
    kind = KINDS[name]
    write(here, kind.files)
    notes: list[str] = []
    found = given(find(Path(kind.source), None), notes)
    values = {"vpc_cidr": "10.0.0.0/16"} | checked(found, None)
    assert {setting: values[setting] for setting in kind.expected} == kind.expected
    assert {setting: values[setting] for setting in SETTINGS if setting not in kind.expected} == {
        setting: value for setting, value in SETTINGS.items() if setting not in kind.expected
    }


def test_there_are_enough_of_them() -> None:
    """There are at least sixty kinds of files."""
    assert len(KINDS) >= 60
