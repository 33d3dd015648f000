"""`make deploy`, `make diff` and `make destroy` for one environment."""

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
from ops.state.leftovers import recreated_by_aws, take_over
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
"""Default lock timeout of deploy and destroy: fail at once, so that a person decides whether to wait."""
SUMMARY = 250_000
"""Characters of a plan that go into a workflow run's summary: 1 MiB, GitHub's limit for a step, at 4 bytes each."""


def accept_exposure(environment: Environment) -> None:
    """Warn about an internet-facing gateway without TLS. Raises OperatorError where the settings do not accept that."""
    if not environment.is_public_plain_http:
        return
    name = environment.environment
    exposed = (
        f"{name} serves the internet over plain HTTP: prompts, provider keys and tokens can be read in transit "
        "(set certificate_arn, or domain_name with hosted_zone)"
    )
    if not environment.needs_acceptance:
        style = "bold red" if environment.accept_public_plain_http else "yellow"
        say(exposed, style)
        return
    raise OperatorError(
        f"envs/{name}.py: certificate_arn='': {exposed}; nothing was deployed. To deploy it anyway, set "
        f"accept_public_plain_http=True in envs/{name}.py"
    )


def deploy(name: str, *, yes: bool, lock_timeout: str = NO_WAIT, plan: str | None = None) -> int:
    """Create the state where it is missing, then deploy; returns Terraform's exit code.

    Asks for confirmation where there is a terminal, except with `yes`. `lock_timeout`: how long to wait for another
    run's state lock, in Terraform's notation, e.g. `15m`. `plan`: the SHA-256 of the plan that `diff` stored for this
    commit; that plan is applied as it is. Raises OperatorError, with nothing deployed, where a check fails.
    """
    environment = one_environment(name)
    terraform()  # raises before anything is created
    unattended = yes or not sys.stdin.isatty()
    aws = Aws.of(environment)
    accept_exposure(environment)
    if not bootstrap(aws, yes=unattended, fix=False):
        if not (StateBucket(aws).exists() and LockTable(aws).exists()):
            return 1  # the operator declined
        say("Continuing with the state backend as it is.", "yellow")
    state = State(aws)
    if (lock := state.lock()) and lock_timeout == NO_WAIT:
        raise OperatorError(
            f"the state of {name} has been locked by {lock.who} ({lock.operation}) for {lock.age}: wait for that run "
            f"with `make deploy ENV={name} LOCK_TIMEOUT=15m`, or if it is dead, run `make recover ENV={name}`"
        )
    if not is_pinned():
        say(NOT_PINNED, "yellow")
    stack = Stack(aws, lock_timeout=lock_timeout)
    stack.prepare()
    managed = stack.managed()
    if problem := vpc_move.refusal(environment, managed):
        raise OperatorError(problem)
    # What a run that still holds the lock has created is not in the state yet, and would be reported as taken.
    if not lock and (taken := preflight.problems(aws, preflight.types_of(managed))):
        raise OperatorError("\n".join(taken))
    for line in preflight.notices(aws):
        say(line, "yellow")
    if plan and (left := recreated_by_aws(aws, stack.synthesized(), managed)):
        raise OperatorError(
            f"{', '.join(left.values())}: AWS created these log groups again after a destroy, and the stored plan does "
            f"not import them: run `make deploy ENV={name}` with your own credentials, which does"
        )
    if code := take_over(aws, stack, managed, yes=unattended):
        return code
    rollouts = Rollouts(aws)
    before = rollouts.newest()
    code = _apply(aws, stack, plan) if plan else stack.apply(yes=unattended)
    return code or rollouts.outcome(before)


def _apply(aws: Aws, stack: Stack, sha256: str) -> int:
    """Apply the stored plan of this commit and delete it; returns Terraform's exit code.

    Raises OperatorError where there is no such plan or its SHA-256 differs. Terraform itself refuses a plan that was
    made against an older state, or with a provider package of another checksum.
    """
    stored, file = StoredPlan(aws, commit()), stack.folder / STORED
    version = stored.fetch(sha256, file)
    try:
        code = stack.apply_plan(STORED)
    finally:
        file.unlink(missing_ok=True)
        stored.delete(version)
    if code:
        again = "Start the whole workflow again: it plans the remaining changes."
        say(f"The plan was not applied completely, and is deleted. {again}", "red")
    return code


def diff(
    name: str,
    *,
    exit_zero: bool = False,
    summary: Path | None = None,
    lock_timeout: str = "5m",
    store: Path | None = None,
) -> int:
    """Show what a deployment would change; returns 0 without changes, 2 with changes, 1 for an error.

    Resources that Terraform does not manage and that are attached to the environment's count as changes.
    `exit_zero`: return 0 with changes too. `summary`: a file to append the plan to as Markdown, e.g.
    GITHUB_STEP_SUMMARY. `store`: store the plan for `deploy`, and append `plan=<its SHA-256>` to this file, e.g.
    GITHUB_OUTPUT. `lock_timeout`: how long to wait for a deployment that holds the state lock. Raises OperatorError
    where a file cannot be written or there is no state bucket.
    """
    environment = one_environment(name)
    for file in filter(None, (summary, store)):
        _append(file, "")  # fails before the plan where the file cannot be written
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
    """Print what is attached to the environment's resources outside of Terraform; returns whether there is any."""
    found, unread = additions(aws, stack.managed())
    for addition in found:
        say(addition, "bold red")
    if found:
        title = f"Attached to the resources of {aws.environment.environment}, and not managed by Terraform:"
        path = keep_list(f"{aws.environment.environment}.additions", title, map(str, found))
        say(f"The list is in {path.relative_to(ROOT)}.")
    for call in unread:
        say(f"Not checked, because the credentials do not allow it: {call}", "yellow")
    return bool(found)


def _markdown(name: str, plan: str, stored: str) -> str:
    if len(plan) > SUMMARY:
        plan = f"{plan[:SUMMARY]}\n… the rest is in the run's log"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", plan)), default=0))
    return f"### What a deployment of {name} changes\n\n{fence}text\n{plan.strip()}\n{fence}\n\n{stored}\n\n"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OperatorError(f"{path}: {error.strerror}; name a file that can be written") from None


def protected(managed: dict[str, dict[str, object]]) -> list[str]:
    """The addresses of deployed resources whose deletion protection is on, sorted."""
    found = []
    for address, values in managed.items():
        protection = record_of(type_of(address)).protection
        if protection and values.get(protection[0]) == protection[1]:
            found.append(address)
    return sorted(found)


def destroy(name: str, *, yes: bool, lock_timeout: str = NO_WAIT) -> int:
    """Delete everything except the state; returns the exit code of `terraform destroy`, 1 where the operator declines.

    Raises OperatorError, with nothing deleted, where deletion protection is on.
    """
    environment = one_environment(name)
    aws = Aws.of(environment)
    stack = Stack(aws, lock_timeout=lock_timeout)
    stack.prepare()
    managed = stack.managed()
    if held := protected(managed):
        place = f"envs/{name}.py"
        step = f"set deletion_protection=False in {place}," if environment.deletion_protection else "first"
        raise OperatorError(
            f"deletion protection is on for {', '.join(held)}; nothing was deleted: {step} run "
            f"`make deploy ENV={name}`, then `make destroy ENV={name}` again"
        )
    question = f"Destroy the {len(managed)} resources of {name} in account {aws.account_id}?"
    if not confirmed(question, yes=yes):
        out.print("Nothing changed.")
        return 1
    return stack.destroy()
