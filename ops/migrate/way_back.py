"""`make adopt BACK=1`: the older project gets its state back, and a script deletes what only our stack has created."""

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
"""Key of a copy of our state, as it was before the way back."""


def command(name: str, *, source: str | None, yes: bool, allow_replace: bool, allow_weaker: bool, back: bool) -> int:
    """Take over what an older project deployed, or with `back` give it its state back."""
    if back:
        return way_back(name, yes=yes)
    return adopt(name, source=source, yes=yes, allow_replace=allow_replace, allow_weaker=allow_weaker)


def way_back(name: str, *, yes: bool) -> int:
    """Give the older project its state back after a question; 0 when that is done. Deletes nothing on AWS.

    Raises OperatorError where nothing was taken over.
    """
    environment = one_environment(name)
    aws = Aws.of(environment)
    state = State(aws)
    taken = stored(aws).taken
    if not taken:
        raise OperatorError(f"nothing of {name} was taken over with `make adopt`: there is no way back to go")
    body = state.body(key=BACKUP)
    older = json.loads(body) if body else None
    stack = Stack(aws)
    stack.prepare()
    held = [Old(address, *one) for address, one in stack.resources().items()]
    if not any(one.address in stack.synthesized().resources for one in held):
        # An earlier run was interrupted: what is in the state now is the older project's, and no script deletes it.
        return _done(state, name, with_state=older is not None)
    created = [one for one in held if (one.type, one.identifier) not in taken]
    path = written(aws, "way-back", _script(aws, created))
    out.print(
        f"{len(taken)} resources go back to the older project as they are; its next apply sets them again.\n"
        f"{len(created)} exist only since the takeover; {path} deletes them, after that apply."
    )
    if not confirmed(f"Take the state of {name} away from this project?", yes=yes):
        out.print("Nothing changed.")
        return 1
    now = stack.terraform_json("state", "pull")
    state.write(json.dumps(now).encode(), key=ADOPTED)
    empty = {**now, "resources": [], "outputs": {}}
    push(stack, {**(older or empty), "serial": now["serial"] + 1, "lineage": now["lineage"]})
    return _done(state, name, with_state=older is not None)


def _done(state: State, name: str, *, with_state: bool) -> int:
    """Forget the takeover, and print what is left to do; 0."""
    # The bucket keeps their versions. Another takeover starts from what is there then.
    for key in (LIST, BACKUP):
        state.aws.client("s3").delete_object(Bucket=state.bucket, Key=key)
    out.print(Text(_steps(name, with_state=with_state)))
    return 0


def _script(aws: Aws, created: list[Old]) -> str:
    remains = [Remain(one.address, one.type, one.values, "only since the takeover", Kind.HARMLESS) for one in created]
    head = (
        f"What `make adopt ENV={aws.environment.environment}` has created, for deletion on the way back.",
        "Run it only when the older project's apply has switched the listeners to its own service.",
        "Where AWS refuses a line because something is still in use, run it again later.",
    )
    return script(aws, head, (("Only since the takeover", remains),))


def _steps(name: str, *, with_state: bool) -> str:
    first = (
        "its state is in its place again"
        if with_state
        else "bring back its state of before `terraform state rm`, e.g. an older version of the object"
    )
    return (
        f"\nNext, in the older project ({first}):\n"
        "  terraform init -reconfigure\n"
        "  terraform plan      # updates in place; creates only what was deleted by hand\n"
        "  terraform apply\n"
        f"Then sh {WORK / f'{name}.way-back.sh'}, and `terraform plan` of the older project is empty.\n"
        f"Our state of {name} is kept as {ADOPTED}."
    )
