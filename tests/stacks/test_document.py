"""Every value in the Terraform version's tables of dev and prod, checked in the synthesized stacks."""

from envs.schema import Environment
from tests.conftest import Synthesize
from tests.support.synthesized import Block, Synthesized

import attrs
import pytest

COMPARISON = {
    "environment": ("dev", "prod", "staging"),
    "aws_region": ("us-east-1", "us-east-1", "us-east-1"),
    "project_name": ("ai-gateway", "ai-gateway", "ai-gateway"),
    "vpc_cidr": ("10.0.0.0/16", "10.0.0.0/16", "10.0.0.0/16"),
    "gateway_cpu": (512, 1024, 1024),
    "gateway_memory": (1024, 2048, 2048),
    "gateway_desired_count": (2, 2, 2),
    "autoscaling_min_capacity": (1, 2, 1),
    "autoscaling_max_capacity": (3, 6, 4),
    "enable_waf": (False, True, True),
    "enable_jwt_auth": (False, False, False),
    "certificate_arn": ("", "", "arn:aws:acm:us-east-1:123456789012:certificate/abc-123"),
    "cognito_domain_prefix": ("ai-gateway-dev", "ai-gateway-prod", "ai-gateway-staging"),
}
NAMES = ("dev", "prod", "staging")


@pytest.fixture(params=NAMES)
def environment(request: pytest.FixtureRequest, environments: dict[str, Environment]) -> Environment:
    """Each environment of the Terraform version."""
    return environments[request.param]


@pytest.fixture
def stack(environment: Environment, synthesize: Synthesize) -> Synthesized:
    """The environment's synthesized stack."""
    return synthesize(environment)


@pytest.mark.parametrize("setting", COMPARISON)
def test_the_settings_are_the_documents(environments: dict[str, Environment], setting: str) -> None:
    """dev, prod and staging have the values of the Terraform version's comparison table."""
    assert COMPARISON[setting] == tuple(getattr(environments[name], setting) for name in NAMES)


def test_the_state_is_where_the_document_says(environment: Environment, stack: Synthesized) -> None:
    """The backend's bucket, lock table, key, encryption and region follow the naming convention."""
    name = environment.environment
    assert stack.document["terraform"]["backend"] == {
        "s3": {
            "bucket": f"ai-gateway-tfstate-{name}",
            "dynamodb_table": f"ai-gateway-tfstate-lock-{name}",
            "encrypt": True,
            "key": "terraform.tfstate",
            "region": "us-east-1",
        }
    }


def test_the_provider_has_region_and_default_tags(environment: Environment, stack: Synthesized) -> None:
    """Every taggable resource gets the project, cdktf and the environment as tags."""
    assert stack.document["provider"]["aws"] == [
        {
            "region": "us-east-1",
            "default_tags": [
                {
                    "tags": {
                        "Project": "ai-gateway",
                        "ManagedBy": "cdktf",
                        "Environment": environment.environment,
                    }
                }
            ],
        }
    ]


def test_the_subnets_are_the_documents(stack: Synthesized) -> None:
    """The public and private subnets of both zones have the derived CIDRs."""
    assert {path: block["cidr_block"] for path, block in stack.by_type("aws_subnet").items()} == {
        "Network/PublicA": "10.0.1.0/24",
        "Network/PublicB": "10.0.2.0/24",
        "Network/PrivateA": "10.0.10.0/24",
        "Network/PrivateB": "10.0.20.0/24",
    }


def test_another_vpc_cidr_moves_the_subnets(synthesize: Synthesize, environments: dict[str, Environment]) -> None:
    """vpc_cidr=10.1.0.0/16 changes the VPC and the subnets."""
    stack = synthesize(attrs.evolve(environments["dev"], vpc_cidr="10.1.0.0/16"))
    assert stack.only("aws_vpc")["cidr_block"] == "10.1.0.0/16"
    assert sorted(block["cidr_block"] for block in stack.by_type("aws_subnet").values()) == [
        "10.1.1.0/24",
        "10.1.10.0/24",
        "10.1.2.0/24",
        "10.1.20.0/24",
    ]


@pytest.mark.parametrize(
    ("name", "task", "gateway"),
    [("dev", ("512", "1024"), (256, 768)), ("prod", ("1024", "2048"), (768, 1792))],
)
def test_the_task_is_split_as_the_document_says(
    synthesize: Synthesize,
    environments: dict[str, Environment],
    name: str,
    task: tuple[str, str],
    gateway: tuple[int, int],
) -> None:
    """The sidecar always has 256 CPU units and 256 MiB, and the gateway the rest."""
    stack = synthesize(environments[name])
    definition = stack.only("aws_ecs_task_definition")
    containers = stack.containers()
    assert (definition["cpu"], definition["memory"]) == task
    assert (containers["gateway"]["cpu"], containers["gateway"]["memory"]) == gateway
    assert (containers["otel-collector"]["cpu"], containers["otel-collector"]["memory"]) == (256, 256)


def policy(stack: Synthesized, path: str) -> Block:
    """The target-tracking part of a scaling policy."""
    block: Block = stack.by_type("aws_appautoscaling_policy")[path]["target_tracking_scaling_policy_configuration"]
    return block


def test_autoscaling_is_the_documents(environment: Environment, stack: Synthesized) -> None:
    """Two policies target 70% CPU and 500 requests per target, with cooldowns of 60 s (out) and 300 s (in)."""
    target = stack.only("aws_appautoscaling_target")
    label = "/".join(
        (
            stack.reference("aws_lb", "LoadBalancer/LoadBalancer", "arn_suffix"),
            stack.reference("aws_lb_target_group", "LoadBalancer/TargetGroup", "arn_suffix"),
        )
    )
    assert (target["min_capacity"], target["max_capacity"]) == (
        environment.autoscaling_min_capacity,
        environment.autoscaling_max_capacity,
    )
    assert policy(stack, "Autoscaling/Cpu") == {
        "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
        "target_value": 70,
        "scale_out_cooldown": 60,
        "scale_in_cooldown": 300,
    }
    assert policy(stack, "Autoscaling/Requests") == {
        "predefined_metric_specification": {
            "predefined_metric_type": "ALBRequestCountPerTarget",
            "resource_label": label,
        },
        "target_value": 500,
        "scale_out_cooldown": 60,
        "scale_in_cooldown": 300,
    }


def test_the_service_starts_with_the_desired_count(environment: Environment, stack: Synthesized) -> None:
    """The service starts with the Terraform version's count, and autoscaling changes it afterwards."""
    service = stack.only("aws_ecs_service")
    assert service["desired_count"] == environment.gateway_desired_count
    assert service["lifecycle"]["ignore_changes"] == ["desired_count"]


def test_waf_is_where_the_document_has_it(environment: Environment, stack: Synthesized) -> None:
    """Only prod and staging have a web ACL with its association and logging."""
    expected = 1 if environment.enable_waf else 0
    types = ("aws_wafv2_web_acl", "aws_wafv2_web_acl_association", "aws_wafv2_web_acl_logging_configuration")
    assert [stack.count(type_) for type_ in types] == [expected] * 3


def test_the_cognito_domain_is_the_documents(environment: Environment, stack: Synthesized) -> None:
    """The domain has the environment's prefix, and the token endpoint is derived from it."""
    prefix = f"ai-gateway-{environment.environment}"
    assert stack.only("aws_cognito_user_pool_domain")["domain"] == prefix
    assert (
        stack.outputs()["cognito_token_endpoint"] == f"https://{prefix}.auth.us-east-1.amazoncognito.com/oauth2/token"
    )
