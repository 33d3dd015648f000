"""`make adopt`: our stack takes over what an older Terraform or Terragrunt project deployed, and deletes none of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ops.adoption_plan import KEEPERS, Change, blocks, changes
from ops.aws import Aws, OperatorError, code_of, one_environment
from ops.bootstrap import bootstrap
from ops.console import confirmed, out
from ops.finders import find_all
from ops.matching import Matches, Old, match, resources_in
from ops.recover import resources_of, tell
from ops.state import KEY, State
from ops.state_resources import LockTable, StateBucket
from ops.terraform import Stack

import attrs
from botocore.exceptions import ClientError
from rich.markup import escape
from rich.table import Table

BLOCKS = "adopt.tf.json"
PLAN = "adopt.tfplan"
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


@attrs.frozen
class Takeover:
    """What is taken over, with the plan for it; `beside` are ours that are made anew, with what forces that."""

    matches: Matches
    pairs: dict[str, Old]
    imports: dict[str, str]
    beside: dict[str, Change]
    changes: dict[str, Change]

    def replaced(self) -> dict[str, Change]:
        """Ours that will not be what the older project made."""
        taken = {**self.pairs, **self.imports}
        return self.beside | {address: self.changes[address] for address in taken if self.changes[address].replaces}

    def lost(self) -> list[str]:
        """What the plan would delete or replace that nobody asked it to take over."""
        taken = {**self.pairs, **self.imports}
        return sorted(a for a, change in self.changes.items() if change.deletes or (change.replaces and a not in taken))

    def new(self) -> int:
        """How many resources are made."""
        return sum(change.actions == {"create"} for change in self.changes.values())

    def left_over(self) -> dict[str, str]:
        """Old addresses that nothing of ours takes over, with the reason."""
        return self.matches.reasons | {
            self.matches.pairs[address].address: f"{', '.join(change.attributes)} cannot change"
            for address, change in self.beside.items()
        }


def plan(aws: Aws, stack: Stack, old: list[Old], *, in_state: list[Old], ours: Mapping[str, Any]) -> Takeover:
    """Plan again and again until nothing is replaced that can as well be made beside the old one."""
    resources = resources_of(stack.document())
    matches = match(stack.environment.names, {a: v for a, v in resources.items() if a not in ours}, old)
    beside: dict[str, Change] = {}
    passed: set[str] = set()
    while True:
        pairs = {address: item for address, item in matches.pairs.items() if address not in beside}
        known = {**ours, **{address: item.values for address, item in pairs.items()}}
        found = find_all(aws, {a: v for a, v in resources.items() if a not in passed}, known)
        wanted = {address: item.import_id for address, item in found.items()}
        content = blocks(pairs, [item.address for item in in_state], wanted)
        imports = {block["to"]: block["id"] for block in content.get("import", [])}
        (stack.folder / BLOCKS).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        if stack.terraform("plan", "-input=false", f"-out={PLAN}", quietly=True):
            raise OperatorError("terraform plan failed; nothing changed")
        planned = changes(stack.terraform_json("show", "-json", PLAN))
        again = {
            address: planned[address]
            for address in {**pairs, **imports}
            if planned[address].replaces and not planned[address].stands_in_the_way
        }
        if not again:
            return Takeover(matches, pairs, imports, beside, planned)
        # What no state knew and would be replaced is nobody's loss: it stays as it is.
        beside |= {address: change for address, change in again.items() if address in pairs}
        passed |= set(again)


def paths_of(resources: Mapping[str, Any]) -> dict[str, str]:
    """What to call our resources: the paths of their constructs, by address."""
    return {
        address: values["//"]["metadata"]["path"].partition("/")[2] if "//" in values else address
        for address, values in resources.items()
    }


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def show(takeover: Takeover, old: list[Old], paths: Mapping[str, str]) -> None:
    """Print what becomes of each resource, by the path of its construct, and what is left."""
    table = _table("Resource", "Was", "Id", "The plan")
    replaced = takeover.replaced()
    for address in sorted({**takeover.pairs, **takeover.imports, **takeover.beside}):
        was = takeover.matches.pairs.get(address)
        change = replaced.get(address) or takeover.changes[address]
        says = change.says
        if address in takeover.beside:
            says = f"made anew beside it: {', '.join(change.attributes)} cannot change"
        red = address in replaced and address.partition(".")[0] in KEEPERS
        table.add_row(
            *map(
                escape,
                (
                    paths[address],
                    was.address if was else "in no state",
                    was.identifier if was else takeover.imports[address],
                    says,
                ),
            ),
            style="red" if red else "yellow" if address in replaced else "",
        )
    out.print(table)
    left = takeover.left_over()
    if left:
        ids = {item.address: item.identifier for item in old}
        out.print("\n[bold]Left over[/], still on AWS and in no state: delete by hand when nothing uses it.")
        table = _table("Was", "Id", "Why")
        for address, why in sorted(left.items()):
            table.add_row(escape(address), escape(ids[address]), escape(why))
        out.print(table)


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
    for leftover in (BLOCKS, PLAN):
        (stack.folder / leftover).unlink(missing_ok=True)
    stack.init()
    shown = resources_in(stack.terraform_json("show", "-json"))
    resources = resources_of(stack.document())
    ours = {item.address: item.values for item in shown if item.address in resources}
    in_state = [item for item in shown if item.address not in resources]
    old = older(told, in_state, state.path)
    if not old:
        raise nothing
    try:
        takeover = plan(aws, stack, old, in_state=in_state, ours=ours)
        show(takeover, old, paths_of(resources))
        return _apply(state, stack, takeover, yes=yes, allow_replace=allow_replace)
    finally:
        for leftover in (BLOCKS, PLAN):
            (stack.folder / leftover).unlink(missing_ok=True)


def _apply(state: State, stack: Stack, takeover: Takeover, *, yes: bool, allow_replace: bool) -> int:
    name, paths = stack.name, paths_of(resources_of(stack.document()))
    if lost := takeover.lost():
        raise OperatorError(f"the plan would also delete or replace {', '.join(lost)}; nothing changed: "
                            f"`make diff ENV={name}` tells why")  # fmt: skip
    kept = sorted(address for address in takeover.replaced() if address.partition(".")[0] in KEEPERS)
    if kept and not allow_replace:
        called = ", ".join(paths[address] for address in kept)
        raise OperatorError(
            f"{called} would be new and without what the old holds; nothing changed: where that is right, "
            "say ALLOW_REPLACE=1"
        )
    taken = len(takeover.pairs) + len(takeover.imports)
    if not confirmed(f"Take over {taken} resources and make {takeover.new()} new ones?", yes=yes):
        out.print("Nothing changed.")
        return 1
    _keep_copy(state)
    if code := stack.terraform("apply", "-input=false", PLAN):
        out.print(f"[red]Not everything was done.[/] Nothing is lost: `make adopt ENV={name}` goes on from here.")
        return code
    tell(stack, takeover.imports)
    (stack.folder / BLOCKS).unlink()
    if code := stack.terraform("plan", "-input=false", "-detailed-exitcode"):
        out.print(f"[yellow]A second plan still has changes:[/] look at them and run `make deploy ENV={name}`.")
        return code
    out.print(f"{name} is taken over: from here on `make deploy ENV={name}`, and no more the older project.")
    return 0
