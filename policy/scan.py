"""Runs the scanners: checkov over a stack's JSON or a plan, parliament over its IAM documents."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from policy import records
from policy.findings import Finding, PolicyError
from resource_types import record_of
from resource_types.expressions import Reference, replaced
from resource_types.stack import SynthesizedStack
from tools.environment import child_environment

BIN = Path(__file__).parent / ".venv" / "bin"
FRAMEWORKS = {"synthesized": "terraform_json", "plan": "terraform_plan"}
"""checkov's names; with `terraform` it reads no JSON and finds nothing wrong."""
IDENTIFIERS = defaultdict(
    lambda: "x",
    partition="aws",
    region="us-east-1",
    account_id="123456789012",
    key_id="12345678-1234-1234-1234-123456789012",
    suffix="abcdef",
)
"""What stands in the ARN of a resource that does not exist."""


def _program(name: str) -> str:
    path = BIN / name
    if not path.exists():
        raise PolicyError(f"policy/.venv has no {name}: run `make policy/.venv/.synced`")
    return str(path)


def checkov(files: Mapping[str, Path], documents: Mapping[str, Mapping[str, Any]], *, source: str) -> Iterator[Finding]:
    """What checkov finds in each environment's file (`synthesized`: its JSON, `plan`: `terraform show -json`).

    Raises PolicyError for a file that is not there, at which checkov would hang, and where checkov fails.
    """
    for path in files.values():
        if not path.is_file():
            raise PolicyError(f"{path}: there is no such file to scan")
    chosen = [argument for path in files.values() for argument in ("--file", str(path))]
    command = [
        _program("python"),
        _program("checkov"),
        *chosen,
        "--framework",
        FRAMEWORKS[source],
        "--output=json",
        "--compact",
    ]
    done = subprocess.run(
        [*command, "--soft-fail", "--skip-download", "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        env={**child_environment(), "LOG_LEVEL": "ERROR"},
    )
    try:
        answer = json.loads(done.stdout)
        results, summary = answer["results"], answer["summary"]
    except (ValueError, KeyError, TypeError):
        raise PolicyError(f"checkov answered no results: {(done.stderr or done.stdout)[-300:].strip()}") from None
    if summary["parsing_errors"] or not summary["passed"]:
        raise PolicyError(f"checkov could not read {', '.join(map(str, files.values()))}")
    named = {str(path.resolve()): environment for environment, path in files.items()}
    for check in results["failed_checks"]:
        environment = named[str(Path(check["file_abs_path"]).resolve())]
        name = check["resource"].rpartition(".")[2]
        blocks = SynthesizedStack.of(documents[environment]).terraform.values()
        resource = next((block.path for block in blocks if block.address.endswith(f".{name}")), name)
        yield Finding(environment, check["check_id"], resource, check["check_name"])


def _placeholder(expression: str) -> str:
    """A value of the form that a reference has: an ARN of its type's, or a number."""
    reference = Reference.parse(expression)
    if reference is None or reference.attribute != "arn":
        return IDENTIFIERS["account_id"]
    template = record_of(reference.type).arn or f"arn:{{partition}}:{reference.type}:{{region}}:{{account_id}}:x"
    return template.format_map(IDENTIFIERS)


def iam_documents(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The IAM documents of a stack, by the construct that has them; references are replaced by ARNs of their kind."""
    for block in SynthesizedStack.of(document).resources.values():
        found = list(block.iam_documents())
        if block.type == "aws_iam_role_policy" and not found:
            raise PolicyError(f"{block.address}: a policy without a Statement")
        for text in found:
            yield block.path, replaced(text, _placeholder)


def iam(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """What parliament finds in the IAM documents of each environment. Raises PolicyError where it fails."""
    asked = [(name, *one) for name, document in documents.items() for one in iam_documents(document)]
    done = subprocess.run(
        [_program("python"), "-W", "ignore", str(Path(__file__).parent / "iam_lint.py")],
        input=json.dumps([text for _, _, text in asked]),
        capture_output=True,
        text=True,
        check=False,
        env=child_environment(),
    )
    if done.returncode:
        raise PolicyError(f"parliament failed: {done.stderr[-300:].strip()}")
    for (environment, resource, _), findings in zip(asked, json.loads(done.stdout), strict=True):
        for one in findings:
            yield Finding(environment, one["check"], resource, one["title"])


def scan(folder: Path, names: list[str]) -> list[Finding]:
    """Everything the scanners hold against these environments, synthesized to `folder`."""
    if not names:
        return []
    files = {name: folder / "stacks" / name / "cdk.tf.json" for name in names}
    documents = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in files.items()}
    ours = (
        one for name, document in documents.items() for one in records.findings(name, SynthesizedStack.of(document))
    )
    return sorted({*checkov(files, documents, source="synthesized"), *iam(documents), *ours})
