"""Which instructions a takeover gives Terraform, and what it reports about the plan."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.schema import Environment
from ops.aws import Aws, OperatorError
from ops.migrate.adopt import check_import, older, read, refuse
from ops.migrate.adoption_plan import Change, Place, blocks, changes
from ops.migrate.staging import Staging
from ops.state.matching import Matches, Old
from ops.state.takeover import Takeover, roots
from resource_types.stack import Block, SynthesizedStack
from tests.conftest import Synthesize
from tests.ops.conftest import Answer
from tests.support.synthesized import settings

import attrs
import pytest

PLACE = Place({"partition": "aws-us-gov", "region": "us-gov-west-1", "account_id": "123456789012"})


def old(address: str, **values: object) -> Old:
    """Return a resource of the older project."""
    return Old(address, address.rpartition(".")[0].rpartition(".")[2], {"id": address, **values})


def test_blocks_move_what_the_state_knows_and_forget_the_rest() -> None:
    """Resources in the state are moved, others are imported, and unmatched ones are removed without destroying them."""
    pairs = {"aws_subnet.A": old('module.n["x"].aws_subnet.public[0]'), "aws_vpc.V": old("aws_vpc.elsewhere")}
    in_state = [
        'module.n["x"].aws_subnet.public[0]',
        'module.n["x"].aws_subnet.public[1]',
        'module.n["x"].aws_subnet.public[2]',
    ]
    assert blocks(PLACE, pairs, in_state, {"aws_route.R": "rtb-1_0.0.0.0/0"}) == {
        "moved": [{"from": 'module.n["x"].aws_subnet.public[0]', "to": "aws_subnet.A"}],
        "removed": [{"from": "module.n.aws_subnet.public", "lifecycle": {"destroy": False}}],
        "import": [
            {"to": "aws_route.R", "id": "rtb-1_0.0.0.0/0"},
            {"to": "aws_vpc.V", "id": "aws_vpc.elsewhere"},
        ],
    }


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        (old("aws_vpc.v"), "aws_vpc.v"),
        (old("aws_cognito_user_pool_client.c", id="c", user_pool_id="p"), "p/c"),
        (old("aws_cognito_resource_server.s", user_pool_id="p", identifier="https://x"), "p|https://x"),
        (old("aws_ecs_service.s", cluster="arn:aws:ecs:r:1:cluster/c", name="s"), "c/s"),
        (
            old("aws_cloudwatch_query_definition.q", id="q", query_definition_id="q"),
            "arn:aws-us-gov:logs:us-gov-west-1:123456789012:query-definition:q",
        ),
        (old("aws_route_table_association.a", subnet_id="s", route_table_id="r"), "s/r"),
    ],
    ids=lambda value: value.type if isinstance(value, Old) else "",
)
def test_import_ids_are_the_providers(resource: Old, wanted: str) -> None:
    """Each import id has the form that the AWS provider documents for its type."""
    assert PLACE.import_id(resource) == wanted


def test_what_was_imported_by_another_way_is_no_leftover() -> None:
    """A resource that was found on AWS by its name and imported is not listed as left over."""
    one, two = old("aws_ecs_cluster.a", id="arn-a", name="ours"), old("aws_ecs_cluster.b", id="arn-b", name="b")
    same_name = old("aws_sqs_queue.q", id="ours")
    reasons = {item.address: "why" for item in (one, two, same_name)}
    takeover = Takeover(Matches({}, reasons), {}, {"aws_ecs_cluster.C": "ours"}, {}, {}, Staging(), {})
    assert takeover.left_over([one, two, same_name], PLACE) == {"aws_ecs_cluster.b": "why", "aws_sqs_queue.q": "why"}


def test_only_what_is_taken_over_may_be_replaced() -> None:
    """A plan that would replace a user pool or delete a resource stops the takeover.

    A key that is tainted, because its creation failed in the last run, may be created again.
    """
    plan = changes(
        {
            "resource_changes": [
                change("aws_cognito_user_pool", ["delete", "create"], {"id": "p"}, {}, replace_paths=[["schema"]]),
                change("aws_ecs_task_definition", ["delete", "create"], {"id": "t"}, {}, replace_paths=[["cpu"]]),
                change("aws_sqs_queue", ["delete"], {"id": "q"}, {}),
                {
                    **change("aws_kms_key", ["delete", "create"], {"id": "k"}, {}),
                    "action_reason": "replace_because_tainted",
                },
                change("aws_vpc", ["update"], {"id": "v"}, {"id": "v", "tags": {}}),
            ]
        }
    )
    takeover = Takeover(Matches({}, {}), {}, {}, {}, plan, Staging(), {})
    assert takeover.lost() == ["aws_cognito_user_pool.X", "aws_sqs_queue.X"]
    with pytest.raises(OperatorError) as refused:
        refuse(takeover, {}, "dev", allow_replace=True)
    assert str(refused.value) == (
        "the plan would also delete or replace aws_cognito_user_pool.X, aws_sqs_queue.X; nothing changed: "
        "to see why, run `make diff ENV=dev`"
    )


def test_nothing_that_holds_data_is_replaced_unasked() -> None:
    """A resource that holds data is not replaced, and a one-line error says so, unless ALLOW_REPLACE=1 is passed."""
    named = Change("aws_ecr_repository.R", frozenset({"create"}), ("name",), conflicts=False)
    group = Change("aws_security_group.S", frozenset({"create"}), ("name",), conflicts=False)
    beside = {one.address: one for one in (named, group)}
    takeover = Takeover(Matches({}, {}), {}, {}, beside, {}, Staging(), {})
    paths = {"aws_ecr_repository.R": "Repository/Repository", "aws_security_group.S": "SecurityGroups/Gateway"}
    with pytest.raises(OperatorError) as refused:
        refuse(takeover, paths, "dev", allow_replace=False)
    assert str(refused.value) == (
        "Repository/Repository would be created again, without the data or address of the old one; nothing changed: "
        "to accept that, pass ALLOW_REPLACE=1"
    )
    refuse(takeover, paths, "dev", allow_replace=True)


def change(
    type_: str, actions: list[str], before: dict[str, Any], after: dict[str, Any], **more: object
) -> dict[str, Any]:
    """Return a resource's change as in a plan."""
    return {
        "address": f"{type_}.X",
        "mode": "managed",
        "type": type_,
        "change": {"actions": actions, "before": before, "after": after, **more},
    }


@pytest.mark.parametrize(
    ("item", "says", "conflicts"),
    [
        (change("aws_vpc", ["no-op"], {"id": "1"}, {"id": "1"}), "nothing", False),
        (
            change("aws_vpc", ["update"], {"tags": {}, "tags_all": {}}, {"tags": {"a": "1"}, "tags_all": {"a": "1"}}),
            "updated in place: tags",
            False,
        ),
        (
            change("aws_lb", ["delete", "create"], {"name": "a"}, {"name": "b"}, replace_paths=[["name"]]),
            "deleted and created again: name cannot change",
            False,
        ),
        (
            change(
                "aws_ecr_repository",
                ["delete", "create"],
                {"name": "a"},
                {"name": "a"},
                replace_paths=[["encryption_configuration", 0, "kms_key"]],
            ),
            "deleted and created again: encryption_configuration.kms_key cannot change",
            True,
        ),
        (
            change(
                "aws_lb_listener",
                ["delete", "create"],
                {"load_balancer_arn": "a", "port": 80},
                {"port": 80},
                after_unknown={"load_balancer_arn": True},
                replace_paths=[["load_balancer_arn"]],
            ),
            "deleted and created again: load_balancer_arn cannot change",
            False,
        ),
        (
            change(
                "aws_cognito_user_pool_domain",
                ["delete", "create"],
                {"domain": "a", "user_pool_id": "p"},
                {"domain": "b", "user_pool_id": "p"},
                replace_paths=[["domain"]],
            ),
            "deleted and created again: domain cannot change",
            True,
        ),
        (
            change("aws_kms_key", ["delete", "create"], {"id": "k"}, {}, replace_paths=[["key_usage"]]),
            "deleted and created again: key_usage cannot change",
            False,
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_plan_tells_what_changes_and_what_conflicts(item: dict[str, Any], *, says: str, conflicts: bool) -> None:
    """A new resource can be created next to the old one, unless both need the same name or place."""
    found = changes({"resource_changes": [item]})[item["address"]]
    assert (found.says, found.conflicts) == (says, conflicts)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file that is not `terraform show -json` output is refused, with the command that creates it."""
    path = tmp_path / "show.json"
    lines = []
    for text in (None, "no json", "[]", "{}"):
        if text is not None:
            path.write_text(text, encoding="utf-8")
        with pytest.raises(OperatorError) as refused:
            read(str(path))
        lines.append(str(refused.value))
    how = (
        f"{path} is not the output of `terraform show -json`: in the older project's folder run "
        f"`terraform show -json > {path}`"
    )
    assert lines == [
        f"{path} cannot be read: No such file or directory",
        how,
        how,
        how,
    ]


def test_what_is_told_has_to_be_the_states() -> None:
    """The file of FROM must match the state; without a state, the file's resources are used."""
    told, state = [old("aws_vpc.v", id="vpc-1")], [old("aws_vpc.v", id="vpc-2")]
    assert older(None, state, "b/k") == state
    assert older(told, [], "b/k") == told
    assert older(state, state, "b/k") == state
    with pytest.raises(OperatorError) as refused:
        older(told, state, "b/k")
    assert str(refused.value) == (
        "FROM differs from the state in s3://b/k: aws_vpc.v is missing there or has another id. Omit FROM to "
        "use that state"
    )


def test_without_a_deployment_there_is_nothing_to_take_over(
    aws: Callable[..., Any], ops: Callable[..., Answer], only_environment: Callable[[Environment], None], tmp_path: Path
) -> None:
    """Without an older deployment, or with an unreadable file, the error is one line and no bucket is created."""
    s3 = aws("s3")
    only_environment(settings(aws_region="us-east-1"))
    (tmp_path / "show.json").write_text(json.dumps({"values": {}}), encoding="utf-8")
    assert ops("adopt", "test").err == (
        "s3://ai-gateway-tfstate-test/terraform.tfstate holds no resources of an older deployment. If its state is "
        "elsewhere, run `terraform show -json > show.json` in the older project, then "
        "`make adopt ENV=test FROM=show.json` here\n"
    )
    assert ops("adopt", "test", "--from", str(tmp_path / "show.json")).code == 1
    (tmp_path / "show.json").write_text(json.dumps({"format_version": "1.0"}), encoding="utf-8")
    assert ops("adopt", "test", "--from", str(tmp_path / "show.json")).err == (
        f"{tmp_path}/show.json has no resources: in the folder of the older project's state, run "
        f"`terraform show -json > {tmp_path}/show.json` again\n"
    )
    assert s3.list_buckets()["Buckets"] == []


def test_what_cannot_be_imported_is_said_before_anything_is_created(
    aws: Callable[..., Any], synthesize: Synthesize
) -> None:
    """A resource without a part of its import id is refused before anything is created."""
    environment = settings(aws_region="us-east-1")
    stack = SynthesizedStack.of(synthesize(environment).document)
    query = old("aws_cloudwatch_query_definition.q", name=environment.names.query("gateway-errors"))
    check_import(Aws.of(environment), stack, [attrs.evolve(query, values={**query.values, "query_definition_id": "q"})])
    with pytest.raises(OperatorError) as refused:
        check_import(Aws.of(environment), stack, [query])
    assert str(refused.value) == (
        "aws_cloudwatch_query_definition.q has no 'query_definition_id' in the file of FROM, so it cannot be imported: in "
        "the older project run `terraform apply -refresh-only`, then `terraform show -json` again"
    )
    assert aws("s3").list_buckets()["Buckets"] == []


def test_what_is_replaced_for_another_ones_sake_can_stay() -> None:
    """A replaced load balancer also replaces its listener; only the group that caused both needs a second one."""
    group, balancer, listener = "aws_security_group.Group", "aws_lb.Balancer", "aws_lb_listener.Http"
    replace = frozenset({"delete", "create"})
    planned = {
        group: Change(group, replace, ("name",), conflicts=False),
        balancer: Change(balancer, replace, (), conflicts=True),
        listener: Change(listener, replace, ("load_balancer_arn",), conflicts=False),
    }
    resources: dict[str, dict[str, Any]] = {
        group: {"name": "new"},
        balancer: {"lifecycle": {"replace_triggered_by": [f"{group}.id"]}},
        listener: {"load_balancer_arn": f"${{{balancer}.arn}}"},
    }
    again = {group: planned[group], listener: planned[listener]}
    blocks_of = {address: Block(address, body) for address, body in resources.items()}
    assert roots(again, planned, blocks_of) == {group: planned[group]}
