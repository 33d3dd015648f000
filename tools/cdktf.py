"""Runs the cdktf CLI of package-lock.json with the project's Node, Terraform and environment variables.

`.tools/bin/cdktf` calls it. It adds options that cdktf leaves to the user: a working folder for each stack, so that
two deployments from one checkout do not delete each other's; no provider lock, for which cdktf would call a registry;
and a CLI configuration with which Terraform installs hashicorp/aws only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).absolute().parent.parent
sys.path.insert(0, str(ROOT))  # python -I leaves it out

from tools import cli_configuration  # noqa: E402 (after the line above)
from tools.environment import child_environment, ignored  # noqa: E402

WORK = ROOT / ".work"
"""Working folders of deployments, e.g. `.work/dev` as cdktf's output folder for the stack `dev`."""
ON_STACKS = frozenset({"deploy", "apply", "destroy", "diff", "plan", "output"})
WITH_VALUE = frozenset({"--app", "-a", "--output", "-o", "--var", "--var-file", "--outputs-file", "--parallelism",
                        "--terraform-parallelism"})  # fmt: skip
"""Options whose value is the next argument."""


def stacks_of(arguments: list[str]) -> list[str]:
    """The stack names in a command line."""
    return [
        word
        for number, word in enumerate(arguments[1:], start=1)
        if not word.startswith("-") and arguments[number - 1] not in WITH_VALUE
    ]


def completed(arguments: list[str]) -> list[str]:
    """A command line with the added options; commands that do not work on stacks stay as they are."""
    if not arguments or arguments[0] not in ON_STACKS:
        return arguments
    added = ["--skip-provider-lock"]
    names = stacks_of(arguments)
    says_where = any(word.split("=")[0] in ("--output", "-o") for word in arguments)
    if len(names) == 1 and "*" not in names[0] and not says_where and "CDKTF_OUTDIR" not in os.environ:
        WORK.mkdir(exist_ok=True)  # cdktf creates its output folder, but not the parent
        added += ["--output", str(WORK / names[0])]
    return [*arguments, *added]


def main(arguments: list[str]) -> int:
    """Replace this process by cdktf; returns 1 where cdktf is missing or the CLI configuration is invalid."""
    cli = ROOT / "node_modules" / ".bin" / "cdktf"
    if not cli.exists():
        print("cdktf is not installed: run `make setup`", file=sys.stderr)
        return 1
    for line in ignored():
        print(line, file=sys.stderr)
    sys.stderr.flush()
    environ = child_environment()
    if arguments and arguments[0] in ON_STACKS:
        try:
            environ["TF_CLI_CONFIG_FILE"] = str(cli_configuration.write(WORK / "cdktf", environ))
        except cli_configuration.CliConfigurationError as error:
            print(error, file=sys.stderr)
            return 1
    os.execve(cli, [str(cli), *completed(arguments)], environ)  # noqa: S606 (no shell is wanted)
    return 0  # never reached


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
