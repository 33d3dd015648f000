"""The steps of a takeover: how each differs from the final stack, and what a takeover would weaken."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ops.aws import Aws, OperatorError
from ops.gateway.rollouts import Rollouts
from ops.migrate.adopt import agreed
from ops.migrate.keys_in_use import keys_in_use
from ops.migrate.staging import TIE, Staging
from ops.migrate.weakening import Difference, counted, differences
from ops.state.matching import Matches, Old
from ops.state.takeover import Takeover
from resource_types.stack import SynthesizedStack
from tests.conftest import Synthesize
from tests.support.synthesized import settings

import pytest

ALL = {"Action": "kms:*", "Resource": "*"}
OLDER_GROUP, OLDER_TARGETS = "sg-older", "arn:older"


def resources_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resources' bodies by address."""
    return {address: block.body for address, block in SynthesizedStack.of(document).resources.items()}


def only(resources: dict[str, Any], type_: str) -> str:
    """Return the address of the only resource of a type."""
    (found,) = [address for address in resources if address.startswith(f"{type_}.")]
    return found


def test_the_older_service_answers_until_the_listeners_switch(synthesize: Synthesize) -> None:
    """First the listener and its security groups stay, and a rule uses our target group; then the listener switches."""
    document = synthesize(settings()).document
    resources = resources_of(document)
    listener, balancer = only(resources, "aws_lb_listener"), only(resources, "aws_lb")
    service, targets = only(resources, "aws_ecs_service"), only(resources, "aws_lb_target_group")
    known: dict[str, dict[str, Any]] = {
        listener: {"default_action": [{"type": "forward", "target_group_arn": OLDER_TARGETS}]},
        balancer: {"security_groups": [OLDER_GROUP]},
    }
    staging = Staging.of(resources, known, [])
    assert (staging.listeners, dict(staging.groups)) == ((listener,), {balancer: (OLDER_GROUP,)})

    def at(step: dict[str, Any], address: str) -> dict[str, Any]:
        return dict(resources_of(step)[address])

    first, (second, last) = staging.first(document), staging.documents(document)
    assert last == document
    assert at(first, listener)["lifecycle"]["ignore_changes"] == ["default_action"]
    assert "lifecycle" not in at(second, listener)
    for step in (first, second):
        assert at(step, balancer)["security_groups"] == [*at(document, balancer)["security_groups"], OLDER_GROUP]
        assert at(step, TIE)["action"] == [{"type": "forward", "target_group_arn": f"${{{targets}.arn}}"}]
        assert at(step, TIE)["listener_arn"] == f"${{{listener}.arn}}"
        assert TIE in at(step, service)["depends_on"]
    assert staging.later(listener) == "switched to the new tasks when they are healthy"
    assert staging.later(balancer) == "sg-older removed when the listeners have switched"


@pytest.mark.parametrize(
    "action",
    [
        {"type": "forward", "target_group_arn": "arn:ours"},
        {"type": "redirect", "redirect": [{"port": "443"}]},
        {"type": "forward", "forward": [{"target_group": [{"arn": "arn:ours"}]}]},
    ],
    ids=["ours", "redirect", "weighted"],
)
def test_a_listener_of_our_targets_needs_no_switch(action: dict[str, Any], synthesize: Synthesize) -> None:
    """If the listener already uses our target group, the stack is applied in one step."""
    resources = resources_of(synthesize(settings()).document)
    known: dict[str, dict[str, Any]] = {
        only(resources, "aws_lb_listener"): {"default_action": [action]},
        only(resources, "aws_lb_target_group"): {"arn": "arn:ours"},
        only(resources, "aws_lb"): {"security_groups": [OLDER_GROUP]},
    }
    assert Staging.of(resources, known, []) == Staging()
    assert Staging().documents({}) == []


def test_an_imported_client_changes_once_the_state_was_told(synthesize: Synthesize) -> None:
    """AWS does not return that a client has a secret, so an imported one changes only after its state was corrected."""
    document = synthesize(settings()).document
    client = only(resources_of(document), "aws_cognito_user_pool_client")
    staging = Staging.of(resources_of(document), {}, [client, "aws_vpc.V"])
    assert staging.imported == (client,)
    assert resources_of(staging.first(document))[client]["lifecycle"]["ignore_changes"] == "all"
    assert staging.documents(document) == [document]


@pytest.mark.parametrize(
    ("address", "old", "new", "found"),
    [
        (
            "aws_lb.B",
            {"enable_deletion_protection": True, "access_logs": [{"enabled": True}], "internal": True},
            {"enable_deletion_protection": False, "access_logs": [{"enabled": True}], "internal": False},
            [
                Difference("B", "enable_deletion_protection", "true", "false", "deletion_protection=True"),
                Difference("B", "internal", "true", "false", "internal_load_balancer=True"),
            ],
        ),
        (
            "aws_cloudwatch_log_group.G",
            {"retention_in_days": 0},
            {"retention_in_days": 365},
            [Difference("B", "retention_in_days", "0", "365", "log_retention_days=0")],
        ),
        ("aws_cloudwatch_log_group.G", {"retention_in_days": 30}, {"retention_in_days": 365}, []),
        (
            "aws_ecs_task_definition.T",
            {"cpu": "512", "memory": "4096"},
            {"cpu": "1024", "memory": "2048"},
            [
                Difference("B", "cpu", "512", "1024", "gateway_cpu=512", weakens=False),
                Difference("B", "memory", "4096", "2048", "gateway_memory=4096"),
            ],
        ),
        ("aws_cloudwatch_log_group.G", {"kms_key_id": "arn", "retention_in_days": 1}, {"retention_in_days": 1}, []),
        ("aws_vpc.V", {"cidr_block": "10.0.0.0/16"}, {"cidr_block": ""}, []),
    ],
    ids=["load balancer", "for ever", "longer", "size", "known after apply", "no rule"],
)
def test_what_is_weaker_is_shown_with_both_values(
    address: str, old: dict[str, Any], new: dict[str, Any], found: list[Difference]
) -> None:
    """A weaker value is shown with the old one and the setting that keeps it; values known after apply are skipped."""
    assert list(differences(address, "B", old, new)) == found


def test_fewer_gateways_and_new_prices_are_shown() -> None:
    """Fewer NAT gateways are shown, and so are new resources with a monthly price."""
    found = counted({"aws_nat_gateway": 2, "aws_kms_key": 1}, {"aws_nat_gateway": 1}, {"aws_kms_key": 3, "aws_vpc": 1})
    assert list(found) == [
        Difference("number of resources", "aws_nat_gateway", "2", "1", "nat_gateway_per_az=True"),
        Difference(
            "new resources", "aws_kms_key", "1", "3 more, each at a monthly price (make costs)", "", weakens=False
        ),
    ]


def test_yes_alone_lowers_no_protection(capsys: pytest.CaptureFixture[str]) -> None:
    """A weaker setting needs ALLOW_WEAKER=1 in addition to YES=1, or the operator's confirmation."""
    takeover = Takeover(Matches({}, {}), {}, {}, {}, {}, Staging(), {})
    weaker = [Difference("LoadBalancer", "enable_deletion_protection", "true", "false", "deletion_protection=True")]
    with pytest.raises(OperatorError) as refused:
        agreed(takeover, weaker, yes=True, allow_weaker=False)
    assert str(refused.value) == (
        "this would be weaker than before: LoadBalancer enable_deletion_protection: true -> false; nothing changed: "
        "set the values that keep it in the environment's file, or pass ALLOW_WEAKER=1"
    )
    assert agreed(takeover, weaker, yes=True, allow_weaker=True)
    assert agreed(takeover, [], yes=True, allow_weaker=False)
    assert capsys.readouterr().out == ""


def test_a_key_stays_with_what_it_encrypts(aws: Callable[..., Any]) -> None:
    """A key stays while a log group or a repository is encrypted with it; an alias alone does not keep it."""
    principals = ({"AWS": "arn:aws:iam::123456789012:root"}, {"Service": "logs.us-east-1.amazonaws.com"})
    policy = {"Statement": [{"Effect": "Allow", "Principal": one, **ALL} for one in principals]}
    key = aws("kms").create_key(Policy=json.dumps({"Version": "2012-10-17", **policy}))["KeyMetadata"]
    aws("logs").create_log_group(logGroupName="/by-hand", kmsKeyId=key["Arn"])
    aws("logs").create_log_group(logGroupName="/ai-gateway/test/gateway", kmsKeyId=key["Arn"])
    place = Aws.of(settings(aws_region="us-east-1"))
    logs = Old("aws_kms_key.logs", "aws_kms_key", {"id": key["KeyId"], "arn": key["Arn"]})
    images = Old("aws_kms_key.images", "aws_kms_key", {"id": "i", "arn": "arn:i"})
    free = Old("aws_kms_key.free", "aws_kms_key", {"id": "f", "arn": "arn:f"})
    pairs = {"aws_kms_key.L": logs, "aws_kms_key.I": images, "aws_kms_key.F": free}
    older = [
        *pairs.values(),
        Old("aws_ecr_repository.r", "aws_ecr_repository", {"id": "r", "encryption_configuration": [{"key": "arn:i"}]}),
        Old("aws_kms_alias.f", "aws_kms_alias", {"id": "alias/f", "target_key_arn": "arn:f"}),
    ]
    assert keys_in_use(place, pairs, older) == {
        "aws_kms_key.logs": "stays as it is: /by-hand cannot be read without it",
        "aws_kms_key.images": "stays as it is: r cannot be read without it",
    }


@pytest.mark.usefixtures("aws")
def test_without_a_service_nothing_settles() -> None:
    """Without a service there is no deployment to wait for, and the result is 1."""
    assert Rollouts(Aws.of(settings(aws_region="us-east-1"))).settled() == 1
