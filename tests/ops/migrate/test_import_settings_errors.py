"""Each error in an older project's file gives one line with file, line and column, and nothing is written."""

from collections.abc import Callable
from pathlib import Path

from tests.ops.conftest import Answer
from tests.ops.migrate.older_files import INPUTS, TFVARS, terragrunt

import pytest

LINE = TFVARS["dev"]
WRONG = {
    "a word for a number": (
        LINE.replace("512", '"much"'),
        "x.tfvars:4:15: gateway_cpu='much': must be a whole number",
    ),
    "half a number": (
        LINE.replace("512", "512.5"),
        "x.tfvars:4:15: gateway_cpu=512.5: must be a whole number",
    ),
    "a text for a switch": (
        LINE.replace("enable_waf = false", 'enable_waf = "no"'),
        "x.tfvars:8:14: enable_waf='no': must be True or False",
    ),
    "a list for a text": (
        LINE.replace('certificate_arn = ""', "certificate_arn = [1]"),
        "x.tfvars:9:19: certificate_arn=[1]: must be a string in quotes",
    ),
    "a map for the name": (
        LINE.replace('"dev"', "{}", 1),
        "x.tfvars:1:15: environment={}: must be a string in quotes",
    ),
    "rules, all at once": (
        LINE.replace("1024", "900").replace("capacity = 3", "capacity = 0"),
        "x.tfvars:7:28: autoscaling_max_capacity=0: must be from 1 to 5000 tasks\n"
        "x.tfvars:5:18: gateway_memory=900: with gateway_cpu=512 Fargate takes 1024, 2048, 3072 or 4096 MiB",
    ),
    "a setting that is missing": (
        LINE.replace("enable_waf = false\n", ""),
        "x.tfvars: enable_waf: missing; Attach a WAF web ACL to the load balancer",
    ),
    "null for a setting without a default": (
        LINE.replace("enable_waf = false", "enable_waf = null"),
        "x.tfvars:8:14: enable_waf: missing; Attach a WAF web ACL to the load balancer",
    ),
    "a name of the machinery": (
        LINE.replace('"dev"', '"schema"', 1),
        "x.tfvars:1:15: environment='schema': envs/schema is part of this project, so an environment cannot have this name: choose another one",
    ),
    "functions and references, all at once": (
        LINE.replace("512", "local.cpu").replace('"us-east-1"', 'get_env("AWS_REGION")'),
        'x.tfvars:2:14: get_env("AWS_REGION"): a .tfvars file may not have references or functions\n'
        "x.tfvars:4:15: local.cpu: a .tfvars file may not have references or functions",
    ),
    "a reference in a string": (
        LINE.replace('"us-east-1"', '"us-${local.area}-1"'),
        'x.tfvars:2:14: "us-${local.area}-1": a .tfvars file may not have references or functions',
    ),
    "arithmetic with a string": (
        LINE.replace("512", '2 * "x"'),
        "x.tfvars:4:19: Invalid operand: Unsuitable value for right operand: a number is required.",
    ),
    "a condition without an end": (
        LINE.replace("512", "true ? 1"),
        "x.tfvars:4:23: Missing false expression in conditional: The conditional operator (...?...:...) requires a false "
        "expression, delimited by a colon.",
    ),
    "an unknown escape": (
        LINE.replace('"us-east-1"', '"us\\d"'),
        'x.tfvars:2:17: Invalid escape sequence: The symbol "d" is not a valid escape sequence selector.',
    ),
    "an access key": (
        LINE.replace('"ai-gateway-dev"', '"AKIAABCDEFGHIJKLMNOP"'),
        "x.tfvars:10:25: cognito_domain_prefix: looks like an AWS access key, which is never copied: remove it there, and "
        "store it with `make secrets`",
    ),
    "a password in a URL": (
        LINE + 'portkey_image = "https://me:hunter2@registry.example.com/gateway:1"\n',
        "x.tfvars:12:17: portkey_image: looks like a password in a URL, which is never copied: remove it there, and store "
        "it with `make secrets`",
    ),
    "a sign that HCL does not have": ("a = @\n", "x.tfvars:1:5: does not parse: @ is not expected here"),
    "something left open": ("a = {\n  b = 1\n", "x.tfvars:1:5: does not parse: { is never closed"),
    "no value": ("a =\n", "x.tfvars:1:4: does not parse: a has no value"),
    "two settings on a line": (
        'a = "x" b = "y"\n',
        "x.tfvars:1:9: does not parse: each setting must be on a line of its own",
    ),
    "a text over two lines": (
        LINE.replace('"dev"', '"de\nv"', 1),
        "x.tfvars:1:15: does not parse: the string is not closed on its line",
    ),
    "a setting twice": (
        LINE + "gateway_cpu = 1024\n",
        "x.tfvars:12:15: gateway_cpu is set twice; the first time is on line 4",
    ),
    "a heredoc without an end": ("a = <<EOT\nx\n", "x.tfvars:1:5: does not parse: <<EOT is never closed"),
    "a bracket of another kind": ("a = [1}\n", "x.tfvars:1:7: does not parse: } is not expected here"),
    "a word alone": ("a = 1\nb\n", "x.tfvars:2:1: does not parse: b has no value"),
    "a block": (
        'variable "x" {\n}\n',
        "x.tfvars:1:1: variable: is a block; a .tfvars file may have `name = value` only",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place(folder: Path, ops: Callable[..., Answer], case: str) -> None:
    """Each error has file, line and column, and nothing is written."""
    text, says = WRONG[case]
    (folder / "x.tfvars").write_text(text, encoding="utf-8")
    done = ops("import-settings", "--from", "x.tfvars")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"{says}\n"
    assert list((folder / "envs").iterdir()) == []


JSON = {
    "no value": ('{"gateway_cpu": }', "x.tfvars.json:1:17: does not parse: Expecting value"),
    "a list": ("[1]", "x.tfvars.json:1:1: must be an object with the names and values of variables"),
    "a name twice": ('{"a": 1,\n "a": 2}', "x.tfvars.json:2:2: a is set twice"),
    "a rule": (
        '{\n "environment": "dev",\n "gateway_cpu": 5\n}',
        "x.tfvars.json:3:17: gateway_cpu=5: must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units",
    ),
}


@pytest.mark.parametrize("case", JSON)
def test_what_is_wrong_in_json_is_said_with_its_place(folder: Path, ops: Callable[..., Answer], case: str) -> None:
    """Errors in JSON files have file, line and column, and nothing is written."""
    text, says = JSON[case]
    (folder / "x.tfvars.json").write_text(text, encoding="utf-8")
    done = ops("import-settings", "--from", "x.tfvars.json")
    assert (done.code, done.out) == (1, "")
    assert says in done.err.splitlines()
    assert list((folder / "envs").iterdir()) == []


UNIT = "terragrunt/staging/terragrunt.hcl"
NO_COMMON = INPUTS.replace('"common.hcl", "_env/common.hcl"', '"_env/common.hcl"')
NO_UNIT: dict[str, tuple[dict[str, str], str]] = {
    "no inputs": (
        {"staging/terragrunt.hcl": "locals {\n}\n"},
        f"{UNIT}: has no inputs: pass the folder of an environment, e.g. terragrunt/staging",
    ),
    "no common file": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("_env/common.hcl", "shared.hcl")},
        f"{UNIT}:6:35: there is no shared.hcl in the folders above staging/",
    ),
    "no env file": (
        {"staging/terragrunt.hcl": NO_COMMON.replace('"env.hcl"', '"gone.hcl"')},
        f"{UNIT}:7:12: there is no file terragrunt/staging/gone.hcl",
    ),
    "no root": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("folders()", 'folders("root.hcl")')},
        f"{UNIT}:2:10: there is no root.hcl in the folders above staging/",
    ),
    "no included file": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("find_in_parent_folders()", '"../root.hcl"')},
        f"{UNIT}:2:10: there is no file terragrunt/root.hcl",
    ),
    "an include that does not parse": (
        {"staging/terragrunt.hcl": NO_COMMON, "terragrunt.hcl": "inputs = {\n  a = [\n}\n"},
        "terragrunt/terragrunt.hcl:3:1: does not parse: } is not expected here",
    ),
    "an include of an include": (
        {"staging/terragrunt.hcl": NO_COMMON, "terragrunt.hcl": 'include "x" {\n  path = "x.hcl"\n}\n'},
        "terragrunt/terragrunt.hcl:1:1: an included file cannot include another one",
    ),
    "an include that is not exposed": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", "include.root.locals.cpu")},
        f"{UNIT}:15:32: include.root.locals.cpu: the include does not set expose = true",
    ),
    "an include that is not there": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", "include.size.locals.cpu")},
        f"{UNIT}:15:32: include.size.locals.cpu: there is no such include",
    ),
    "a strategy that is not there": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("folders()\n", 'folders()\n  merge_strategy = "all"\n')},
        f"{UNIT}:3:20: merge_strategy='all': must be shallow, deep, no_merge",
    ),
    "an output of a dependency": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", "dependency.sizes.outputs.cpu")},
        f"{UNIT}:15:32: dependency.sizes.outputs.cpu cannot be evaluated without the deployment: replace it by its value",
    ),
    "an output in a local": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", "local.cpu").replace(
            "locals {", "locals {\n  cpu = tonumber(dependency.sizes.outputs.cpu) * 2")},
        f"{UNIT}:6:18: dependency.sizes.outputs.cpu cannot be evaluated without the deployment: replace it by its value",
    ),
    "a program": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", 'run_cmd("nproc")')},
        f'{UNIT}:15:32: run_cmd("nproc") cannot be evaluated without the deployment: replace it by its value',
    ),
    "inputs that nobody knows": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("local.env.locals,", "dependency.x.outputs,")},
        f"{UNIT}:12:3: dependency.x.outputs cannot be evaluated without the deployment: replace it by its value",
    ),
    "a variable of the shell": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", 'get_env("NOT_SET_ANYWHERE")')},
        f"{UNIT}:15:32: NOT_SET_ANYWHERE is not set in your environment: export it as for terragrunt",
    ),
    "no local": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("local.env.locals", "local.nowhere.locals")},
        f"{UNIT}:12:3: local.nowhere.locals: terragrunt.hcl has no local nowhere",
    ),
    "no member": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", "local.env.locals.cpu")},
        f'{UNIT}:15:48: Unsupported attribute: This object does not have an attribute named "cpu".',
    ),
    "no function": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", 'measure_of("x")')},
        f'{UNIT}:15:32: Call to unknown function: There is no function named "measure_of".',
    ),
    "a reference of Terraform": (
        {"staging/terragrunt.hcl": NO_COMMON.replace("1024", "path.module")},
        f"{UNIT}:15:32: path.module: Terragrunt has no such reference",
    ),
    "a rule": (
        {"staging/terragrunt.hcl": NO_COMMON,
         "_env/common.hcl": 'locals {\n  portkey_image = "portkeyai/gateway:latest"\n}\n'},
        "terragrunt/_env/common.hcl:2:19: portkey_image='portkeyai/gateway:latest': ",
    ),
    "a circle": (
        {"staging/terragrunt.hcl": NO_COMMON,
         "staging/env.hcl": "locals {\n  environment = local.b\n  b = local.environment\n}\n"},
        "terragrunt/staging/env.hcl:2:17: refers to itself: local.environment (terragrunt/staging/env.hcl:2:17) -> local.b "
        "(terragrunt/staging/env.hcl:3:7) -> local.environment",
    ),
    "a file that reads itself": (
        {"staging/terragrunt.hcl": NO_COMMON,
         "staging/env.hcl": 'locals {\n  me = read_terragrunt_config("env.hcl")\n  environment = local.me.locals.x\n}\n'},
        "terragrunt/staging/env.hcl:2:8: refers to itself: local.me (terragrunt/staging/env.hcl:2:8) -> local.me",
    ),
    "a file of variables that is not there": (
        {"staging/terragrunt.hcl": 'terraform {\n  extra_arguments "v" {\n    commands = ["plan"]\n'
         '    required_var_files = ["gone.tfvars"]\n  }\n}\n' + NO_COMMON},
        f"{UNIT}:4:26: there is no file terragrunt/staging/gone.tfvars",
    ),
    "a rule in terraform.tfvars": (
        {"staging/terragrunt.hcl": NO_COMMON, "staging/terraform.tfvars": "\ngateway_cpu = 3\n"},
        "terragrunt/staging/terraform.tfvars:2:15: gateway_cpu=3: must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 "
        "CPU units",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NO_UNIT)
def test_what_terragrunt_lacks_is_said_with_its_place(folder: Path, ops: Callable[..., Answer], case: str) -> None:
    """The error names the file to change, of all files that a unit reads, and nothing is written."""
    files, says = NO_UNIT[case]
    terragrunt(folder, **files)
    done = ops("import-settings", "--from", "terragrunt/staging")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(says) if says.endswith(": ") else done.err == f"{says}\n", done.err
    assert list((folder / "envs").iterdir()) == []


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("nowhere", "nowhere: there is no such file or folder"),
        (
            "terragrunt/_env",
            "terragrunt/_env: has neither terragrunt.hcl nor terraform.tfvars: pass a .tfvars file or the folder of a "
            "Terragrunt environment",
        ),
        (
            "terragrunt/notes.txt",
            "terragrunt/notes.txt: must be a .tfvars, .tfvars.json or .hcl file, e.g. terragrunt.hcl",
        ),
    ],
)
def test_what_is_no_source_is_said(folder: Path, ops: Callable[..., Answer], source: str, says: str) -> None:
    """A source that cannot be read is refused, and the error lists what can be read."""
    terragrunt(folder, **{"notes.txt": ""})
    done = ops("import-settings", "--from", source)
    assert (done.code, done.out, done.err) == (1, "", f"{says}\n")


def test_notes_survive_an_error(folder: Path, ops: Callable[..., Answer]) -> None:
    """A note about a file that Terragrunt would find elsewhere is printed before any error."""
    terragrunt(folder, **{"staging/terragrunt.hcl": INPUTS.replace("1024", "1")})
    done = ops("import-settings", "--from", "terragrunt/staging")
    assert done.code == 1
    assert done.out == (
        f"{UNIT}:6:35: terragrunt would read _env/common.hcl in the unit's folder, which has none; the one above it was read\n"
    )
    assert done.err.startswith(f"{UNIT}:15:32: gateway_cpu=1: must be one of")


def test_without_a_source_it_says_what_to_give(ops: Callable[..., Answer], folder: Path) -> None:
    """`make import-settings` without FROM prints how to pass a source."""
    del folder
    done = ops("import-settings", "--from", "")
    assert (done.code, done.err) == (
        1,
        "no file to read: pass FROM=<file>.tfvars, or FROM=<folder of a Terragrunt environment>\n",
    )
