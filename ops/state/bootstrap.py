"""`make bootstrap`: creates the state bucket and lock table of an environment, and checks existing ones.

It prints what it would do before it does it. Settings that differ are only reported; with `fix` they are repaired.
"""

from ops.aws import Aws, OperatorError, in_one_line
from ops.console import cell, confirmed, out, say
from ops.state.lock_table import LockTable
from ops.state.state_resources import Difference, StateBucket

from botocore.exceptions import ClientError
from rich.table import Table


def _show(aws: Aws, missing: list[StateBucket | LockTable], differences: list[Difference]) -> None:
    table = Table("Resource", "What", "Now", "Wanted", box=None, pad_edge=False, header_style="bold")
    for resource in missing:
        table.add_row(resource.shown, "", "does not exist", cell("will be created", "green"))
    for difference in differences:
        table.add_row(difference.resource, difference.what, cell(difference.now, "yellow"), difference.wanted)
    say(f"State of {aws.environment.environment} in account {aws.account_id}, {aws.environment.aws_region}:")
    out.print(table)


def bootstrap(aws: Aws, *, yes: bool, fix: bool) -> bool:
    """Create the bucket and the table where they are missing; returns whether everything is as it should be.

    `fix`: repair settings that differ. Asks for confirmation, except with `yes`. Raises OperatorError where AWS refuses
    a call; the checks run before anything is created.
    """
    try:
        resources: list[StateBucket | LockTable] = [StateBucket(aws), LockTable(aws)]
        missing = [resource for resource in resources if not resource.exists()]
        differences = [item for resource in resources if resource not in missing for item in resource.differences()]
        if not missing and not differences:
            out.print(f"The state bucket and lock table of {aws.environment.environment} are as they should be.")
            return True
        _show(aws, missing, differences)
        if (missing or fix) and not confirmed(_question(missing, differences, fix=fix), yes=yes):
            out.print("Nothing changed.")
            return False
        for resource in missing:
            resource.create()
            out.print(f"created {resource.shown}")
        return _repair(differences, fix=fix)
    except ClientError as error:
        raise OperatorError(in_one_line(error)) from None


def command(aws: Aws, *, yes: bool, fix: bool) -> int:
    """`bootstrap` as a command: returns 0 where everything is as it should be, else 1."""
    return 0 if bootstrap(aws, yes=yes, fix=fix) else 1


def _question(missing: list[StateBucket | LockTable], differences: list[Difference], *, fix: bool) -> str:
    created = [f"Create {resource.shown}" for resource in missing]
    repaired = [f"repair {item.what} of {item.resource}" for item in differences if fix and item.repair]
    return ", ".join([*created, *repaired]) + "?"


def _repair(differences: list[Difference], *, fix: bool) -> bool:
    left = [item for item in differences if not (fix and item.repair)]
    for item in differences:
        if fix and item.repair:
            item.repair()
            out.print(f"repaired {item.what} of {item.resource}")
    if any(item.repair for item in left):
        say("Nothing was repaired; to repair what can be repaired, run `make bootstrap ENV=… FIX=1`.", "yellow")
    for item in left:
        if not item.repair:
            say(f"{item.resource}: {item.what} {item.now} cannot be changed; delete it when nothing uses it", "red")
    return not left
