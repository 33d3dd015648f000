"""Evaluates IAM policies with iam-simulate, in a Node process that is called over a pipe.

The Node process starts at the first question and ends when its pipe closes. A fork of this process starts its own.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.environment import PROGRAMS, ROOT, child_environment

import attrs

PROGRAM = Path(__file__).parent / "evaluator.mjs"
PACKAGES = Path(__file__).parent / "node_modules" / "@cloud-copilot"
Document = Mapping[str, Any]


class EvaluatorError(Exception):
    """The evaluator cannot answer; the message has the action, the resource and the reason."""


@attrs.frozen(kw_only=True)
class Question:
    """Whether a principal may perform one action on one resource."""

    principal: str
    """The ARN of a session, a service's name, or the ARN of an identity provider."""
    action: str
    resource: str
    """An ARN without wildcards, or `*` for an action that takes no resource."""
    account_id: str
    context: Mapping[str, str | Sequence[str]] = attrs.field(factory=dict)
    """Condition keys with their values; keys that the action does not have are ignored, as on AWS."""
    resource_policy: Document | None = None
    unchecked: bool = False
    """Do not check resource and context against the Service Authorization Reference: it lacks them for the action."""


@attrs.frozen
class Answer:
    """IAM's decision."""

    allowed: bool
    statements: tuple[tuple[str, str], ...]
    """Policy name and Sid of each statement in an identity policy that allows the action."""


@attrs.frozen(kw_only=True)
class Rights:
    """The policies of a principal: identity policies by name, and the permissions boundary."""

    identity: Mapping[str, Document] = attrs.field(factory=dict)
    boundary: Document | None = None


def _key(document: Document) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


@attrs.define
class Evaluator:
    """Evaluates policies in a Node process of its own, which starts at the first question."""

    _process: subprocess.Popen[str] | None = None
    _owner: int = 0
    _sent: set[str] = attrs.field(factory=set)
    _answered: dict[str, dict[str, Any]] = attrs.field(factory=dict)
    """The answers so far, by the question's JSON, which determines the answer."""

    def ask(self, rights: Rights, questions: Sequence[Question]) -> list[Answer]:
        """The answers in the order of the questions. Raises EvaluatorError for one that cannot be answered."""
        if not questions:
            return []
        names = {_key(document): name for name, document in rights.identity.items()}
        known = {_key(document): document for document in rights.identity.values()}
        boundary = None
        if rights.boundary is not None:
            boundary = [_key(rights.boundary)]
            known[boundary[0]] = rights.boundary
        asked = []
        for one in questions:
            key = None
            if one.resource_policy is not None:
                key = _key(one.resource_policy)
                known[key] = one.resource_policy
            asked.append(
                {
                    "principal": one.principal,
                    "action": one.action,
                    "resource": one.resource,
                    "account": one.account_id,
                    "context": one.context,
                    "identity": list(names),
                    "boundary": boundary,
                    "resourcePolicy": key,
                    "unchecked": one.unchecked,
                }
            )
        lines = [json.dumps(one, sort_keys=True) for one in asked]
        new = {line: one for line, one in zip(lines, asked, strict=True) if line not in self._answered}
        if new:
            self._answered.update(zip(new, self._exchange(known, list(new.values())), strict=True))
        answers = [self._answered[line] for line in lines]
        for one, answer in zip(questions, answers, strict=True):
            if answer["result"] == "Error":
                raise EvaluatorError(f"{one.action} on {one.resource} cannot be evaluated: {answer['error']}")
        return [
            Answer(one["result"] == "Allowed", tuple((names[key], sid) for key, sid in one["statements"]))
            for one in answers
        ]

    def _exchange(self, known: Mapping[str, Document], asked: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        process = self._running()
        new = {key: document for key, document in known.items() if key not in self._sent}
        self._sent.update(new)
        if process.stdin is None or process.stdout is None:
            raise EvaluatorError("the evaluator of IAM policies was started without pipes")
        try:
            process.stdin.write(json.dumps({"policies": new, "questions": asked}) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError as error:
            raise EvaluatorError(f"the evaluator of IAM policies ended: {error}") from error
        if not line:
            raise EvaluatorError("the evaluator of IAM policies ended; its error is on stderr")
        answers: list[dict[str, Any]] = json.loads(line)
        return answers

    def _running(self) -> subprocess.Popen[str]:
        """This process's Node process: a fork must not write to its parent's pipe."""
        if self._process is None or self._owner != os.getpid():
            if not PACKAGES.is_dir():
                raise EvaluatorError(
                    "the evaluator of IAM policies is not installed: run `make emulator/iam/node_modules/.synced`"
                )
            self._sent = set()
            self._owner = os.getpid()
            self._process = subprocess.Popen(
                [PROGRAMS / "node", PROGRAM],
                cwd=ROOT,
                env=child_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def close(self) -> None:
        """End the Node process if this process started it."""
        if self._process is not None and self._owner == os.getpid():
            self._process.terminate()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
        self._process = None
