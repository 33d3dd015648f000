"""`make adopt BACK=1`: gives the older project its state back, and writes a script that deletes what we created."""

import json

from ops.aws import Aws, OperatorError, one_environment
from ops.console import confirmed, out
from ops.migrate.adopt import BACKUP, adopt
from ops.migrate.remains import LIST, Kind, Remain, script, stored, written
from ops.state.matching import Old
from ops.state.recover import push
from ops.state.state import KEY, State
from ops.terraform import Stack
from tools.cdktf import WORK

from rich.text import Text

ADOPTED = f"{KEY}.adopted"
"""Key of the copy of our state from before it was given back, in the state bucket."""


def command(name: str, *, source: str | None, yes: bool, allow_replace: bool, allow_weaker: bool, back: bool) -> int:
    """`make adopt`: `adopt`, or with `back` `way_back`; returns the exit code."""
    if back:
        return way_back(name, yes=yes)
    return adopt(name, source=source, yes=yes, allow_replace=allow_replace, allow_weaker=allow_weaker)


def way_back(name: str, *, yes: bool) -> int:
    """Give the older project its state back, after a prompt; returns 0, or 1 where the operator declines.

    Deletes nothing on AWS. Raises OperatorError where nothing was taken over.
    """
    environment = one_environment(name)
    aws = Aws.of(environment)
    state = State(aws)
    taken = stored(aws).taken
    if not taken:
        raise OperatorError(f"nothing of {name} was taken over with `make adopt`, so there is nothing to give back")
    body = state.body(key=BACKUP)
    older = json.loads(body) if body else None
    stack = Stack(aws)
    stack.prepare()
    held = [Old(address, *one) for address, one in stack.resources().items()]
    if not any(one.address in stack.synthesized().resources for one in held):
        # An earlier run was interrupted after it pushed the older project's state, so only the clean-up is left.
        return _done(state, name, with_state=older is not None)
    created = [one for one in held if (one.type, one.identifier) not in taken]
    path = written(aws, "way-back", _script(aws, created))
    out.print(
        f"{len(taken)} resources go back to the older project as they are; its next apply updates them.\n"
        f"{len(created)} were created by this project; after that apply, {path} deletes them."
    )
    if not confirmed(f"Give the state of {name} back to the older project?", yes=yes):
        out.print("Nothing changed.")
        return 1
    now = stack.terraform_json("state", "pull")
    state.write(json.dumps(now).encode(), key=ADOPTED)
    empty = {**now, "resources": [], "outputs": {}}
    push(stack, {**(older or empty), "serial": now["serial"] + 1, "lineage": now["lineage"]})
    return _done(state, name, with_state=older is not None)


def _done(state: State, name: str, *, with_state: bool) -> int:
    """Delete the stored result of the takeover, and print the next steps; returns 0."""
    # Without them another takeover starts from scratch. The bucket keeps old versions of both.
    for key in (LIST, BACKUP):
        state.aws.client("s3").delete_object(Bucket=state.bucket, Key=key)
    out.print(Text(_steps(name, with_state=with_state)))
    return 0


def _script(aws: Aws, created: list[Old]) -> str:
    remains = [Remain(one.address, one.type, one.values, "created by this project", Kind.HARMLESS) for one in created]
    head = (
        f"Deletes what this project created for {aws.environment.environment}, after `make adopt BACK=1`.",
        "Run it only when the older project's apply has switched the listeners to its own service.",
        "If AWS refuses a command because something is in use, run it again later.",
    )
    return script(aws, head, (("Created by this project", remains),))


def _steps(name: str, *, with_state: bool) -> str:
    first = (
        "its state is restored"
        if with_state
        else "first restore its state from before `terraform state rm`, e.g. an older version of the object"
    )
    return (
        f"\nNext, in the older project ({first}):\n"
        "  terraform init -reconfigure\n"
        "  terraform plan      # updates in place; creates only what was deleted by hand\n"
        "  terraform apply\n"
        f"Then run `sh {WORK / f'{name}.way-back.sh'}`; after that, `terraform plan` in the older project is empty.\n"
        f"This project's state of {name} is kept in the state bucket as {ADOPTED}."
    )
