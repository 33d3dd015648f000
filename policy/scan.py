"""Runs the scanners: checkov over a stack's JSON or a plan, parliament over its IAM documents."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from policy.findings import Finding, PolicyError
from tools.environment import child_environment

BIN = Path(__file__).parent / ".venv" / "bin"
FRAMEWORKS = {"synthesized": "terraform_json", "plan": "terraform_plan"}
"""checkov's names; with `terraform` it reads no JSON and finds nothing wrong."""
ARNS = {
    "aws_bedrock_inference_profile": "arn:aws:bedrock:us-east-1:123456789012:inference-profile/x",
    "aws_cloudwatch_log_group": "arn:aws:logs:us-east-1:123456789012:log-group:x",
    "aws_dynamodb_table": "arn:aws:dynamodb:us-east-1:123456789012:table/x",
    "aws_ecr_repository": "arn:aws:ecr:us-east-1:123456789012:repository/x",
    "aws_ecs_cluster": "arn:aws:ecs:us-east-1:123456789012:cluster/x",
    "aws_iam_role": "arn:aws:iam::123456789012:role/x",
    "aws_kms_key": "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
    "aws_s3_bucket": "arn:aws:s3:::x",
    "aws_secretsmanager_secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-abcdef",
    "aws_sns_topic": "arn:aws:sns:us-east-1:123456789012:x",
}
"""What stands for `${type.name.arn}`: an ARN of the form AWS documents for that type."""
_REFERENCE = re.compile(r"\$\{(?:data\.)?(\w+)\.[\w-]+\.(\w+)\}")


def paths(document: Mapping[str, Any]) -> dict[str, str]:
    """The construct path of each resource and data source of a stack by its Terraform name."""
    return {
        name: block["//"]["metadata"]["path"].partition("/")[2]
        for section in ("resource", "data")
        for blocks in document.get(section, {}).values()
        for name, block in blocks.items()
    }


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
        resource = paths(documents[environment]).get(name, name)
        yield Finding(environment, check["check_id"], resource, check["check_name"])


def _placeholder(match: re.Match[str]) -> str:
    type_, attribute = match.groups()
    return ARNS.get(type_, f"arn:aws:{type_}:us-east-1:123456789012:x") if attribute == "arn" else "123456789012"


def iam_documents(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The IAM documents of a stack, by the construct that has them; references are replaced by ARNs of their kind."""
    for type_, blocks in document["resource"].items():
        for block in blocks.values():
            for attribute in ("policy", "assume_role_policy"):
                if '"Statement"' in str(block.get(attribute, "")):
                    where = block["//"]["metadata"]["path"].partition("/")[2]
                    yield where, _REFERENCE.sub(_placeholder, block[attribute])
                elif attribute in block and type_ == "aws_iam_role_policy":
                    raise PolicyError(f"{type_}: a policy without a Statement")


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
    return sorted({*checkov(files, documents, source="synthesized"), *iam(documents)})
