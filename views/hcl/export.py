"""`make hcl`: writes the environments in GATEWAY_ENVIRONMENTS (default: all) as readable HCL.

It is for users who want to continue without this project: one module, a variable file for each environment, names
without hashes. The state and its backend stay, so a plan only moves addresses and changes the tag ManagedBy. The export
needs the provider's schema, since Terraform's JSON does not distinguish blocks and attributes.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from envs import EnvironmentsError, load_environments
from envs.schema import PIPELINE_SUFFIX, Environment
from main import build_app
from tools import provider_mirror
from views.hcl.blocks import Schema
from views.hcl.expressions import EjectError
from views.hcl.module import Module, settings_of

SUFFIXES = {"gateway": "", "pipeline": PIPELINE_SUFFIX}
"""Suffix of the stack's name after the environment's, by output folder."""
GUIDE = """# {title}

{several}
```console
{commands}
```

The first plan has two kinds of changes:

- Each resource moves to a name without a hash (`moved.tf`); nothing is replaced. Delete that file after every
  environment has been applied.
- The tag `ManagedBy` becomes `terraform` on every resource that has tags.
"""


def _schemas(folder: Path) -> Schema:
    """The schemas of the AWS provider with which rehearsals run."""
    needs = {"aws": {"source": "hashicorp/aws", "version": provider_mirror.chosen().version}}
    (folder / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": needs}}), encoding="utf-8")
    provider_mirror.terraform(folder, "init", "-input=false", "-no-color")
    told = provider_mirror.terraform(folder, "providers", "schema", "-json")
    (schemas,) = json.loads(told)["provider_schemas"].values()
    found: Schema = schemas
    return found


def _guide(name: str, environments: list[str]) -> str:
    several, commands = "", ["$ terraform init", "$ terraform plan"]
    if len(environments) > 1:
        several = "One module for all environments; each has a variable file with the values that differ.\n"
        commands = [
            f"$ terraform init -reconfigure -backend-config={one}.s3.tfbackend\n$ terraform plan -var-file={one}.tfvars"
            for one in environments
        ]
    title = f"The {name} of {', '.join(environments)}"
    return GUIDE.format(title=title, several=several, commands="\n".join(commands))


def eject(synthesized: Path, out: Path, environments: list[Environment]) -> list[Path]:
    """Write a folder for the gateways and one for the pipelines; returns their paths.

    Raises EjectError where a folder exists or the stacks cannot be written as one module, and TerraformError where
    Terraform fails; nothing is written then.
    """
    stacks = synthesized / "stacks"
    groups = {
        folder: [one for one in environments if (stacks / f"{one.environment}{suffix}").is_dir()]
        for folder, suffix in SUFFIXES.items()
    }
    groups = {folder: group for folder, group in groups.items() if group}
    for name in groups:
        if (out / name).exists():
            raise EjectError(f"{out / name} exists already: move it away, or pass another folder with OUT=")
    out.mkdir(parents=True, exist_ok=True)
    # In the same file system, so that the folders can be renamed atomically.
    with tempfile.TemporaryDirectory(dir=out, prefix=".hcl-") as place:
        made = Path(place)
        (made / "schema").mkdir()
        schemas = _schemas(made / "schema")
        for name, group in groups.items():
            documents = {
                one.environment: json.loads(
                    (stacks / f"{one.environment}{SUFFIXES[name]}" / "cdk.tf.json").read_text(encoding="utf-8")
                )
                for one in group
            }
            written = Module.of(documents, schemas, settings_of(group)).files()
            for file, content in {**written, "README.md": _guide(name, list(documents))}.items():
                path = made / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
            provider_mirror.terraform(made / name, "fmt", "-no-color")
        return [(made / name).rename(out / name) for name in groups]


def main(arguments: list[str] | None = None) -> int:
    """Write the HCL; returns 1, with one line per problem on stderr, where that fails."""
    parser = argparse.ArgumentParser(prog="python -m views.hcl.export", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder to write to; it is created if it is missing")
    out: Path = parser.parse_args(arguments).out
    try:
        environments = load_environments()
        with tempfile.TemporaryDirectory() as folder:
            build_app(environments, outdir=folder).synth()
            written = eject(Path(folder), out, environments)
    except (EnvironmentsError, EjectError, provider_mirror.TerraformError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"OUT={out}: {error.filename}: {error.strerror}; pass a writable folder with OUT=", file=sys.stderr)
        return 1
    for folder_of_one in written:
        print(folder_of_one)
    return 0


if __name__ == "__main__":
    sys.exit(main())
