"""Deploy, compare and destroy one environment: the state first, then cdktf or Terraform."""

import re
import sys
from pathlib import Path

from envs.schema import Environment
from ops import vpc_move
from ops.account import preflight
from ops.additive_drift import additions
from ops.aws import Aws, OperatorError, one_environment
from ops.console import confirmed, out
from ops.gateway.rollouts import Rollouts
from ops.state.bootstrap import bootstrap
from ops.state.leftovers import take_over
from ops.state.state import State, no_state
from ops.state.state_resources import LockTable, StateBucket
from ops.terraform import Stack, terraform
from resource_types import record_of
from resource_types.expressions import type_of

PLAN = "diff.tfplan"
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
        out.print(exposed, style=style, markup=False, emoji=False)
        return
    raise OperatorError(
        f"envs/{name}.py: certificate_arn='': {exposed}; nothing was deployed. To deploy it all the same, write "
        f"accept_public_plain_http=True in envs/{name}.py"
    )


def deploy(name: str, *, yes: bool, lock_timeout: str = NO_WAIT) -> int:
    """Create the state where it is missing, then `cdktf deploy`; its exit code. Asks where there is a terminal.

    `lock_timeout`: how long to wait for another run's lock on the state, as Terraform writes it, e.g. `15m`.
    """
    environment = one_environment(name)
    terraform()  # before anything is created
    unattended = yes or not sys.stdin.isatty()
    aws = Aws.of(environment)
    accept_exposure(environment)
    if not bootstrap(aws, yes=unattended, fix=False):
        if not (StateBucket(aws).exists() and LockTable(aws).exists()):
            return 1  # somebody said no
        out.print("[yellow]Going on with the state as it is.[/]")
    state = State(aws)
    if (lock := state.lock()) and lock_timeout == NO_WAIT:
        raise OperatorError(
            f"the state of {name} is locked by {lock.who} ({lock.operation}) for {lock.age}: wait for that run with "
            f"`make deploy ENV={name} LOCK_TIMEOUT=15m`, or run `make recover ENV={name}` where it is dead"
        )
    stack = Stack(environment, lock_timeout=lock_timeout)
    stack.prepare()
    managed = stack.managed()
    if problem := vpc_move.refusal(environment, managed):
        raise OperatorError(problem)
    # While another run holds the lock, what it has created is in no state yet.
    if not lock and (taken := preflight.problems(aws, managed)):
        raise OperatorError("\n".join(taken))
    if code := take_over(aws, stack, managed, yes=unattended):
        return code
    rollouts = Rollouts(aws)
    before = rollouts.newest()
    code = stack.cdktf("deploy", *(["--auto-approve"] if unattended else []))
    return code or rollouts.outcome(before)


def diff(name: str, *, exit_zero: bool = False, summary: Path | None = None, lock_timeout: str = "5m") -> int:
    """Show what a deployment would change: 0 for nothing, 2 for changes, 1 for errors, as Terraform has it.

    `exit_zero`: 0 for changes too. `summary`: a file that the plan is appended to as Markdown, e.g. a workflow run's.
    `lock_timeout`: how long to wait for a deployment that holds the state's lock.
    """
    environment = one_environment(name)
    if summary:
        _append(summary, "")  # that it cannot be written to is said before the work
    if not StateBucket(Aws.of(environment)).exists():
        raise OperatorError(no_state(environment))
    stack = Stack(environment, purpose="diff")
    stack.prepare()
    plan = stack.folder / PLAN
    try:
        timeout = f"-lock-timeout={lock_timeout}"
        code = stack.terraform("plan", "-input=false", timeout, "-detailed-exitcode", f"-out={PLAN}")
        if code == CHANGES:
            for line in vpc_move.warning(stack.terraform_json("show", "-json", PLAN)["resource_changes"]):
                out.print(f"[bold red]{line}[/]")
        if summary and code != ERROR:
            _append(summary, _markdown(name, stack.terraform_text("show", "-no-color", PLAN)))
    finally:
        plan.unlink(missing_ok=True)
    if code != ERROR and added(Aws.of(environment), stack):
        code = CHANGES
    return 0 if exit_zero and code == CHANGES else code


def added(aws: Aws, stack: Stack) -> bool:
    """Print what stands next to the environment's resources and no configuration holds; whether there is any."""
    found, unread = additions(aws, stack.managed())
    for addition in found:
        out.print(str(addition), style="bold red", markup=False, emoji=False)
    for call in unread:
        out.print(f"[yellow]Not looked at, since the credentials may not: {call}[/]")
    return bool(found)


def _markdown(name: str, plan: str) -> str:
    if len(plan) > SUMMARY:
        plan = f"{plan[:SUMMARY]}\n… and more, in the run's log"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", plan)), default=0))
    return f"### What a deployment of {name} changes\n\n{fence}text\n{plan.strip()}\n{fence}\n\n"


def _append(summary: Path, text: str) -> None:
    try:
        with summary.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise OperatorError(f"SUMMARY={summary}: {error.strerror}; name a file that can be written to") from None


def protected(managed: dict[str, dict[str, object]]) -> list[str]:
    """The addresses that AWS, or Terraform for it, refuses to delete as they were deployed."""
    found = []
    for address, values in managed.items():
        protection = record_of(type_of(address)).protection
        if protection and values.get(protection[0]) == protection[1]:
            found.append(address)
    return sorted(found)


def destroy(name: str, *, yes: bool, lock_timeout: str = NO_WAIT) -> int:
    """Delete everything but the state; the exit code of `cdktf destroy`. Refuses where deletion protection is on."""
    environment = one_environment(name)
    aws = Aws.of(environment)
    stack = Stack(environment, lock_timeout=lock_timeout)
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
    return stack.cdktf("destroy", "--auto-approve")
