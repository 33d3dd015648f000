"""Which resource of an older deployment corresponds to which resource of the stack."""

from collections.abc import Mapping
from typing import Any

from constructs_lib.helpers.naming import Names
from ops.state.matching import Old, match, resources_in
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, settings

NAMES = Names(project_name="ai-gateway", environment="dev")


def old(address: str, **values: object) -> Old:
    """Return a resource of the older project."""
    return Old(address, address.rpartition(".")[0].rpartition(".")[2], {"id": address, **values})


def matched(ours: Mapping[str, Mapping[str, Any]], *olds: Old) -> tuple[dict[str, str], dict[str, str]]:
    """Return the matched addresses, ours to old, and the reasons for the unmatched ones."""
    found = match(NAMES, ours, list(olds))
    same = {**found.pairs, **found.renamed}
    renamed = {one.address for one in found.renamed.values()}
    reasons = {was: why for was, why in found.reasons.items() if was not in renamed}
    return {address: one.address for address, one in same.items()}, reasons


def test_resources_of_nested_modules_are_read() -> None:
    """Resources of nested modules are read, and data sources are not."""
    vpc = {"address": "module.a.module.b.aws_vpc.v", "mode": "managed", "type": "aws_vpc", "values": {"id": "vpc-1"}}
    data = {"address": "data.aws_region.here", "mode": "data", "type": "aws_region", "values": {}}
    inner = {"resources": [], "child_modules": [{"resources": [vpc]}]}
    shown = {"values": {"root_module": {"resources": [data], "child_modules": [inner]}}}
    assert resources_in(shown) == [Old("module.a.module.b.aws_vpc.v", "aws_vpc", {"id": "vpc-1"})]


def test_an_equal_name_goes_before_a_likely_purpose() -> None:
    """An equal name takes precedence over an address that suggests another purpose."""
    ours = {"aws_iam_role.A": {"name": "ai-gateway-dev-task"}, "aws_iam_role.B": {"name": "ai-gateway-dev-execution"}}
    one = old("aws_iam_role.execution", name="ai-gateway-dev-task")
    other = old("aws_iam_role.x", name="ai-gateway-exec")
    assert matched(ours, one, other) == (
        {"aws_iam_role.A": "aws_iam_role.execution", "aws_iam_role.B": "aws_iam_role.x"},
        {},
    )


def test_subnets_are_told_apart_by_their_networks() -> None:
    """Subnets match by CIDR block within the matched VPC; a subnet with another CIDR block is left."""
    ours = {
        "aws_vpc.V": {"cidr_block": "10.0.0.0/16"},
        "aws_subnet.A": {"vpc_id": "${aws_vpc.V.id}", "cidr_block": "10.0.1.0/24"},
        "aws_subnet.B": {"vpc_id": "${aws_vpc.V.id}", "cidr_block": "10.0.2.0/24"},
    }
    pairs, reasons = matched(
        ours,
        old("module.net.aws_vpc.main"),
        old("module.net.aws_subnet.x[1]", vpc_id="module.net.aws_vpc.main", cidr_block="10.0.2.0/24"),
        old("module.net.aws_subnet.x[0]", vpc_id="module.net.aws_vpc.main", cidr_block="10.0.1.0/24"),
        old("module.net.aws_subnet.x[2]", vpc_id="module.net.aws_vpc.main", cidr_block="10.0.3.0/24"),
    )
    assert pairs == {
        "aws_vpc.V": "module.net.aws_vpc.main",
        "aws_subnet.A": "module.net.aws_subnet.x[0]",
        "aws_subnet.B": "module.net.aws_subnet.x[1]",
    }
    assert reasons == {
        "module.net.aws_subnet.x[2]": "its parent is not taken over, or has nothing like it in the stack"
    }


def test_a_matched_pair_shows_what_it_refers_to() -> None:
    """References of matched resources match too, e.g. a NAT gateway's address and a listener's target group."""
    ours: dict[str, dict[str, Any]] = {
        "aws_eip.A": {"tags": {"Name": "ai-gateway-dev-nat-a"}},
        "aws_eip.B": {"tags": {"Name": "ai-gateway-dev-nat-b"}},
        "aws_nat_gateway.N": {"subnet_id": "subnet-1", "allocation_id": "${aws_eip.A.id}"},
        "aws_lb_target_group.T": {"name": "ai-gateway-dev"},
        "aws_lb_target_group.U": {"name": "ai-gateway-dev-2"},
        "aws_lb_listener.L": {
            "load_balancer_arn": "lb",
            "port": 80,
            "default_action": [{"target_group_arn": "${aws_lb_target_group.T.arn}"}],
        },
    }
    pairs, _ = matched(
        ours,
        old("aws_eip.one"),
        old("aws_eip.two"),
        old("aws_nat_gateway.main", subnet_id="subnet-1", allocation_id="aws_eip.two"),
        old("aws_lb_target_group.blue", arn="blue"),
        old("aws_lb_target_group.green", arn="green"),
        old("aws_lb_listener.http", load_balancer_arn="lb", port=80, default_action=[{"target_group_arn": "green"}]),
    )
    assert pairs == {
        "aws_nat_gateway.N": "aws_nat_gateway.main",
        "aws_eip.A": "aws_eip.two",
        "aws_lb_listener.L": "aws_lb_listener.http",
        "aws_lb_target_group.T": "aws_lb_target_group.green",
    }


def test_names_without_the_environment_are_told_by_purpose() -> None:
    """Resources with other names match by purpose, using the words that older projects have for it."""
    ours = {
        "aws_cloudwatch_log_group.G": {"name": "/ai-gateway/dev/gateway"},
        "aws_cloudwatch_log_group.C": {"name": "/ai-gateway/dev/otel-collector"},
        "aws_cloudwatch_log_group.F": {"name": "/ai-gateway/dev/vpc-flow-logs"},
        "aws_kms_key.L": {"description": "ai-gateway-dev: logs"},
        "aws_kms_key.S": {"description": "ai-gateway-dev: secrets"},
        "aws_kms_key.I": {"description": "ai-gateway-dev: images"},
    }
    pairs, reasons = matched(
        ours,
        old("aws_cloudwatch_log_group.portkey", name="/ecs/ai-gateway/portkey"),
        old("aws_cloudwatch_log_group.adot", name="/ecs/ai-gateway/adot"),
        old("module.kms.aws_kms_key.logs", description="KMS key"),
        old("module.kms.aws_kms_key.ecr", description="KMS key"),
        old("module.kms.aws_kms_key.database", description="KMS key"),
    )
    assert pairs == {
        "aws_cloudwatch_log_group.G": "aws_cloudwatch_log_group.portkey",
        "aws_cloudwatch_log_group.C": "aws_cloudwatch_log_group.adot",
        "aws_kms_key.L": "module.kms.aws_kms_key.logs",
        "aws_kms_key.I": "module.kms.aws_kms_key.ecr",
    }
    assert reasons == {"module.kms.aws_kms_key.database": "matches nothing in the stack"}


def test_the_only_one_of_its_type_needs_no_name() -> None:
    """A single user pool matches without a name; of two pools, neither matches."""
    ours = {"aws_cognito_user_pool.P": {"name": "ai-gateway-dev"}}
    assert matched(ours, old("aws_cognito_user_pool.x", name="users")) == (
        {"aws_cognito_user_pool.P": "aws_cognito_user_pool.x"},
        {},
    )
    assert matched(ours, old("aws_cognito_user_pool.x", name="users"), old("aws_cognito_user_pool.y", name="u2")) == (
        {},
        {
            "aws_cognito_user_pool.x": "matches nothing in the stack",
            "aws_cognito_user_pool.y": "matches nothing in the stack",
        },
    )


def test_what_fits_two_alike_is_left_with_the_reason() -> None:
    """A resource that matches several, or one with no counterpart in the stack, is left with the reason."""
    ours: dict[str, dict[str, Any]] = {
        "aws_route_table.A": {"tags": {"Name": "ai-gateway-dev-private-a"}},
        "aws_route_table.B": {"tags": {"Name": "ai-gateway-dev-private-b"}},
        "aws_sns_topic.T": {"name": "ai-gateway-dev-alarms"},
    }
    pairs, reasons = matched(
        ours,
        old("aws_route_table.private"),
        old("module.y.aws_sns_topic.alarms", name="one"),
        old("module.x.aws_sns_topic.alarms", name="one"),
        old("aws_sqs_queue.q"),
    )
    assert pairs == {}
    assert reasons == {
        "aws_route_table.private": "matches several: aws_route_table.A, aws_route_table.B",
        "module.x.aws_sns_topic.alarms": "matches aws_sns_topic.T, and so does module.y.aws_sns_topic.alarms",
        "module.y.aws_sns_topic.alarms": "matches aws_sns_topic.T, and so does module.x.aws_sns_topic.alarms",
        "aws_sqs_queue.q": "the stack has no aws_sqs_queue",
    }


def test_what_exists_already_tells_the_rest() -> None:
    """After an interrupted takeover, resources already in the state help to match the rest."""
    ours = {
        "aws_vpc.V": {"cidr_block": "10.0.0.0/16"},
        "aws_subnet.A": {"vpc_id": "${aws_vpc.V.id}", "cidr_block": "10.0.1.0/24"},
        "aws_eip.E": {"domain": "vpc"},
        "aws_eip.F": {"domain": "vpc"},
        "aws_nat_gateway.N": {"subnet_id": "${aws_subnet.A.id}", "allocation_id": "${aws_eip.E.id}"},
    }
    olds = [
        old("aws_vpc.main", id="vpc-1"),
        old("aws_subnet.a", id="subnet-1", vpc_id="vpc-1", cidr_block="10.0.1.0/24"),
        old("aws_eip.one", id="eip-1"),
        old("aws_eip.two", id="eip-2"),
    ]
    known = {
        "aws_vpc.V": {"id": "vpc-1"},
        "aws_nat_gateway.N": {"id": "nat-1", "subnet_id": "subnet-1", "allocation_id": "eip-2"},
    }
    found = match(NAMES, ours, olds, known=known)
    assert {address: one.address for address, one in found.pairs.items()} == {
        "aws_subnet.A": "aws_subnet.a",
        "aws_eip.E": "aws_eip.two",
    }
    assert found.reasons == {"aws_eip.one": "matches nothing in the stack"}


def test_our_own_deployment_matches_itself(synthesize: Synthesize) -> None:
    """Each matched resource of a full stack matches itself under another address, and more than 80 % match."""
    ours = {a: block.body for a, block in synthesize(EVERYTHING).stack.resources.items()}
    known = {address: {"id": f"id of {address}", "arn": f"arn of {address}"} for address in ours}

    def filled(value: Any) -> Any:  # noqa: ANN401 (JSON)
        if isinstance(value, str):
            for address, ids in known.items():
                for attribute in ("id", "arn", "key_id", "name", "bucket", "resource_id"):
                    value = value.replace(
                        f"${{{address}.{attribute}}}", ids.get(attribute, f"{attribute} of {address}")
                    )
            return value
        if isinstance(value, list):
            return [filled(one) for one in value]
        return {key: filled(one) for key, one in value.items()} if isinstance(value, dict) else value

    olds = []
    for address, arguments in ours.items():
        type_, _, name = address.partition(".")
        extra = {key: f"{key} of {address}" for key in ("key_id", "resource_id") if key not in arguments}
        values = {**extra, **filled({key: one for key, one in arguments.items() if key != "//"}), **known[address]}
        if "name" not in arguments:
            values["name"] = f"name of {address}" if type_ != "aws_security_group" else None
        olds.append(Old(f"module.older.{type_}.{name}", type_, values))
    pairs = match(settings().names, ours, olds).pairs
    wrong = {address: one.address for address, one in pairs.items() if one.address != f"module.older.{address}"}
    assert wrong == {}
    assert len(pairs) > 0.8 * len(ours)


def test_what_has_another_name_is_created_next_to_the_old_one() -> None:
    """A resource whose name cannot change is created next to the old one; the old one's references still help."""
    ours: dict[str, dict[str, Any]] = {
        "aws_cloudwatch_log_group.G": {"name": "/ai-gateway/dev/gateway", "kms_key_id": "${aws_kms_key.L.arn}"},
        "aws_kms_key.L": {"description": "ai-gateway-dev: logs"},
        "aws_security_group.S": {"name": "ai-gateway-dev-load-balancer", "vpc_id": "vpc-1"},
        "aws_vpc_security_group_egress_rule.R": {"security_group_id": "${aws_security_group.S.id}", "from_port": 1},
        "aws_cognito_user_pool.P": {"name": "ai-gateway-dev"},
    }
    key, other_key = old("aws_kms_key.one", arn="arn-1"), old("aws_kms_key.two", arn="arn-2")
    group = old("aws_cloudwatch_log_group.gateway", name="/ecs/ai-gateway/gateway", kms_key_id="arn-2")
    firewall = old("aws_security_group.alb", name="alb", vpc_id="vpc-1", description="load balancer")
    rule = old("aws_vpc_security_group_egress_rule.all", security_group_id="aws_security_group.alb", from_port=1)
    pool = old("aws_cognito_user_pool.users", name="gateway-users")
    found = match(NAMES, ours, [key, other_key, group, firewall, rule, pool])
    assert found.renamed == {"aws_cloudwatch_log_group.G": group, "aws_security_group.S": firewall}
    assert found.pairs == {"aws_kms_key.L": other_key, "aws_cognito_user_pool.P": pool}
    assert found.reasons["aws_cloudwatch_log_group.gateway"] == "name cannot change"


def test_a_log_group_that_aws_names_is_no_other() -> None:
    """Container Insights' log group matches only itself, even if no other log group is left."""
    ours = {
        "aws_cloudwatch_log_group.G": {"name": "/ai-gateway/dev/gateway"},
        "aws_cloudwatch_log_group.I": {"name": "/aws/ecs/containerinsights/ai-gateway-dev/performance"},
        "aws_cloudwatch_log_group.W": {"name": "aws-waf-logs-ai-gateway-dev"},
    }
    module = old('module.service.aws_cloudwatch_log_group.this["gateway"]', name="/aws/ecs/ai-gateway-gateway/gateway")
    gateway = old("aws_cloudwatch_log_group.gateway", name="/ecs/ai-gateway/gateway")
    waf = old("aws_cloudwatch_log_group.waf", name="aws-waf-logs-gateway")
    other = old("aws_cloudwatch_log_group.insights", name="/aws/ecs/containerinsights/other/performance")
    insights = old("aws_cloudwatch_log_group.own", name="/aws/ecs/containerinsights/ai-gateway-dev/performance")
    assert matched(ours, module, gateway, waf, other)[0] == {
        "aws_cloudwatch_log_group.G": "aws_cloudwatch_log_group.gateway"
    }
    assert match(NAMES, ours, [other, insights]).pairs == {"aws_cloudwatch_log_group.I": insights}


def test_a_saved_query_is_only_itself() -> None:
    """A saved query matches only one of the same name, so that no other query is overwritten."""
    ours = {"aws_cloudwatch_query_definition.Q": {"name": "ai-gateway/dev/errors"}}
    same = old("aws_cloudwatch_query_definition.a", name="ai-gateway/dev/errors")
    other = old("aws_cloudwatch_query_definition.b", name="ai-gateway/errors")
    assert matched(ours, other)[0] == {}
    assert matched(ours, other, same)[0] == {"aws_cloudwatch_query_definition.Q": same.address}
