"""What the stack decides itself: provider version, lock file, warnings, outputs, isolation, no empty blocks."""

import fnmatch
import itertools
import json
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from constructs_lib.helpers.task.routes import Fallback, Target
from envs.schema import Client, Environment, Subscription
from main import build_app
from resource_types import record_of
from resource_types.expressions import references, replaced
from stacks.warnings import warnings
from tests.conftest import Synthesize
from tests.support.environments import PAIRS
from tests.support.synthesized import CERTIFICATE, Block, Synthesized, settings

import attrs
import pytest

HTTP_WARNING = "serves plain HTTP, so prompts and tokens can be read in transit: set certificate_arn"
OPEN_WARNING = (
    "open to the internet (0.0.0.0/0) without authentication: set enable_jwt_auth=True or narrow ingress_cidrs"
)
STREAM_WARNING = (
    "max_stream_seconds=300: Fargate kills a task 120 s after it was asked to stop, so a Spot interruption cuts longer "
    "streams (a deployment drains them first): set max_stream_seconds to 120 or less where that matters"
)
WITHOUT_RESOURCES = {
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogGroups",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""Actions that AWS defines no resource for (service authorization reference) or that only list."""
OUTSIDE = {
    "arn:aws:ecr:eu-west-1:123456789012:repository/shared/gateway",  # the image that EVERYTHING names
    "arn:aws:bedrock:*::foundation-model/*",  # AWS's own
    "arn:aws:bedrock:*:${data.aws_caller_identity.Account.account_id}:inference-profile/*",
}
"""Resources of a statement that are nobody's environment."""
EVERYTHING: dict[str, object] = {
    "enable_waf": True,
    "enable_jwt_auth": True,
    "certificate_arn": CERTIFICATE,
    "nat_gateway_per_az": True,
    "gateway_secrets": ("PLUGIN_API_KEY",),
    "routes": Fallback(
        targets=(Target(provider="openai"), Target(provider="bedrock", options={"aws_region": "eu-west-1"}))
    ),
    "clients": (Client(team="search"), Client(team="billing", scopes=("invoke", "admin"))),
    "domain_name": "gateway.example.com",
    "hosted_zone": "example.com",
    "waf_client_rate_limit": 500,
    "fargate_spot_percent": 50,
    "use_lockfile": True,
    "portkey_image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shared/gateway:1.15.2",
}


def provider_version(stack: Synthesized) -> str:
    """The constraint on the AWS provider."""
    version: str = stack.document["terraform"]["required_providers"]["aws"]["version"]
    return version


def test_fixes_of_the_provider_arrive(dev: Synthesized) -> None:
    """Without a setting, the release that the bindings were made from and later ones of its major version are taken."""
    assert provider_version(dev) == "~> 6.25"


def test_a_setting_chooses_the_provider(synthesize: Synthesize) -> None:
    """A fix release of the provider needs no code."""
    assert provider_version(synthesize(settings(aws_provider_version=">= 6.26, < 7.0"))) == ">= 6.26, < 7.0"


def test_a_variable_chooses_the_provider_for_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GATEWAY_AWS_PROVIDER_VERSION goes before the setting."""
    monkeypatch.setenv("GATEWAY_AWS_PROVIDER_VERSION", "5.100.0")
    assert provider_version(Synthesized.of(settings(aws_provider_version="~> 6.26"), tmp_path)) == "5.100.0"


@pytest.mark.parametrize(
    ("constraint", "blocks", "ignores"),
    [("5.100.0", False, False), ("~> 6.22.0", True, False), (">= 6.24, < 7", True, True), ("~> 6.25", True, True)],
)
def test_what_is_written_follows_the_lowest_release(
    synthesize: Synthesize, constraint: str, *, blocks: bool, ignores: bool
) -> None:
    """Attributes that a release does not know are left out; where it knows them, a second plan is empty."""
    stack = synthesize(settings(aws_provider_version=constraint))
    rule = stack.only("aws_s3_bucket_server_side_encryption_configuration")["rule"][0]
    nat = stack.only("aws_nat_gateway")
    assert rule.get("blocked_encryption_types") == (["SSE-C"] if blocks else None)
    assert nat.get("lifecycle") == ({"ignore_changes": ["regional_nat_gateway_address"]} if ignores else None)


def test_deployments_are_rolled_back_by_alarm(dev: Synthesized) -> None:
    """The alarms on 5xx and unhealthy hosts exist before the service and end a deployment that makes them ring."""
    service = dev.only("aws_ecs_service")
    names = [
        dev.reference("aws_cloudwatch_metric_alarm", f"Monitoring/Alarms/{name}", "alarm_name")
        for name in ("5xx", "unhealthy-hosts")
    ]
    assert service["alarms"] == {"alarm_names": names, "enable": True, "rollback": True}
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


@pytest.mark.parametrize(("seconds", "timeout"), [(300, "25m"), (3600, "80m"), (61, "22m")])
def test_a_service_may_end_its_streams(synthesize: Synthesize, seconds: int, timeout: str) -> None:
    """Deleting a service waits as long as its longest stream, beyond the provider's own 20 minutes."""
    service = synthesize(settings(max_stream_seconds=seconds)).only("aws_ecs_service")
    assert service["timeouts"] == {"delete": timeout}


@pytest.mark.parametrize(
    ("tags", "ignored"),
    [
        ((), None),
        (("CostCenter", "org:*"), [{"keys": ["CostCenter"], "key_prefixes": ["org:"]}]),
        (("org:*",), [{"key_prefixes": ["org:"]}]),
    ],
)
def test_tags_of_an_organization_are_left_alone(
    synthesize: Synthesize, tags: tuple[str, ...], ignored: list[dict[str, list[str]]] | None
) -> None:
    """The provider ignores keys, and prefixes where a key ends in a star."""
    (provider,) = synthesize(settings(ignored_tags=tags)).document["provider"]["aws"]
    assert provider.get("ignore_tags") == ignored


def test_the_lock_file_stands_beside_the_table(synthesize: Synthesize) -> None:
    """With use_lockfile the state has both locks, the way to migrate."""
    backend = synthesize(settings(use_lockfile=True)).document["terraform"]["backend"]["s3"]
    assert (backend["use_lockfile"], backend["dynamodb_table"]) == (True, "ai-gateway-tfstate-lock-test")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [OPEN_WARNING, HTTP_WARNING]),
        ({"environment": "dev"}, [OPEN_WARNING]),
        ({"certificate_arn": CERTIFICATE}, [OPEN_WARNING]),
        ({"certificate_arn": CERTIFICATE, "enable_jwt_auth": True}, []),
        ({"domain_name": "ai.example.com", "hosted_zone": "example.com", "enable_jwt_auth": True}, []),
        ({"internal_load_balancer": True}, [HTTP_WARNING]),
        ({"certificate_arn": CERTIFICATE, "ingress_cidrs": ("10.0.0.0/8", "203.0.113.0/24")}, []),
        ({"ingress_cidrs": ("10.0.0.0/8",)}, [HTTP_WARNING]),
        (
            {"environment": "dev", "ingress_cidrs": ("0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8")},
            [OPEN_WARNING.replace("0.0.0.0/0", "0.0.0.0/1, 128.0.0.0/1")],
        ),
    ],
)
def test_an_open_or_plain_gateway_is_warned_about(changes: dict[str, object], expected: list[str]) -> None:
    """Each warning names the setting to change; a closed gateway gives none."""
    assert warnings(settings(**changes)) == expected


def test_long_streams_on_spot_are_warned_about() -> None:
    """An interruption leaves 120 seconds; without Spot there is none, and within them streams finish."""
    assert STREAM_WARNING in warnings(settings(fargate_spot_percent=50))
    assert STREAM_WARNING not in warnings(settings())
    assert STREAM_WARNING not in warnings(settings(fargate_spot_percent=50, max_stream_seconds=120))


def test_a_region_without_endpoint_data_is_warned_about() -> None:
    """botocore lists a region before it opens: the warning names the release that was asked."""
    found = warnings(settings(aws_region="sa-west-1"))
    assert found[-1] == (
        f"aws_region='sa-west-1': botocore {metadata.version('botocore')} lists the region but has no endpoint data for it, so services that the gateway needs may be missing: check AWS's list of regional services"
    )


def test_warnings_are_annotations(tmp_path: Path) -> None:
    """The cdktf CLI prints them from the manifest, at every synth."""
    build_app([settings()], outdir=str(tmp_path)).synth()
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    annotations = manifest["stacks"]["test"]["annotations"]
    assert [annotation["message"] for annotation in annotations] == [OPEN_WARNING, HTTP_WARNING]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        EVERYTHING | {"alarm_subscriptions": (Subscription("email", "oncall@example.com"),)},
        {
            "vpc_id": "vpc-0123456789abcdef0",
            "public_subnet_ids": ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
            "private_subnet_ids": ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
            "internal_load_balancer": True,
        },
    ],
    ids=["defaults", "every switch", "existing network"],
)
def test_no_stack_refers_to_another(changes: dict[str, object], tmp_path: Path) -> None:
    """cdktf would read the other one's state, which the roles of an environment may not."""
    environments = [
        settings(**changes, environment=name, github_repository="octo-org/octo-repo") for name in ("blue", "green")
    ]
    build_app(environments, outdir=str(tmp_path)).synth()
    read = {path.parent.name: json.loads(path.read_text())["data"] for path in tmp_path.rglob("cdk.tf.json")}
    assert sorted(read) == ["blue", "blue-pipeline", "green", "green-pipeline"]
    assert [name for name, data in read.items() if "terraform_remote_state" in data] == []


def test_the_outputs_are_there(dev: Synthesized) -> None:
    """ALB, cluster, service, repository, VPC, pool, client id and token endpoint come out."""
    outputs = dev.outputs()
    assert sorted(outputs) == [
        "alb_dns_name",
        "cognito_client_id",
        "cognito_token_endpoint",
        "cognito_user_pool_id",
        "ecr_repository_url",
        "ecs_cluster_name",
        "ecs_service_name",
        "gateway_url",
        "vpc_id",
    ]
    dns_name = dev.reference("aws_lb", "LoadBalancer/LoadBalancer", "dns_name")
    assert (outputs["alb_dns_name"], outputs["gateway_url"]) == (dns_name, f"http://{dns_name}")


def empty_blocks(value: object, path: str) -> Iterator[str]:
    """Where an object without any key stands."""
    if isinstance(value, dict):
        if not value:
            yield path
        for key, item in value.items():
            yield from empty_blocks(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from empty_blocks(item, path)


def test_no_block_is_empty_by_accident(synthesize: Synthesize) -> None:
    """The bindings drop misspelt keys in silence, which leaves an empty block; only WAF's switches are empty."""
    stack = synthesize(settings(**EVERYTHING))
    found = {f"{type_}{place}" for type_, _, block in stack.resources() for place in empty_blocks(block, "")}
    acl = "aws_wafv2_web_acl"
    assert found == {
        f"{acl}_logging_configuration.redacted_fields.query_string",
        f"{acl}.default_action.allow",
        f"{acl}.rule.action.block",
        f"{acl}.rule.override_action.none",
        f"{acl}.rule.statement.and_statement.statement.not_statement.statement.byte_match_statement.field_to_match"
        ".uri_path",
        f"{acl}.rule.statement.managed_rule_group_statement.rule_action_override.action_to_use.count",
    }


def physical_names(stack: Synthesized) -> dict[tuple[str, str], str]:
    """Every literal name by resource type and path; a name made of references alone is its owner's."""
    names: dict[tuple[str, str], str] = {}
    for block in stack.stack.resources.values():
        record = record_of(block.type)
        name = block.get(record.name) if record.name and not record.shared_name else None
        if name and replaced(name, lambda _: ""):
            names[block.type, block.path] = name
    return names


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest, synthesize: Synthesize) -> tuple[Synthesized, Synthesized]:
    """Two environments of one account and region with every switch on, names that begin alike among them."""
    one, other = (
        synthesize(
            settings(
                **EVERYTHING | {"domain_name": f"{name}.example.com"},
                environment=name,
                cognito_domain_prefix=f"ai-gateway-{name}",
            )
        )
        for name in request.param
    )
    return one, other


def test_no_physical_name_is_shared(pair: tuple[Synthesized, Synthesized]) -> None:
    """Two environments in one account and region have no name of a type in common, for every type."""
    one, other = map(physical_names, pair)
    shared = {
        (type_, name) for (type_, _), name in one.items() if (type_, name) in {(t, n) for (t, _), n in other.items()}
    }
    assert shared == set()
    assert {type_ for type_, _ in one} >= {
        "aws_appautoscaling_policy",
        "aws_cloudwatch_log_group",
        "aws_cognito_user_pool_domain",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_ecs_task_definition",
        "aws_iam_role",
        "aws_kms_alias",
        "aws_lb",
        "aws_lb_target_group",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_security_group",
        "aws_wafv2_web_acl",
    }


def reachable(statement: Block) -> list[str]:
    """The resources of a statement that are no reference to a resource of its own stack."""
    resources: list[str] = statement.get("Resource", [])
    return [resource for resource in resources if not any(one.startswith("aws_") for one in references(resource))]


def test_no_statement_reaches_the_other_environment(pair: tuple[Synthesized, Synthesized]) -> None:
    """Each statement names its own stack's resources, or is one of the few that AWS has no resource for."""
    one, other = pair
    account = "${data.aws_caller_identity"
    foreign = [name for (_, _), name in physical_names(other).items()]
    seen = 0
    for type_, path, statement in one.statements():
        for resource in reachable(statement):
            seen += 1
            if type_ == "aws_vpc_endpoint":
                # It is about what goes through that endpoint alone, and takes rights away.
                named = resource.removesuffix(":*").rpartition(":")[2]
                assert resource == "*" or not [name for name in foreign if fnmatch.fnmatch(name, named)], path
            elif resource == "*":
                # A key's policy speaks of that key alone.
                assert type_ == "aws_kms_key" or set(statement["Action"]) <= WITHOUT_RESOURCES, (path, statement)
            else:
                assert resource in OUTSIDE, (path, resource)
        for values in statement.get("Condition", {}).values():
            for value in itertools.chain.from_iterable(values.values()):
                if value.startswith("arn:") and ":log-group:" in value:
                    assert not [name for name in foreign if fnmatch.fnmatch(name, value.rpartition(":")[2])], path
    assert seen >= 4
    assert account in json.dumps(one.document)


def test_a_task_with_a_shared_image_may_pull_it(synthesize: Synthesize) -> None:
    """An image from another private ECR repository adds exactly that repository to the execution role."""
    stack = synthesize(settings(**EVERYTHING))
    statement = next(s for _, _, s in stack.statements() if s["Sid"] == "PullImages")
    assert statement["Resource"] == [
        stack.reference("aws_ecr_repository", "Repository/Repository", "arn"),
        "arn:aws:ecr:eu-west-1:123456789012:repository/shared/gateway",
    ]


def test_the_construct_ids_do_not_carry_the_environment(dev: Synthesized, prod: Synthesized) -> None:
    """The same resource has the same Terraform address in each environment."""
    addresses = {(type_, key) for type_, blocks in dev.document["resource"].items() for key in blocks}
    assert addresses <= {(type_, key) for type_, blocks in prod.document["resource"].items() for key in blocks}


def test_settings_reach_aws(synthesize: Synthesize, environments: dict[str, Environment]) -> None:
    """The numbers beyond the document are settings: each arrives where it belongs."""
    stack = synthesize(
        attrs.evolve(
            environments["prod"],
            autoscaling_cpu_target_percent=55,
            autoscaling_requests_per_target=900,
            autoscaling_scale_out_cooldown_seconds=30,
            autoscaling_scale_in_cooldown_seconds=600,
            waf_rate_limit=5000,
            log_retention_days=90,
            max_stream_seconds=900,
        )
    )
    tracking = [
        policy["target_tracking_scaling_policy_configuration"]
        for policy in stack.by_type("aws_appautoscaling_policy").values()
    ]
    assert [(t["target_value"], t["scale_out_cooldown"], t["scale_in_cooldown"]) for t in tracking] == [
        (55, 30, 600),
        (900, 30, 600),
    ]
    rules = {rule["name"]: rule["statement"] for rule in stack.only("aws_wafv2_web_acl")["rule"]}
    assert rules["rate-limit"]["rate_based_statement"]["limit"] == 5000
    assert {group["retention_in_days"] for group in stack.by_type("aws_cloudwatch_log_group").values()} == {90}
    assert stack.only("aws_lb")["idle_timeout"] == 900
    assert stack.only("aws_lb_target_group")["deregistration_delay"] == "900"


def test_what_cannot_change_its_vpc_is_replaced_with_it(dev: Synthesized) -> None:
    """The load balancer and the service follow their security groups, and the service's autoscaling follows it."""

    def triggers(type_: str) -> list[list[str]]:
        return [block["lifecycle"]["replace_triggered_by"] for block in dev.by_type(type_).values()]

    def named(type_: str, path: str) -> str:
        return dev.reference(type_, path, "id")[2:-1]

    service = named("aws_ecs_service", "Gateway/Service")
    assert triggers("aws_lb") == [[named("aws_security_group", "SecurityGroups/LoadBalancer")]]
    assert triggers("aws_ecs_service") == [[named("aws_security_group", "SecurityGroups/Gateway")]]
    assert triggers("aws_appautoscaling_target") == [[service]]
    assert triggers("aws_appautoscaling_policy") == [[service], [service]]


@pytest.mark.parametrize(("region", "zones"), [("eu-west-1", None), ("us-west-1", ["usw1-az1", "usw1-az3"])])
def test_subnets_are_where_fargate_is(synthesize: Synthesize, region: str, zones: list[str] | None) -> None:
    """No Local Zone, and in some regions only the zones that Fargate serves."""
    stack = synthesize(settings(aws_region=region))
    (found,) = stack.document["data"]["aws_availability_zones"].values()
    filters = {one["name"]: one["values"] for one in found["filter"]}
    assert filters.pop("opt-in-status") == ["opt-in-not-required"]
    assert filters == ({} if zones is None else {"zone-id": zones})
