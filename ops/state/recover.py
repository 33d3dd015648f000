"""`make recover`: after an interrupted deployment, repairs the state, releases its lock and imports what it lacks."""

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ops.aws import Aws, OperatorError, one_environment
from ops.console import confirmed, out
from ops.state.finders import Found, find_all
from ops.state.ownership import Imported, imported, problems, why_ours
from ops.state.state import State
from ops.terraform import Stack
from resource_types import record_of
from resource_types.expressions import type_of
from resource_types.record import ONLY_IN_TERRAFORM
from resource_types.stack import Block
from tools.private import private_file

from rich.table import Table

IMPORTS = "recover.tf.json"
PLAN = "recover.tfplan"
STATE = "recover.tfstate"
EGRESS_RULE = "aws_vpc_security_group_egress_rule"
NOT_OURS = (
    "nothing changed: a new deployment would not have this. Find out who created it, then remove it or run `terraform "
    "import` for it, and run this again"
)
HARMLESS = ({"no-op"}, {"read"}, {"create"}, {"update"})


def import_blocks(found: dict[str, Found]) -> dict[str, Any]:
    """Terraform `import` blocks for the resources that were found."""
    return {"import": [{"to": address, "id": item.import_id} for address, item in sorted(found.items())]}


def actions(plan: dict[str, Any]) -> dict[str, set[str]]:
    """The actions of a plan (`terraform show -json`), by address."""
    return {change["address"]: set(change["change"]["actions"]) for change in plan.get("resource_changes", [])}


def harm(plan: dict[str, Any]) -> list[str]:
    """The addresses of AWS resources that a plan (`terraform show -json`) would delete or replace."""
    return [
        address
        for address, done in actions(plan).items()
        if done not in HARMLESS and record_of(type_of(address)).lookup != ONLY_IN_TERRAFORM
    ]


def add_unreturned(state: dict[str, Any], addresses: Iterable[str]) -> bool:
    """Set attributes that AWS does not return (`not_told` in the record) in a pulled state; whether that changed it."""
    changed = False
    for resource in state["resources"]:
        wanted = record_of(resource["type"]).not_told
        if f"{resource['type']}.{resource['name']}" not in addresses:
            continue
        for instance in resource["instances"]:
            changed = changed or not wanted.items() <= instance["attributes"].items()
            instance["attributes"].update(wanted)
    return changed


def complete_state(stack: Stack, addresses: Iterable[str]) -> None:
    """Set attributes that AWS does not return in a stack's state, for these addresses, where they are missing.

    Raises OperatorError where Terraform cannot pull or push the state.
    """
    lacking = [address for address in addresses if record_of(type_of(address)).not_told]
    if not lacking:
        return
    state = stack.terraform_json("state", "pull")
    if not add_unreturned(state, lacking):
        return
    push(stack, {**state, "serial": state["serial"] + 1})


def push(stack: Stack, state: Mapping[str, Any]) -> None:
    """Replace a stack's state with `terraform state push`, which handles lock and checksum. Raises OperatorError."""
    path = stack.folder / STATE
    try:
        with private_file(path) as file:
            json.dump(state, file)
        if stack.terraform("state", "push", STATE):
            raise OperatorError("terraform state push failed; run this again")
    finally:
        path.unlink(missing_ok=True)


def unchanged(document: Mapping[str, Any], addresses: Iterable[str]) -> dict[str, Any]:
    """The stack's JSON in which Terraform ignores all changes of these resources, so that it only imports them.

    For resources with attributes that AWS does not return (`not_told` in the record): where the same apply imports and
    updates one, the provider reports an inconsistent result.
    """
    made = copy.deepcopy(dict(document))
    for address in addresses:
        type_, _, name = address.partition(".")
        made["resource"][type_][name].setdefault("lifecycle", {})["ignore_changes"] = "all"
    return made


def recover(name: str, *, yes: bool) -> int:
    """Repair the state, release its lock, import resources that it lacks, and apply; returns the exit code.

    Each step prints what it found and asks for confirmation, except with `yes`. Raises OperatorError, with nothing
    imported, where a resource may belong to somebody else or would be deleted or replaced.
    """
    environment = one_environment(name)
    aws = Aws.of(environment)
    state = State(aws)
    state.repair(yes=yes)
    if lock := state.lock():
        state.release(lock, yes=yes)
    else:
        out.print("The state is not locked.")

    stack = Stack(aws)
    stack.synthesize()
    (stack.folder / IMPORTS).unlink(missing_ok=True)
    stack.init()
    managed = stack.managed()
    found = find_all(aws, stack.synthesized().terraform, managed)
    out.print(f"{len(managed)} resources are in the state; {len(found)} more exist on AWS but not in the state.")
    if not found:
        out.print(f"Nothing to import. To complete the deployment, run `make deploy ENV={name}`.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in ("Resource", "Exists as"):
        table.add_column(header, overflow="fold")
    for address, item in sorted(found.items()):
        table.add_row(address, item.import_id)
    out.print(table)
    return _import(aws, stack, managed, yes=yes, found=found)


def close_egress(aws: Aws, groups: list[str], managed: dict[str, dict[str, Any]]) -> None:
    """Remove the default allow-all egress rule from imported security groups.

    AWS adds it to each new group. Terraform removes it when it creates a group, but not when it imports one.
    """
    own = {values["id"] for address, values in managed.items() if type_of(address) == EGRESS_RULE}
    open_ = "SecurityGroupRules[?IsEgress && IpProtocol == '-1']"
    filters = [{"Name": "group-id", "Values": groups}]
    for rule in aws.items("ec2", "describe_security_group_rules", open_, Filters=filters):
        identifier, group = rule["SecurityGroupRuleId"], rule["GroupId"]
        if identifier not in own:
            aws.client("ec2").revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[identifier])
            out.print(f"Removed the default egress rule {identifier} from {group}.")


def _show(aws: Aws, taken: list[Imported], blocks: dict[str, Block]) -> None:
    """Print why each resource counts as the environment's, and its IAM documents as they are on AWS."""
    for one in taken:
        out.print(f"{one.address}: {why_ours(aws, one, blocks[one.address])}")
        for name, document in one.documents().items():
            text = json.dumps(json.loads(document), sort_keys=True)
            out.print(f"  {name}: {text}")


def _import(aws: Aws, stack: Stack, managed: dict[str, Any], *, yes: bool, found: dict[str, Found]) -> int:
    blocks = stack.folder / IMPORTS
    plan = stack.folder / PLAN
    synthesized = stack.synthesized()
    document, resources = synthesized.document, synthesized.terraform
    later = [address for address in found if record_of(type_of(address)).not_told]
    try:
        stack.write(unchanged(document, later))
        blocks.write_text(json.dumps(import_blocks(found), indent=2) + "\n", encoding="utf-8")
        shown = stack.plan(PLAN, failed="; nothing changed")
        taken = imported(shown)
        if lines := problems(aws, taken, resources, managed):
            raise OperatorError("\n".join([*lines, NOT_OURS]))
        _show(aws, taken, resources)
        if harmed := harm(shown):
            raise OperatorError(
                f"the plan would delete or replace {', '.join(harmed)}; nothing changed: import these resources with "
                "`terraform import` and run this again"
            )
        if not confirmed(f"Import {len(found)} resources and finish the deployment?", yes=yes):
            out.print("Nothing changed.")
            return 1
        if code := stack.apply_plan(PLAN):
            return code
        complete_state(stack, found)
        groups = [item.import_id for address, item in found.items() if address.startswith("aws_security_group.")]
        if groups:
            close_egress(aws, groups, stack.managed())
    finally:
        stack.write(document)
        blocks.unlink(missing_ok=True)
        plan.unlink(missing_ok=True)
    return _set(stack, later) if later else 0


def _set(stack: Stack, addresses: list[str]) -> int:
    """Update the resources that were imported unchanged, if no other change is pending; returns the exit code."""
    try:
        planned = actions(stack.plan(PLAN, failed=" after the import; run `make deploy` to see why"))
        pending = {address: done for address, done in planned.items() if not done <= {"no-op", "read"}}
        if pending and set(pending) <= set(addresses) and all(done == {"update"} for done in pending.values()):
            return stack.apply_plan(PLAN)
    finally:
        (stack.folder / PLAN).unlink(missing_ok=True)
    if pending:
        out.print(f"To complete the deployment, run `make deploy ENV={stack.environment.environment}`.")
    return 0
