"""Runs the scanners: checkov on a stack's JSON or a plan, parliament on its IAM documents."""

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
"""checkov's framework for each source. Not `terraform`, with which it skips JSON and reports no findings."""
IDENTIFIERS = defaultdict(
    lambda: "x",
    partition="aws",
    region="us-east-1",
    account_id="123456789012",
    key_id="12345678-1234-1234-1234-123456789012",
    suffix="abcdef",
)
"""Placeholder values in ARNs, by field name; `x` for any other field."""


def _program(name: str) -> str:
    path = BIN / name
    if not path.exists():
        raise PolicyError(f"policy/.venv has no {name}: run `make policy/.venv/.synced`")
    return str(path)


def checkov(files: Mapping[str, Path], documents: Mapping[str, Mapping[str, Any]], *, source: str) -> Iterator[Finding]:
    """checkov's findings in each environment's file (`synthesized`: its JSON, `plan`: `terraform show -json`).

    Raises PolicyError for a missing file, for which checkov would hang, and where checkov fails.
    """
    for path in files.values():
        if not path.is_file():
            raise PolicyError(f"{path}: no such file to scan")
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
        raise PolicyError(f"checkov returned no results: {(done.stderr or done.stdout)[-300:].strip()}") from None
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
    """A placeholder for a reference: an ARN of its resource type, or for other attributes an account id."""
    reference = Reference.parse(expression)
    if reference is None or reference.attribute != "arn":
        return IDENTIFIERS["account_id"]
    template = record_of(reference.type).arn or f"arn:{{partition}}:{reference.type}:{{region}}:{{account_id}}:x"
    return template.format_map(IDENTIFIERS)


def iam_documents(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The construct path and the text of each IAM document of a stack, with references replaced by placeholders.

    Raises PolicyError for a role policy without statements.
    """
    for block in SynthesizedStack.of(document).resources.values():
        found = list(block.iam_documents())
        if block.type == "aws_iam_role_policy" and not found:
            raise PolicyError(f"{block.address}: the policy has no Statement")
        for text in found:
            yield block.path, replaced(text, _placeholder)


def iam(documents: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """parliament's findings in the IAM documents of each environment. Raises PolicyError where it fails."""
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
    """All findings about these stacks, which are synthesized in `folder`; sorted. Raises PolicyError."""
    if not names:
        return []
    files = {name: folder / "stacks" / name / "cdk.tf.json" for name in names}
    documents = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in files.items()}
    ours = (
        one for name, document in documents.items() for one in records.findings(name, SynthesizedStack.of(document))
    )
    return sorted({*checkov(files, documents, source="synthesized"), *iam(documents), *ours})
