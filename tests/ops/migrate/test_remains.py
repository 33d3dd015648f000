"""What a takeover leaves behind: its importance, the commands that delete it, and what later runs know about it."""

import json
from collections.abc import Callable
from typing import Any

from ops.aws import Aws
from ops.migrate.remains import (
    PART_OF,
    REMOVALS,
    Adopted,
    Kind,
    allows,
    commands_for,
    is_there,
    remain,
    script,
    state_rm,
    store,
    stored,
)
from ops.state.bootstrap import bootstrap
from ops.state.matching import Old
from tests.conftest import Synthesize
from tests.support.commands import arguments, parsed
from tests.support.synthesized import EVERYTHING, settings

import botocore.session
import jmespath
import pytest

NO_COMMAND = {"aws_route53_record"}
"""Types without a deletion command: deleting a DNS record requires its complete content."""


def old(address: str, **values: object) -> Old:
    """Return a resource of the older project."""
    return Old(address, address.rpartition(".")[0].rpartition(".")[2], {"id": address, **values})


def test_every_type_of_the_stack_can_be_removed(synthesize: Synthesize) -> None:
    """Every other type of the stack has a deletion command or is deleted with its parent; none is in both tables."""
    types = set(synthesize(EVERYTHING).document["resource"])
    assert types - set(REMOVALS) - PART_OF == NO_COMMAND
    assert set(REMOVALS) & PART_OF == set()


@pytest.mark.parametrize("type_", REMOVALS)
def test_commands_and_reads_are_the_services_own(type_: str) -> None:
    """Each operation exists in the AWS SDK, and its options are valid and complete. So are the calls that read."""
    session = botocore.session.get_session()
    for service, operation, options in parsed("\n".join(commands_for(type_, {"id": "1"}))):
        if operation in {"wait", "rb"}:
            continue
        name = "".join(part.title() for part in operation.split("-")).lower()
        model = session.get_service_model(service)
        (found,) = [one for one in model.operation_names if one.lower() == name]
        shape = model.operation_model(found).input_shape
        options.pop("$(aws", None)
        assert set(shape.required_members) - set(arguments(shape, options)) == set()
    if read := REMOVALS[type_].there:
        model = session.get_service_model(read.service)
        (found,) = [one for one in model.operation_names if one.lower() == read.call.replace("_", "")]
        shape = model.operation_model(found).input_shape
        assert set(shape.required_members) <= set(read.arguments) <= set(shape.members)
        jmespath.compile(read.query)


def test_commands_are_quoted_for_a_shell() -> None:
    """Values are quoted for the shell, and an unknown attribute becomes a placeholder."""
    assert commands_for("aws_iam_role_policy", {"role": "a role; rm", "name": "p"}) == (
        "aws iam delete-role-policy --role-name 'a role; rm' --policy-name p",
    )
    assert commands_for("aws_eip", {}) == ("aws ec2 release-address --allocation-id <id>",)
    assert commands_for("aws_unheard_of", {"id": "1"}) == ()


def test_how_much_somebody_should_care() -> None:
    """The order is: affects what was taken over, costs money, holds data, still needed, harmless."""
    policy = {"Statement": {"Effect": "Allow", "Action": ["bedrock:InvokeModel"], "Resource": "*"}}
    acts = old("aws_iam_role_policy.bedrock", role="task", policy=json.dumps(policy))
    taken, needed = frozenset({"task"}), frozenset({"aws_kms_key.logs"})
    found = {
        one.address: remain(one, "why", taken=taken, needed=needed)
        for one in (
            acts,
            old("aws_iam_role_policy.other", role="other"),
            old("aws_iam_role_policy_attachment.a", role="task", policy_arn="arn:p"),
            old("aws_ecs_service.s"),
            old("aws_vpc_endpoint.s3", vpc_endpoint_type="Gateway"),
            old("aws_vpc_endpoint.logs", vpc_endpoint_type="Interface"),
            old("aws_cloudwatch_log_group.g"),
            old("aws_kms_key.logs"),
            old("aws_kms_key.unused"),
        )
    }
    assert {address: one.kind for address, one in found.items()} == {
        "aws_iam_role_policy.bedrock": Kind.ACTS,
        "aws_iam_role_policy.other": Kind.HARMLESS,
        "aws_iam_role_policy_attachment.a": Kind.ACTS,
        "aws_ecs_service.s": Kind.COSTS,
        "aws_vpc_endpoint.s3": Kind.HARMLESS,
        "aws_vpc_endpoint.logs": Kind.COSTS,
        "aws_cloudwatch_log_group.g": Kind.HOLDS,
        "aws_kms_key.logs": Kind.NEEDED,
        "aws_kms_key.unused": Kind.COSTS,
    }
    assert found["aws_iam_role_policy.bedrock"].says == "role task: Allow bedrock:InvokeModel on *"
    assert found["aws_iam_role_policy_attachment.a"].says == "role task: policy arn:p"
    assert (found["aws_ecs_service.s"].says, found["aws_kms_key.logs"].says) == ("its tasks keep running", "why")
    assert allows("no policy") == "an inline policy"


def test_a_script_deletes_in_the_order_that_aws_takes(aws: Callable[..., Any]) -> None:
    """A service is deleted before its security group; data and needed keys are comments; unknown types are named."""
    del aws
    remains = [
        remain(one, "why", taken=frozenset(), needed=frozenset({"aws_kms_key.k"}))
        for one in (
            old("aws_security_group.g"),
            old("aws_ecs_service.s", cluster="c", name="s"),
            old("aws_cloudwatch_log_group.l", name="/l"),
            old("aws_kms_key.k", key_id="k"),
            old("aws_ecr_lifecycle_policy.p"),
            old("aws_unheard_of.u"),
        )
    ]
    text = script(Aws.of(settings(aws_region="us-east-1")), ["Read it."], [("Left", remains)])
    lines = [line for line in text.splitlines() if not line.startswith("# aws_")]
    assert lines == [
        "#!/bin/sh",
        "# Read it.",
        "export AWS_REGION=us-east-1",
        "",
        "# Left.",
        "aws ecs delete-service --cluster c --service s --force",
        "aws ec2 delete-security-group --group-id aws_security_group.g",
        "# later: aws logs delete-log-group --log-group-name /l",
        "# later: aws kms schedule-key-deletion --key-id k --pending-window-in-days 30",
        "# delete this aws_unheard_of by hand: this project knows no command for it",
    ]


def test_what_is_stored_grows_until_it_is_taken_over(aws: Callable[..., Any]) -> None:
    """The stored list has no secrets, drops what a later run takes over, and is empty without a state bucket."""
    del aws
    place = Aws.of(settings(aws_region="us-east-1"))
    assert stored(place) == Adopted()
    assert bootstrap(place, yes=True, fix=False)
    assert stored(place) == Adopted()
    one = remain(old("aws_cognito_user_pool_client.c", client_secret=""), "", taken=frozenset(), needed=frozenset())
    two = remain(old("aws_eip.e"), "why", taken=frozenset(), needed=frozenset())
    assert "client_secret" not in one.values
    store(place, stored(place).merged(Adopted(frozenset({("aws_vpc", "v")}), (one, two))))
    later = stored(place).merged(Adopted(frozenset({("aws_eip", "aws_eip.e")})))
    assert (later.taken, later.left) == (frozenset({("aws_vpc", "v"), ("aws_eip", "aws_eip.e")}), (one,))


def test_what_is_gone_is_known(aws: Callable[..., Any]) -> None:
    """A call for each type checks whether a resource exists; without such a call, the resource counts as existing."""
    place = Aws.of(settings(aws_region="us-east-1"))
    group = aws("ec2").create_security_group(GroupName="g", Description="g")["GroupId"]
    assert is_there(place, "aws_security_group", {"id": group})
    aws("ec2").delete_security_group(GroupId=group)
    assert not is_there(place, "aws_security_group", {"id": group})
    key = aws("kms").create_key()["KeyMetadata"]["KeyId"]
    assert is_there(place, "aws_kms_key", {"key_id": key})
    aws("kms").schedule_key_deletion(KeyId=key)
    assert not is_there(place, "aws_kms_key", {"key_id": key})
    assert not is_there(place, "aws_iam_role_policy", {"role": "r", "name": "p"})
    assert not is_there(place, "aws_ecs_service", {"cluster": "c", "name": "s"})
    assert not is_there(place, "aws_cloudwatch_log_group", {"name": "/g"})
    assert is_there(place, "aws_unheard_of", {})


def test_addresses_are_quoted_for_a_shell() -> None:
    """One command removes all addresses, since each Terraform run reads and writes the state."""
    assert state_rm(["module.b.aws_vpc.v", 'aws_subnet.s["a b"]']) == (
        "terraform state rm \\\n  'aws_subnet.s[\"a b\"]' \\\n  module.b.aws_vpc.v"
    )
