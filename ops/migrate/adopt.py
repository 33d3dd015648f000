"""`make adopt`: our stack takes over what an older Terraform or Terragrunt project deployed, and deletes none of it."""

import json
from pathlib import Path

from ops.aws import Aws, OperatorError, code_of, one_environment
from ops.console import confirmed, out
from ops.migrate.adoption_plan import KEPT
from ops.state.bootstrap import bootstrap
from ops.state.matching import Old, resources_in
from ops.state.recover import tell
from ops.state.state import KEY, State
from ops.state.state_resources import LockTable, StateBucket
from ops.state.takeover import BLOCKS, PLAN, Takeover, plan, show
from ops.terraform import Stack
from resource_types import losing, record_of
from resource_types.expressions import type_of
from resource_types.record import Values

from botocore.exceptions import ClientError

BACKUP = f"{KEY}.before-adopt"
"""Key of the older state's copy, beside the state."""


def read(source: str) -> list[Old]:
    """The resources of a `terraform show -json`. Raises OperatorError for a file that is none."""
    try:
        shown = json.loads(Path(source).expanduser().read_text(encoding="utf-8"))
    except OSError as error:
        raise OperatorError(f"{source} cannot be read: {error.strerror}") from None
    except ValueError:
        shown = None
    if not isinstance(shown, dict) or "format_version" not in shown:
        raise OperatorError(f"{source} is not what `terraform show -json` writes; in the older project's folder run "
                            f"terraform show -json > {source}")  # fmt: skip
    found = resources_in(shown)
    if not found:
        raise OperatorError(f"{source} has no resources: it is of an empty state, or of a plan")
    return found


def older(told: list[Old] | None, in_state: list[Old], place: str) -> list[Old]:
    """The older deployment: what the state has of it, or else what a person told. Raises OperatorError."""
    if told is None:
        return in_state
    ids = {old.address: old.identifier for old in in_state}
    other = [old.address for old in told if in_state and ids.get(old.address) != old.identifier]
    if other:
        raise OperatorError(
            f"FROM is not of the state in s3://{place}: {other[0]} is not there or another one. Leave FROM away, "
            "and the state itself is read"
        )
    return in_state or told


def _keep_copy(state: State) -> None:
    """A copy of the older state in its bucket; the first one stays, whatever was tried since."""
    s3 = state.aws.client("s3")
    try:
        s3.head_object(Bucket=state.bucket, Key=BACKUP)
    except ClientError as error:
        if code_of(error) not in {"404", "NoSuchKey"}:
            raise
    else:
        return
    if body := state.body():
        s3.put_object(
            Bucket=state.bucket, Key=BACKUP, Body=body, ContentType="application/json", ServerSideEncryption="AES256"
        )
        out.print(f"The older state is kept as s3://{state.bucket}/{BACKUP}.")


def _has_backend(aws: Aws) -> bool:
    return StateBucket(aws).exists() and LockTable(aws).exists()


def adopt(name: str, *, source: str | None, yes: bool, allow_replace: bool) -> int:
    """Take over, after a question, what an older project deployed; 0 when a second plan is empty.

    Raises OperatorError where something that holds data would be replaced, unless that is allowed.
    """
    environment = one_environment(name)
    told = None if source is None else read(source)
    aws = Aws.of(environment)
    state = State(aws)
    nothing = OperatorError(
        f"s3://{state.path} holds nothing of an older deployment. Where its state lies elsewhere, run "
        f"terraform show -json > show.json in the older project and `make adopt ENV={name} FROM=show.json`"
    )
    if told is None and not StateBucket(aws).exists():
        raise nothing
    if not _has_backend(aws):
        bootstrap(aws, yes=yes, fix=False)
        if not _has_backend(aws):
            return 1  # somebody said no
    stack = Stack(environment)
    stack.synthesize()
    _clear(stack)
    stack.init()
    ours, in_state = _ours_and_others(stack)
    old = older(told, in_state, state.path)
    if not old and not ours:
        raise nothing
    paths = stack.synthesized().paths()
    try:
        takeover = plan(aws, stack, old, in_state=in_state, ours=ours)
        if not old and not takeover.changing():
            out.print(f"Nothing is left to take over: `make deploy ENV={name}` continues from here.")
            return 0
        show(takeover, old, paths)
        refuse(takeover, paths, name, allow_replace=allow_replace)
        if not confirmed(f"Take over {takeover.taken()} resources and make {takeover.new()} new ones?", yes=yes):
            out.print("Nothing changed.")
            return 1
        if in_state:
            _keep_copy(state)
        if early := {a: i for a, i in takeover.imports.items() if record_of(type_of(a)).not_told}:
            _import_first(stack, early)
            again = plan(aws, stack, old, in_state=in_state, ours=_ours_and_others(stack)[0])
            if more := set(again.replaced()) - set(takeover.replaced()):
                raise OperatorError(f"{', '.join(sorted(more))} would now be replaced too; run this again to see why")
        return _apply(stack)
    finally:
        _clear(stack)


def _clear(stack: Stack) -> None:
    for leftover in (BLOCKS, PLAN):
        (stack.folder / leftover).unlink(missing_ok=True)


def _ours_and_others(stack: Stack) -> tuple[dict[str, Values], list[Old]]:
    """What the state has at addresses of ours, and everything else in it."""
    resources = stack.synthesized().resources
    shown = resources_in(stack.terraform_json("show", "-json"))
    ours = {item.address: item.values for item in shown if item.address in resources}
    return ours, [item for item in shown if item.address not in resources]


def refuse(takeover: Takeover, paths: dict[str, str], name: str, *, allow_replace: bool) -> None:
    """Raises OperatorError for a plan that deletes, or that replaces what holds data and may not."""
    if lost := takeover.lost():
        raise OperatorError(f"the plan would also delete or replace {', '.join(lost)}; nothing changed: "
                            f"`make diff ENV={name}` tells why")  # fmt: skip
    kept = sorted(paths[address] for address in takeover.replaced() if losing(type_of(address), *KEPT))
    if kept and not allow_replace:
        raise OperatorError(
            f"{', '.join(kept)} would be new and without what the old holds; nothing changed: where that is right, "
            "say ALLOW_REPLACE=1"
        )


def _import_first(stack: Stack, imports: dict[str, str]) -> None:
    """Import what AWS does not tell everything about and tell the state, before a plan may change it."""
    (stack.folder / BLOCKS).unlink()
    for address, identifier in sorted(imports.items()):
        if stack.terraform("import", "-input=false", address, identifier):
            raise OperatorError(f"terraform import of {address} failed; nothing else changed: run this again")
    tell(stack, imports)


def _apply(stack: Stack) -> int:
    if code := stack.terraform("apply", "-input=false", PLAN):
        out.print(f"[red]Not everything was done.[/] Nothing is lost: `make adopt ENV={stack.name}` goes on from here.")
        return code
    (stack.folder / BLOCKS).unlink()
    if code := stack.terraform("plan", "-input=false", "-detailed-exitcode"):
        out.print(f"[yellow]A second plan still has changes:[/] look at them and run `make deploy ENV={stack.name}`.")
        return code
    out.print(f"{stack.name} is taken over: from here on `make deploy ENV={stack.name}`, the older project no more.")
    return 0
