"""What is wrong with an older project's file is said in one line with its place, and nothing is written."""

from collections.abc import Callable
from pathlib import Path

from tests.ops.conftest import Answer
from tests.ops.older_files import INPUTS, TFVARS, terragrunt

import pytest

LINE = TFVARS["dev"]
WRONG = {
    "a text for a number": (
        LINE.replace("512", '"512"'),
        "x.tfvars:4:15: gateway_cpu='512': must be a whole number",
    ),
    "a number for a text": (
        LINE.replace('"us-east-1"', "1.5"),
        "x.tfvars:2:14: aws_region=1.5: must be text in quotes",
    ),
    "a text for a switch": (
        LINE.replace("enable_waf = false", 'enable_waf = "no"'),
        "x.tfvars:8:14: enable_waf='no': must be True or False",
    ),
    "a list for a text": (
        LINE.replace('certificate_arn = ""', "certificate_arn = [1]"),
        "x.tfvars:9:19: certificate_arn=(1,): must be text in quotes",
    ),
    "a map for the name": (
        LINE.replace('"dev"', "{}", 1),
        "x.tfvars:1:15: environment={}: must be text in quotes",
    ),
    "rules, all at once": (
        LINE.replace("1024", "900").replace("capacity = 3", "capacity = 0"),
        "x.tfvars:7:28: autoscaling_max_capacity=0: must be from 1 to 5000 tasks\n"
        "x.tfvars:5:18: gateway_memory=900: with gateway_cpu=512 Fargate takes 1024, 2048, 3072 or 4096 MiB",
    ),
    "a setting that is missing": (
        LINE.replace("enable_waf = false\n", ""),
        "x.tfvars: enable_waf: missing; Put a WAF web ACL before the load balancer",
    ),
    "null for a setting without a default": (
        LINE.replace("enable_waf = false", "enable_waf = null"),
        "x.tfvars:8:14: enable_waf: missing; Put a WAF web ACL before the load balancer",
    ),
    "a name of the machinery": (
        LINE.replace('"dev"', '"schema"', 1),
        "x.tfvars:1:15: environment='schema': envs/schema is a part of this project; no environment can have this name",
    ),
    "functions and references, all at once": (
        LINE.replace("512", "local.cpu").replace('"us-east-1"', 'get_env("AWS_REGION")'),
        'x.tfvars:2:14: get_env("AWS_REGION") cannot be worked out without Terraform: write its value\n'
        "x.tfvars:4:15: local.cpu cannot be worked out without Terraform: write its value",
    ),
    "a condition": (
        LINE.replace("512", "true ? 1 : 2"),
        "x.tfvars:4:15: true ? 1 : 2 cannot be worked out without Terraform: write its value",
    ),
    "a sign that HCL does not have": ("a = @\n", "x.tfvars:1:5: does not parse: @ is not expected here"),
    "something left open": ("a = {\n  b = 1\n", "x.tfvars:2:8: does not parse: something is not closed here"),
    "no value": ("a =\n", "x.tfvars:1:4: does not parse: the end of the line is not expected here"),
    "two settings on a line": (
        'a = "x" b = "y"\n',
        "x.tfvars:1:9: does not parse: each setting stands on a line of its own",
    ),
    "a text over two lines": (
        LINE.replace('"dev"', '"de\nv"', 1),
        "x.tfvars:1:15: does not parse: a text in quotes ends on its line",
    ),
    "a setting twice": (
        LINE + "gateway_cpu = 1024\n",
        "x.tfvars:12:15: gateway_cpu is set a second time; it was on line 4",
    ),
    "a block": (
        'variable "x" {\n}\n',
        "x.tfvars:1:1: variable: is a block; a .tfvars file has lines of name = value only",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_place(folder: Path, ops: Callable[..., Answer], case: str) -> None:
    """File, line and column of each problem, and nothing is written."""
    text, says = WRONG[case]
    (folder / "x.tfvars").write_text(text, encoding="utf-8")
    done = ops("import-settings", "--from", "x.tfvars")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"{says}\n"
    assert list((folder / "envs").iterdir()) == []


@pytest.mark.parametrize(
    ("files", "source", "says"),
    [
        (
            {"staging/terragrunt.hcl": "locals {\n}\n"},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl: has no inputs; name the folder of an environment, e.g. "
            "terragrunt/staging",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace('"common.hcl", "_env/common.hcl"', '"shared.hcl"')},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl:6:35: there is no shared.hcl in the folders above",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace('"env.hcl"', '"gone.hcl"')},
            "terragrunt/staging",
            "terragrunt/staging/gone.hcl cannot be read: No such file or directory",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace("1024", "dependency.sizes.outputs.cpu")},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl:15:32: dependency.sizes.outputs.cpu cannot be worked out without "
            "Terraform: write its value",
        ),
        (
            {"staging/terragrunt.hcl": INPUTS.replace("local.env.locals", "local.nowhere.locals")},
            "terragrunt/staging",
            "terragrunt/staging/terragrunt.hcl:12:3: local.nowhere cannot be worked out without Terraform: write its "
            "value",
        ),
        (
            {"_env/common.hcl": 'locals {\n  portkey_image = "portkeyai/gateway:latest"\n}\n'},
            "terragrunt/staging",
            "terragrunt/_env/common.hcl:2:19: portkey_image='portkeyai/gateway:latest': ",
        ),
        (
            {"staging/env.hcl": "locals {\n  a = local.a\n  environment = local.b\n  b = local.environment\n}\n"},
            "terragrunt/staging",
            "terragrunt/staging/env.hcl:3:17: local.b cannot be worked out without Terraform: write its value",
        ),
        (
            {"staging/env.hcl": 'locals {\n  me = read_terragrunt_config("env.hcl")\n  environment = local.me.locals.x\n'
             "  x = local.environment\n}\n"},
            "terragrunt/staging",
            "terragrunt/staging/env.hcl:3:17: environment refers to itself",
        ),
        ({}, "nowhere", "nowhere: there is no such file or folder"),
        (
            {},
            "terragrunt/_env",
            "terragrunt/_env: holds no terragrunt.hcl; name a .tfvars file or the folder of a Terragrunt environment",
        ),
        ({"notes.txt": ""}, "terragrunt/notes.txt", "terragrunt/notes.txt: is neither a .tfvars file nor a "
         "terragrunt.hcl"),
    ],
    ids=["no inputs", "no common", "no env", "dependency", "no local", "rule", "circle", "reads itself", "no path",
         "no environment", "other file"],
)  # fmt: skip
def test_what_terragrunt_lacks_is_said_with_its_place(
    folder: Path, ops: Callable[..., Answer], files: dict[str, str], source: str, says: str
) -> None:
    """The file that is meant, of all that are read, and nothing is written."""
    terragrunt(folder, **files)
    done = ops("import-settings", "--from", source)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(says) if says.endswith(": ") else done.err == f"{says}\n"
    assert list((folder / "envs").iterdir()) == []


def test_a_root_that_cannot_be_read_is_told(folder: Path, ops: Callable[..., Answer]) -> None:
    """Its inputs, if it has any, are not taken over, and that is said."""
    terragrunt(folder)
    (folder / "terragrunt" / "terragrunt.hcl").unlink()
    done = ops("import-settings", "--from", "terragrunt/staging")
    assert done.code == 0
    assert done.out.splitlines()[1] == (
        "terragrunt/staging/terragrunt.hcl:2:10: there is no terragrunt.hcl in the folders above; what it sets is not "
        "taken over"
    )


def test_without_a_source_it_says_what_to_give(ops: Callable[..., Answer], folder: Path) -> None:
    """As when `make import-settings` is typed alone."""
    del folder
    done = ops("import-settings", "--from", "")
    assert (done.code, done.err) == (
        1,
        "say what to read: FROM=file.tfvars, or FROM=folder of a Terragrunt environment\n",
    )
