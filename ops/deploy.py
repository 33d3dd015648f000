"""Deploy, compare and destroy one environment: the state first, then Terraform."""

import re
import sys
from pathlib import Path

from envs.schema import Environment
from ops import vpc_move
from ops.account import preflight
from ops.additive_drift import additions
from ops.aws import Aws, OperatorError, one_environment
from ops.console import confirmed, keep_list, out, say
from ops.gateway.rollouts import Rollouts
from ops.programs import terraform
from ops.state.bootstrap import bootstrap
from ops.state.leftovers import take_over, written_again
from ops.state.lock_table import LockTable
from ops.state.state import State, no_state
from ops.state.state_resources import StateBucket
from ops.state.stored_plans import StoredPlan, commit
from ops.terraform import Stack, is_pinned
from resource_types import record_of
from resource_types.expressions import type_of
from tools.environment import ROOT

PLAN, STORED = "diff.tfplan", "stored.tfplan"
NOT_PINNED = "The AWS provider is not pinned by hash: run `make lock` and commit .terraform.lock.hcl."
ERROR, CHANGES = 1, 2
"""Exit codes of `terraform plan -detailed-exitcode`."""
NO_WAIT = "0s"
"""The lock timeout of what changes something: a person decides whether to wait."""
SUMMARY = 250_000
"""Characters of a plan that fit into a workflow run's summary whatever they are: GitHub takes 1 MiB of each step."""


def accept_exposure(environment: Environment) -> None:
    """Print what an internet-facing gateway without TLS exposes. Raises OperatorError where that is not accepted."""
    if not environment.is_public_plain_http:
        return
    name = environment.environment
    exposed = (
        f"{name} faces the internet over plain HTTP: prompts, provider keys and tokens can be read on the way "
        "(set certificate_arn, or domain_name with hosted_zone)"
    )
    if not environment.needs_acceptance:
        style = "bold red" if environment.accept_public_plain_http else "yellow"
        say(exposed, style)
        return
    raise OperatorError(
        f"envs/{name}.py: certificate_arn='': {exposed}; nothing was deployed. To deploy it all the same, write "
        f"accept_public_plain_http=True in envs/{name}.py"
    )


def deploy(name: str, *, yes: bool, lock_timeout: str = NO_WAIT, plan: str | None = None) -> int:
    """Create the state where it is missing, then `terraform apply`; its exit code. Asks where there is a terminal.

    `lock_timeout`: how long to wait for another run's lock on the state, as Terraform writes it, e.g. `15m`.
    `plan`: the SHA-256 of the plan that `diff` stored at this commit; exactly that one is applied.
    """
    environment = one_environment(name)
    terraform()  # before anything is created
    unattended = yes or not sys.stdin.isatty()
    aws = Aws.of(environment)
    accept_exposure(environment)
    if not bootstrap(aws, yes=unattended, fix=False):
        if not (StateBucket(aws).exists() and LockTable(aws).exists()):
            return 1  # somebody said no
        say("Continuing with the state as it is.", "yellow")
    state = State(aws)
    if (lock := state.lock()) and lock_timeout == NO_WAIT:
        raise OperatorError(
            f"the state of {name} is locked by {lock.who} ({lock.operation}) for {lock.age}: wait for that run with "
            f"`make deploy ENV={name} LOCK_TIMEOUT=15m`, or run `make recover ENV={name}` where it is dead"
        )
    if not is_pinned():
        say(NOT_PINNED, "yellow")
    stack = Stack(aws, lock_timeout=lock_timeout)
    stack.prepare()
    managed = stack.managed()
    if problem := vpc_move.refusal(environment, managed):
        raise OperatorError(problem)
    # While another run holds the lock, what it has created is in no state yet.
    if not lock and (taken := preflight.problems(aws, preflight.types_of(managed))):
        raise OperatorError("\n".join(taken))
    for line in preflight.notices(aws):
        say(line, "yellow")
    if plan and (left := written_again(aws, stack.synthesized(), managed)):
        raise OperatorError(
            f"{', '.join(left.values())}: AWS wrote these log groups again after a destroy, and a stored plan does not "
            f"hold them: run `make deploy ENV={name}` with your own credentials, which takes them over"
        )
    if code := take_over(aws, stack, managed, yes=unattended):
        return code
    rollouts = Rollouts(aws)
    before = rollouts.newest()
    code = _apply(aws, stack, plan) if plan else stack.apply(yes=unattended)
    return code or rollouts.outcome(before)


def _apply(aws: Aws, stack: Stack, sha256: str) -> int:
    """Apply the stored plan of this commit and delete it; Terraform's exit code.

    Raises OperatorError for a plan that is not there, or that has another SHA-256. Terraform itself refuses one that
    was made for another state than the one of now, or for a provider of other bytes.
    """
    stored, file = StoredPlan(aws, commit()), stack.folder / STORED
    version = stored.fetch(sha256, file)
    try:
        code = stack.terraform("apply", "-input=false", f"-lock-timeout={stack.lock_timeout}", STORED)
    finally:
        file.unlink(missing_ok=True)
        stored.delete(version)
    if code:
        again = "Start the whole workflow again: it plans what is left."
        say(f"The plan was not applied as a whole, and is deleted. {again}", "red")
    return code


def diff(
    name: str,
    *,
    exit_zero: bool = False,
    summary: Path | None = None,
    lock_timeout: str = "5m",
    store: Path | None = None,
) -> int:
    """Show what a deployment would change: 0 for nothing, 2 for changes, 1 for errors, as Terraform has it.

    `exit_zero`: 0 for changes too. `summary`: a file that the plan is appended to as Markdown, e.g. a workflow run's.
    `store`: keep the plan for `deploy`, and append `plan=<its SHA-256>` to this file, e.g. a job's output.
    `lock_timeout`: how long to wait for a deployment that holds the state's lock.
    """
    environment = one_environment(name)
    for file in filter(None, (summary, store)):
        _append(file, "")  # that it cannot be written to is said before the work
    aws = Aws.of(environment)
    if not StateBucket(aws).exists():
        raise OperatorError(no_state(environment))
    stack = Stack(aws, purpose="diff")
    stack.prepare()
    plan = stack.folder / PLAN
    try:
        timeout = f"-lock-timeout={lock_timeout}"
        code = stack.terraform("plan", "-input=false", timeout, "-detailed-exitcode", f"-out={PLAN}")
        if code == CHANGES:
            for line in vpc_move.warning(stack.terraform_json("show", "-json", PLAN)["resource_changes"]):
                say(line, "bold red")
        stored = ""
        if store and code != ERROR:
            at = StoredPlan(aws, commit())
            sha256 = at.store(plan)
            _append(store, f"plan={sha256}\n")
            stored = f"Stored at commit {at.commit}, SHA-256 {sha256}."
            out.print(stored)
        if summary and code != ERROR:
            _append(summary, _markdown(name, stack.terraform_text("show", "-no-color", PLAN), stored))
    finally:
        plan.unlink(missing_ok=True)
    if code != ERROR and added(aws, stack):
        code = CHANGES
    return 0 if exit_zero and code == CHANGES else code


def added(aws: Aws, stack: Stack) -> bool:
    """Print what stands next to the environment's resources and no configuration holds; whether there is any."""
    found, unread = additions(aws, stack.managed())
    for addition in found:
        say(addition, "bold red")
    if found:
        title = f"Next to the resources of {aws.environment.environment}, and in no configuration:"
        path = keep_list(f"{aws.environment.environment}.additions", title, map(str, found))
        say(f"The list is in {path.relative_to(ROOT)}.")
    for call in unread:
        say(f"Not looked at, since the credentials may not: {call}", "yellow")
    return bool(found)


def _markdown(name: str, plan: str, stored: str) -> str:
    if len(plan) > SUMMARY:
        plan = f"{plan[:SUMMARY]}\n… and more, in the run's log"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", plan)), default=0))
    return f"### What a deployment of {name} changes\n\n{fence}text\n{plan.strip()}\n{fence}\n\n{stored}\n\n"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror}; name a file that can be written to") from None


def protected(managed: dict[str, dict[str, object]]) -> list[str]:
    """The addresses that AWS, or Terraform for it, refuses to delete as they were deployed."""
    found = []
    for address, values in managed.items():
        protection = record_of(type_of(address)).protection
        if protection and values.get(protection[0]) == protection[1]:
            found.append(address)
    return sorted(found)


def destroy(name: str, *, yes: bool, lock_timeout: str = NO_WAIT) -> int:
    """Delete everything except the state; Terraform's exit code. Refuses where deletion protection is on."""
    environment = one_environment(name)
    aws = Aws.of(environment)
    stack = Stack(aws, lock_timeout=lock_timeout)
    stack.prepare()
    managed = stack.managed()
    if held := protected(managed):
        place = f"envs/{name}.py"
        step = f"set deletion_protection=False in {place} and" if environment.deletion_protection else "first"
        raise OperatorError(
            f"deletion protection is on for {', '.join(held)}; nothing was deleted: {step} run "
            f"`make deploy ENV={name}`, then `make destroy ENV={name}` again"
        )
    question = f"Destroy the {len(managed)} resources of {name} in account {aws.account_id}?"
    if not confirmed(question, yes=yes):
        out.print("Nothing changed.")
        return 1
    return stack.destroy()
