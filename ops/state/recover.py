"""After a deployment that died: a readable state, no lock, and everything that exists back in the state."""

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
    "nothing changed: a fresh deployment would not have this. Find out who made it; remove it, or import it by hand, "
    "and run this again"
)
HARMLESS = ({"no-op"}, {"read"}, {"create"}, {"update"})


def import_blocks(found: dict[str, Found]) -> dict[str, Any]:
    """Terraform `import` blocks that take what was found into the state."""
    return {"import": [{"to": address, "id": item.import_id} for address, item in sorted(found.items())]}


def actions(plan: dict[str, Any]) -> dict[str, set[str]]:
    """What a plan, as `terraform show -json` has it, would do at each address."""
    return {change["address"]: set(change["change"]["actions"]) for change in plan.get("resource_changes", [])}


def harm(plan: dict[str, Any]) -> list[str]:
    """The addresses that a plan, as `terraform show -json` has it, would delete or replace."""
    return [
        address
        for address, done in actions(plan).items()
        if done not in HARMLESS and record_of(type_of(address)).lookup != ONLY_IN_TERRAFORM
    ]


def told(state: dict[str, Any], addresses: Iterable[str]) -> bool:
    """Put what AWS does not return into a pulled state, for these addresses; whether that changed it."""
    changed = False
    for resource in state["resources"]:
        wanted = record_of(resource["type"]).not_told
        if f"{resource['type']}.{resource['name']}" not in addresses:
            continue
        for instance in resource["instances"]:
            changed = changed or not wanted.items() <= instance["attributes"].items()
            instance["attributes"].update(wanted)
    return changed


def tell(stack: Stack, addresses: Iterable[str]) -> None:
    """Put what AWS does not return into a stack's state, where these addresses lack it. Raises OperatorError."""
    lacking = [address for address in addresses if record_of(type_of(address)).not_told]
    if not lacking:
        return
    state = stack.terraform_json("state", "pull")
    if not told(state, lacking):
        return
    push(stack, {**state, "serial": state["serial"] + 1})


def push(stack: Stack, state: Mapping[str, Any]) -> None:
    """Replace a stack's state with Terraform, which knows its lock and checksum. Raises OperatorError."""
    path = stack.folder / STATE
    try:
        with private_file(path) as file:
            json.dump(state, file)
        if stack.terraform("state", "push", STATE):
            raise OperatorError("terraform state push failed; run this again")
    finally:
        path.unlink(missing_ok=True)


def unchanged(document: Mapping[str, Any], addresses: Iterable[str]) -> dict[str, Any]:
    """The stack's JSON with some resources imported as they are, whatever the stack says of them.

    After an update in the apply that imports it, the provider reports an inconsistent result for a resource whose
    state has to be told something (`not_told` in its record).
    """
    made = copy.deepcopy(dict(document))
    for address in addresses:
        type_, _, name = address.partition(".")
        made["resource"][type_][name].setdefault("lifecycle", {})["ignore_changes"] = "all"
    return made


def recover(name: str, *, yes: bool) -> int:
    """Repair the state, release the lock, import what no state knows, and apply; 0 when all is well.

    Each step shows what it found and asks. Raises OperatorError where a person has to decide.
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
    out.print(f"{len(managed)} resources are in the state; {len(found)} more exist on AWS and are in no state.")
    if not found:
        out.print(f"Nothing to import. `make deploy ENV={name}` continues from here.")
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in ("Resource", "Exists as"):
        table.add_column(header, overflow="fold")
    for address, item in sorted(found.items()):
        table.add_row(address, item.import_id)
    out.print(table)
    return _import(aws, stack, managed, yes=yes, found=found)


def close_egress(aws: Aws, groups: list[str], managed: dict[str, dict[str, Any]]) -> None:
    """Remove the rule that lets everything out from security groups that were imported.

    AWS adds it to each new group. Terraform removes it when it creates a group, and not when it imports one.
    """
    own = {values["id"] for address, values in managed.items() if type_of(address) == EGRESS_RULE}
    open_ = "SecurityGroupRules[?IsEgress && IpProtocol == '-1']"
    filters = [{"Name": "group-id", "Values": groups}]
    for rule in aws.items("ec2", "describe_security_group_rules", open_, Filters=filters):
        identifier, group = rule["SecurityGroupRuleId"], rule["GroupId"]
        if identifier not in own:
            aws.client("ec2").revoke_security_group_egress(GroupId=group, SecurityGroupRuleIds=[identifier])
            out.print(f"Removed AWS's own egress rule {identifier} from {group}.")


def _show(aws: Aws, taken: list[Imported], blocks: dict[str, Block]) -> None:
    """Print why each resource counts as ours, and its policies and trust, as AWS has them."""
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
                f"the plan would delete or replace {', '.join(harmed)}: import by hand; nothing changed"
            )
        if not confirmed(f"Import {len(found)} resources and finish the deployment?", yes=yes):
            out.print("Nothing changed.")
            return 1
        if code := stack.terraform("apply", "-input=false", PLAN):
            return code
        tell(stack, found)
        groups = [item.import_id for address, item in found.items() if address.startswith("aws_security_group.")]
        if groups:
            close_egress(aws, groups, stack.managed())
    finally:
        stack.write(document)
        blocks.unlink(missing_ok=True)
        plan.unlink(missing_ok=True)
    return _set(stack, later) if later else 0


def _set(stack: Stack, addresses: list[str]) -> int:
    """Set what was imported as it was, if nothing else is left to do; the exit code."""
    try:
        planned = actions(stack.plan(PLAN, failed=" after the import; run `make deploy` to see why"))
        pending = {address: done for address, done in planned.items() if not done <= {"no-op", "read"}}
        if pending and set(pending) <= set(addresses) and all(done == {"update"} for done in pending.values()):
            return stack.terraform("apply", "-input=false", PLAN)
    finally:
        (stack.folder / PLAN).unlink(missing_ok=True)
    if pending:
        out.print(f"`make deploy ENV={stack.environment.environment}` continues from here.")
    return 0
