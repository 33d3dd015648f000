"""`make adopt`: takes over the resources of an older Terraform or Terragrunt project, and deletes none of them."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.additive_drift import additions
from ops.aws import Aws, OperatorError, one_environment
from ops.console import confirmed, out, say
from ops.gateway.rollouts import Rollouts
from ops.gateway.secrets import has_value, needed
from ops.migrate.adoption_plan import KEPT, Place
from ops.migrate.adoption_report import gap, show, show_differences
from ops.migrate.remains import Adopted, report, state_rm, store, stored, written
from ops.migrate.staging import TIE
from ops.migrate.weakening import Difference
from ops.state.bootstrap import bootstrap
from ops.state.lock_table import LockTable
from ops.state.matching import Old, match, resources_in
from ops.state.recover import complete_state
from ops.state.state import KEY, State
from ops.state.state_resources import StateBucket
from ops.state.takeover import BLOCKS, PLAN, Takeover, plan
from ops.terraform import Stack
from resource_types import losing
from resource_types.expressions import type_of
from resource_types.record import Values
from resource_types.stack import SynthesizedStack

from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

ARN = re.compile(r"arn:[\w-]+:[\w-]*:(?P<region>[\w-]*):(?P<account_id>\d{12}):")
BACKUP = f"{KEY}.before-adopt"
"""Key of the copy of the older state, in the state bucket."""


def read(source: str) -> list[Old]:
    """The resources in a file with the output of `terraform show -json`. Raises OperatorError for any other file."""
    try:
        # Bytes, so that json detects the encoding: PowerShell redirects output as UTF-16.
        shown = json.loads(Path(source).expanduser().read_bytes())
        if "format_version" in shown:
            return resources_in(shown)
    except OSError as error:
        raise OperatorError(f"{source} cannot be read: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        pass
    raise OperatorError(f"{source} is not the output of `terraform show -json`: in the older project's folder run "
                        f"`terraform show -json > {source}`")  # fmt: skip


def older(from_file: list[Old] | None, in_state: list[Old], place: str) -> list[Old]:
    """The resources of the older deployment: those in our state (`in_state`), else those from FROM (`from_file`).

    Raises OperatorError where FROM has resources that the state lacks. `place`: the state's, for the message.
    """
    if from_file is None:
        return in_state
    ids = {old.address: old.identifier for old in in_state}
    other = [old.address for old in from_file if in_state and ids.get(old.address) != old.identifier]
    if other:
        raise OperatorError(
            f"FROM differs from the state in s3://{place}: {other[0]} is missing there or has another id. Omit FROM to "
            "use that state"
        )
    return in_state or from_file


def check_place(aws: Aws, old: list[Old]) -> None:
    """Raises OperatorError where all ARNs of the older deployment are in another account or another region."""
    region, name = aws.environment.aws_region, aws.environment.environment
    arns = [found for one in old if (found := ARN.match(str(one.values.get("arn"))))]
    for what, ours, change in (
        ("account_id", aws.account_id, "change AWS_PROFILE"),
        ("region", region, f"change aws_region in envs/{name}.py"),
    ):
        theirs = sorted({found[what] for found in arns} - {""})
        if theirs and ours not in theirs:
            raise OperatorError(f"the older deployment is in {what} {', '.join(theirs)}, but {name} is in {ours}; "
                                f"nothing changed: {change}, or pass another deployment with FROM")  # fmt: skip


def check_lock(state: State, *, yes: bool) -> None:
    """Raises OperatorError where the state is locked, unless the operator confirms that the run is dead."""
    if lock := state.lock():
        if yes or not sys.stdin.isatty():
            raise OperatorError(
                f"the state has been locked by {lock.who} ({lock.operation}) for {lock.age}: wait for that run, or if "
                "it is dead, run this in a terminal without YES=1 and confirm that its lock is released"
            )
        state.release(lock, yes=False)


def keep_copy(state: State, *, has_begun: bool) -> None:
    """Copy the older state within its bucket, unless an earlier run has done so. `has_begun`: ours has resources."""
    if not (has_begun and state.body(key=BACKUP)) and (body := state.body()):
        state.write(body, key=BACKUP)
        out.print(f"The older state is kept as s3://{state.bucket}/{BACKUP}.")


def _nothing(state: State) -> str:
    name = state.aws.environment.environment
    return (
        f"s3://{state.path} holds no resources of an older deployment. If its state is elsewhere, run "
        f"`terraform show -json > show.json` in the older project, then `make adopt ENV={name} FROM=show.json` here"
    )


def _has_backend(aws: Aws, *, yes: bool) -> bool:
    """Create the state bucket and the lock table where they are missing; whether both exist then."""
    places = (StateBucket(aws), LockTable(aws))
    if not all(place.exists() for place in places):
        bootstrap(aws, yes=yes, fix=False)
    return all(place.exists() for place in places)


def check_import(aws: Aws, synthesized: SynthesizedStack, from_file: list[Old]) -> None:
    """Raises OperatorError for a resource that lacks attributes for its import id, before anything is created."""
    place = Place.of(aws)
    resources = {address: block.body for address, block in synthesized.resources.items()}
    for old in match(aws.environment.names, resources, from_file).pairs.values():
        place.import_id(old)


def adopt(name: str, *, source: str | None, yes: bool, allow_replace: bool, allow_weaker: bool) -> int:
    """Take over the resources of an older project, after a prompt; returns 0 when a second plan is empty.

    `source`: a file with the output of `terraform show -json` in the older project; without it, the state bucket holds
    that project's state. With it, returns 1 until the older project's state no longer has what is ours now.
    `allow_replace`: continue although a resource that holds data is replaced. `allow_weaker`: continue although a
    protection becomes weaker, without a prompt. Raises OperatorError for these where they are not allowed.
    """
    environment = one_environment(name)
    from_file = None if source is None else read(source)
    aws = Aws.of(environment)
    state = State(aws)
    if from_file is None and not StateBucket(aws).exists():
        raise OperatorError(_nothing(state))
    if from_file == [] and not stored(aws).taken:
        raise OperatorError(f"{source} has no resources: in the folder of the older project's state, run "
                            f"`terraform show -json > {source}` again")  # fmt: skip
    stack = Stack(aws)
    stack.synthesize()
    synthesized = stack.synthesized()
    check_place(aws, from_file or [])
    check_import(aws, synthesized, from_file or [])
    if not _has_backend(aws, yes=yes):
        return 1  # the operator declined
    state.repair(yes=yes)
    check_lock(state, yes=yes)
    _clear(stack)
    stack.init()
    ours, in_state = _ours_and_others(stack, synthesized)
    old = older(from_file, in_state, state.path)
    if not old and not ours:
        raise OperatorError(_nothing(state))
    check_place(aws, old)
    complete_state(stack, ours)
    paths = synthesized.paths()
    again = f"Nothing is lost. To continue, run `make adopt ENV={name}{f' FROM={source}' if source else ''}`."
    try:
        takeover = plan(aws, stack, old, in_state=in_state, ours=ours)
        if takeover.changing() or takeover.staging.listeners:
            show(takeover, paths)
            weaker = show_differences(takeover.differences(old, paths))
            refuse(takeover, paths, name, allow_replace=allow_replace)
            out.print(Text(f"\nGap in service: {gap(takeover)}"))
            if not agreed(takeover, weaker, yes=yes, allow_weaker=allow_weaker):
                out.print("Nothing changed.")
                return 1
            if in_state:
                keep_copy(state, has_begun=bool(ours))
            # Stored for later runs, and for `BACK=1`.
            taken = frozenset((one.type, one.identifier) for one in takeover.pairs.values())
            store(aws, stored(aws).merged(Adopted(taken, tuple(takeover.remains(old, Place.of(aws))))))
            if code := _apply(stack, takeover, synthesized.document, again):
                return code
        else:
            out.print(f"Nothing is left to take over. To deploy changes, run `make deploy ENV={name}`.")
        return _finish(aws, stack, from_file, in_state)
    except (KeyboardInterrupt, BotoCoreError, ClientError, OSError):
        say(f"\nInterrupted. {again}", "yellow")
        raise
    finally:
        stack.write(synthesized.document)
        _clear(stack)


def _clear(stack: Stack) -> None:
    for leftover in (BLOCKS, PLAN):
        (stack.folder / leftover).unlink(missing_ok=True)


def _ours_and_others(stack: Stack, synthesized: SynthesizedStack) -> tuple[dict[str, Values], list[Old]]:
    """The state's resources: attributes of those at our stack's addresses, and all the others."""
    resources = synthesized.resources
    held = stack.resources()
    ours: dict[str, Values] = {address: values for address, (_, values) in held.items() if address in resources}
    others = (Old(address, *one) for address, one in sorted(held.items()) if address not in {*resources, TIE})
    return ours, list(others)


def refuse(takeover: Takeover, paths: dict[str, str], name: str, *, allow_replace: bool) -> None:
    """Raises OperatorError for a plan that deletes a resource, or that replaces one with data without ALLOW_REPLACE."""
    if lost := takeover.lost():
        raise OperatorError(f"the plan would also delete or replace {', '.join(lost)}; nothing changed: to see why, "
                            f"run `make diff ENV={name}`")  # fmt: skip
    kept = sorted(paths[address] for address in takeover.replaced() if losing(type_of(address), *KEPT))
    if kept and not allow_replace:
        raise OperatorError(
            f"{', '.join(kept)} would be created again, without the data or address of the old one; nothing changed: "
            "to accept that, pass ALLOW_REPLACE=1"
        )


def agreed(takeover: Takeover, weaker: list[Difference], *, yes: bool, allow_weaker: bool) -> bool:
    """Ask for confirmation of weaker protections, then of the takeover; whether both are given.

    Raises OperatorError for weaker protections with `yes` and without `allow_weaker`.
    """
    if weaker and yes and not allow_weaker:
        lines = "; ".join(f"{one.where} {one.setting}: {one.was} -> {one.becomes}" for one in weaker)
        raise OperatorError(
            f"this would be weaker than before: {lines}; nothing changed: set the values that keep it in "
            "the environment's file, or pass ALLOW_WEAKER=1"
        )
    if weaker and not confirmed(f"Weaken these {len(weaker)} protections?", yes=allow_weaker):
        return False
    return confirmed(f"Take over {takeover.taken()} resources and create {takeover.new()} new ones?", yes=yes)


def _apply(stack: Stack, takeover: Takeover, document: Mapping[str, Any], again: str) -> int:
    """Run the takeover's steps and a final plan; returns Terraform's exit code, or 1 where new tasks are unhealthy."""
    if code := _applied(stack, again):
        return code
    (stack.folder / BLOCKS).unlink()
    complete_state(stack, takeover.imports)
    if takeover.staging.listeners and (code := _healthy(stack.aws)):
        say(f"The listeners still forward to the older service. {again}", "yellow")
        return code
    for step in takeover.staging.documents(document):
        stack.write(step)
        # Without a refresh: the apply before this step has just read everything.
        planned = stack.planned("-refresh=false", f"-out={PLAN}")
        if harmed := [at for at, action in planned.items() if at != TIE and action in {"delete", "replace"}]:
            raise OperatorError(f"the next step would delete or replace {', '.join(harmed)}. {again}")
        if code := _applied(stack, again):
            return code
    if code := stack.terraform("plan", "-input=false", "-detailed-exitcode"):
        say(f"A second plan still has changes: check them, then run `make deploy ENV={stack.name}`.", "yellow")
        return code
    out.print(
        f"{stack.name} is taken over. From now on run `make deploy ENV={stack.name}` and leave the older project alone."
    )
    return 0


def _applied(stack: Stack, again: str) -> int:
    """Apply the plan; returns Terraform's exit code."""
    if code := stack.apply_plan(PLAN):
        say(f"The plan was not applied completely. {again}", "red")
    return code


def _healthy(aws: Aws) -> int:
    """Wait until ECS reports the new tasks healthy; returns 0, or 1 where they are not."""
    name = aws.environment.environment
    if empty := [secret.name for secret in needed(aws) if secret.team is None and not has_value(aws, secret)]:
        say(
            f"The new tasks cannot start: {', '.join(empty)} have no value yet. Run `make secrets ENV={name}`.",
            "yellow",
        )
        return 1
    return Rollouts(aws).settled()


def _finish(aws: Aws, stack: Stack, from_file: list[Old] | None, in_state: list[Old]) -> int:
    """Print what is left of the older project; returns 1 while its state still has resources that are ours, else 0."""
    managed = stack.managed()
    printed = report(aws, stored(aws))
    found, _ = additions(aws, managed)
    for addition in (one for one in found if one.remove not in printed):
        out.print(Text(str(addition), style="bold red"))
    ours = {(type_of(address), str(values.get("id") or values.get("arn"))) for address, values in managed.items()}
    held = [one.address for one in from_file or [] if (one.type, one.identifier) in ours]
    if not held or in_state:
        return 0
    command = state_rm(held)
    path = written(aws, "state-rm", f"#!/bin/sh\n{command}\n")
    said = (
        f"\nThe older project's state still holds {len(held)} resources that this project manages now: its next "
        f"destroy would delete them. Run the following in the older project (also in {path}), write the file of FROM "
        f"again with `terraform show -json`, then run `make adopt ENV={stack.name} FROM=…` again:"
    )
    out.print(Text(said, style="bold"))
    out.print(Text(command))
    return 1
