"""Runs scripts of AWS CLI commands on the embedded AWS with boto3, which has the same service models."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

from tests.support.cloud import client

from botocore import xform_name


def parsed(script: str) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """The service, operation and options of each line that is a command and not a comment."""
    for line in script.splitlines():
        if not line.startswith("aws "):
            continue
        _, service, operation, *rest = shlex.split(line)
        options: dict[str, list[str]] = {}
        for word in rest:
            if word.startswith("--"):
                options[word.removeprefix("--")] = []
            elif options:
                options[list(options)[-1]].append(word)
        yield service, operation, options


def arguments(shape: Any, options: dict[str, list[str]]) -> dict[str, Any]:  # noqa: ANN401 (botocore has no types)
    """The CLI's options as a botocore request. Raises KeyError for an option that the operation does not have."""
    members = {xform_name(name).replace("_", "-"): (name, member) for name, member in shape.members.items()}
    found = {}
    for option, words in options.items():
        name, member = members[option]
        found[name] = _value(member, words)
    return found


def _value(member: Any, words: list[str]) -> Any:  # noqa: ANN401 (botocore has no types)
    if member.type_name == "list":
        return [_value(member.member, [word]) for word in words]
    if member.type_name == "structure":
        return dict(pair.split("=", 1) for pair in words[0].split(","))
    if member.type_name == "boolean":
        return True
    return int(words[0]) if member.type_name == "integer" else words[0]


def run(environ: dict[str, str], script: str) -> list[str]:
    """Run a script's commands. Returns the operations in order."""
    done = []
    for bucket in re.findall(r"^aws s3 rb s3://(\S+) --force$", script, re.MULTILINE):
        client(environ, "s3").delete_bucket(Bucket=bucket)
    for service, operation, options in parsed(re.sub(r'"\$\(.*?\)"', "token", script)):
        done.append(operation)
        if operation in {"rb", "wait"}:  # not API calls; the embedded AWS deletes at once
            continue
        aws = client(environ, service)
        method = operation.replace("-", "_")
        model = aws.meta.service_model.operation_model(aws.meta.method_to_api_mapping[method])
        getattr(aws, method)(**arguments(model.input_shape, options))
    return done
