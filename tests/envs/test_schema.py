"""Every rule about settings, with its exact message."""

from envs.schema import Environment
from envs.schema.rules import InvalidSettingsError
from tests.support.synthesized import CERTIFICATE, SETTINGS, problems, settings

import attrs
import pytest

NAME_SAYS = "must be lower-case letters, digits and hyphens, with no hyphen at either end"
CIDR_SAYS = "must be an IPv4 network from /16 to /20, e.g. 10.0.0.0/16"
SMALL = " (a smaller one would need subnets below AWS's minimum, /28)"
ARN_SAYS = "must be empty or the ARN of an ACM certificate, arn:aws:acm:<region>:<12 digits>:certificate/<id>"
EU_REGIONS = (
    "eu-central-1, eu-central-2, eu-isoe-west-1, eu-north-1, eu-south-1, eu-south-2, eu-west-1, eu-west-2, eu-west-3"
)
CONSTRAINT_SAYS = "must be a Terraform version constraint, e.g. ~> 6.25"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"environment": "Dev_1"}, f"environment='Dev_1': {NAME_SAYS}"),
        ({"environment": "-dev"}, f"environment='-dev': {NAME_SAYS}"),
        (
            {"environment": "a-rather-long-environment"},
            "environment='a-rather-long-environment': makes the load balancer name ai-gateway-a-rather-long-environment "
            "36 characters long; AWS allows 32: shorten it or project_name='ai-gateway' by 4",
        ),
        ({"project_name": "AI"}, f"project_name='AI': {NAME_SAYS}"),
        (
            {"project_name": "internal-ai"},
            "project_name='internal-ai': must not start with internal-, which AWS reserves in load balancer names",
        ),
        (
            {"aws_region": "eu-west-9"},
            f"aws_region='eu-west-9': AWS has no such region; those that begin with eu- are {EU_REGIONS}",
        ),
        (
            {"aws_region": "US-EAST-1"},
            "aws_region='US-EAST-1': AWS has no such region; did you mean 'us-east-1'?",
        ),
        ({"vpc_cidr": "10.0.0.0"}, f"vpc_cidr='10.0.0.0': {CIDR_SAYS}{SMALL}"),
        ({"vpc_cidr": "10.0.0.0/21"}, f"vpc_cidr='10.0.0.0/21': {CIDR_SAYS}{SMALL}"),
        ({"vpc_cidr": "10.0.0.0/15"}, f"vpc_cidr='10.0.0.0/15': {CIDR_SAYS}{SMALL}"),
        ({"vpc_cidr": "ten"}, f"vpc_cidr='ten': {CIDR_SAYS}"),
        ({"vpc_cidr": "10.0.1.0/16"}, "vpc_cidr='10.0.1.0/16': is not a network address; write 10.0.0.0/16"),
        (
            {"gateway_cpu": 600},
            "gateway_cpu=600: must be one of 256, 512, 1024, 2048, 4096, 8192, 16384 CPU units",
        ),
        (
            {"gateway_memory": 900},
            "gateway_memory=900: with gateway_cpu=512 Fargate takes 1024, 2048, 3072 or 4096 MiB",
        ),
        (
            {"gateway_cpu": 8192, "gateway_memory": 17408},
            "gateway_memory=17408: with gateway_cpu=8192 Fargate takes 16384 to 61440 MiB in steps of 4096",
        ),
        (
            {"gateway_cpu": 256},
            "gateway_cpu=256: leaves the gateway 0 CPU units, as the collector gets 256; it needs 256: set 512 or more",
        ),
        (
            {"autoscaling_min_capacity": 0},
            "autoscaling_min_capacity=0: must be from 1 to 5000 tasks",
        ),
        (
            {"autoscaling_min_capacity": 4},
            "autoscaling_max_capacity=3: must be at least autoscaling_min_capacity=4",
        ),
        (
            {"gateway_desired_count": 7},
            "gateway_desired_count=7: must be from autoscaling_min_capacity=1 to autoscaling_max_capacity=3",
        ),
        (
            {"enable_jwt_auth": True},
            "enable_jwt_auth=True: needs certificate_arn, or domain_name with hosted_zone: a load balancer validates tokens only on HTTPS",
        ),
        ({"certificate_arn": "abc"}, f"certificate_arn='abc': {ARN_SAYS}"),
        (
            {"certificate_arn": CERTIFICATE, "aws_region": "us-east-1"},
            f"certificate_arn='{CERTIFICATE}': is in eu-west-1 of partition aws; the load balancer needs a certificate in its own region, aws_region='us-east-1' of partition aws: write the ARN of one there",
        ),
        (
            {"cognito_domain_prefix": "my-aws-gateway"},
            "cognito_domain_prefix='my-aws-gateway': must not contain aws; Cognito reserves aws, amazon and cognito",
        ),
        ({"cognito_domain_prefix": "Gateway"}, f"cognito_domain_prefix='Gateway': {NAME_SAYS}"),
        (
            {"cognito_domain_prefix": "a" * 64},
            f"cognito_domain_prefix='{'a' * 64}': is 64 characters long; at most 63 are allowed",
        ),
        (
            {"portkey_image": "portkeyai/gateway"},
            "portkey_image='portkeyai/gateway': has no tag and no digest; pin one, e.g. name:1.2.3",
        ),
        (
            {"adot_image": "x/adot:latest"},
            "adot_image='x/adot:latest': has the tag latest, which can change at any time; pin a version, e.g. name:1.2.3, or a "
            "digest",
        ),
        (
            {"adot_image": "Two Words"},
            "adot_image='Two Words': is not an image reference; write name:tag or name@sha256:<64 hex digits>",
        ),
        (
            {"ingress_cidrs": ()},
            "ingress_cidrs=(): must name at least one IPv4 network, e.g. 10.0.0.0/8",
        ),
        (
            {"ingress_cidrs": ("10.0.0.1",)},
            "ingress_cidrs=('10.0.0.1',): '10.0.0.1' has no prefix length; write 10.0.0.1/32",
        ),
        (
            {"ingress_cidrs": ("10.0.0.1/8",)},
            "ingress_cidrs=('10.0.0.1/8',): '10.0.0.1/8' is not an IPv4 network (10.0.0.1/8 has host bits set); write e.g. "
            "203.0.113.0/24",
        ),
        (
            {"ingress_cidrs": ("10.0.0.0/8", "10.0.0.0/8")},
            "ingress_cidrs=('10.0.0.0/8', '10.0.0.0/8'): has '10.0.0.0/8' twice",
        ),
        ({"max_stream_seconds": 4000}, "max_stream_seconds=4000: must be from 2 to 3600 seconds"),
        ({"max_stream_seconds": 1}, "max_stream_seconds=1: must be from 2 to 3600 seconds"),
        ({"gateway_egress_ports": (443, 0)}, "gateway_egress_ports=(443, 0): 0 must be from 1 to 65535 (a TCP port)"),
        (
            {"gateway_egress_ports": (6379,)},
            "gateway_egress_ports=(6379,): must include 443, the port of image registries, AWS and model providers",
        ),
        (
            {"trusted_custom_hosts": ("http://x",)},
            "trusted_custom_hosts=('http://x',): 'http://x' must be a host name or address",
        ),
        *(
            (
                {"trusted_custom_hosts": (host,)},
                f"trusted_custom_hosts=({host!r},): {host!r} is a loopback, link-local or metadata address, which no setting allows: delete it",
            )
            for host in (
                "localhost",
                "a.localhost",
                "127.0.0.1",
                "2130706433",
                "0x7f000001",
                "0.0.0.0",  # noqa: S104 (a spelling of loopback)
                "169.254.170.2",
                "2852039166",
            )
        ),
        *(
            (
                {"trusted_custom_hosts": (host,)},
                f"trusted_custom_hosts=({host!r},): {host!r} must be a full host name, e.g. models.example.com, or an IPv4 "
                "address, e.g. 10.0.10.5",
            )
            for host in ("com", "internal", "167774725", "models.1")
        ),
        (
            {"gateway_secrets": ("REDIS_CONNECTION_STRING",)},
            "gateway_secrets=('REDIS_CONNECTION_STRING',): 'REDIS_CONNECTION_STRING' has no effect: Portkey 1.15.2 has no "
            "response cache that uses Redis; delete it",
        ),
        (
            {"gateway_secrets": ("NODE_ENV",)},
            "gateway_secrets=('NODE_ENV',): 'NODE_ENV' is set by this project; NODE_ENV, NODE_OPTIONS, "
            "TRUSTED_CUSTOM_HOSTS and names that start with GATEWAY_ or OTEL_ cannot be secrets: delete it",
        ),
        (
            {"gateway_secrets": ("redis",)},
            "gateway_secrets=('redis',): 'redis' must be the name of an environment variable: capital letters, digits and underscores",
        ),
        (
            {"github_repository": "https://github.com/example/gateway"},
            "github_repository='https://github.com/example/gateway': must be owner/name, or owner@id/name@id for a repository created, renamed or moved since 2026-07-15",
        ),
        (
            {"github_repository": "example@1/gateway"},
            "github_repository='example@1/gateway': must be owner/name, or owner@id/name@id for a repository created, renamed or moved since 2026-07-15",
        ),
        ({"fargate_spot_percent": 101}, "fargate_spot_percent=101: must be from 0 to 99 percent"),
        *(
            (
                {"ignored_tags": (tag,)},
                f"ignored_tags=('{tag}',): '{tag}' must not match the tags that this project sets, Project, ManagedBy, Environment",
            )
            for tag in ("Environment", "Env*", "*")
        ),
        (
            {"ignored_tags": ("a*b",)},
            "ignored_tags=('a*b',): 'a*b' must be a tag key, or a prefix of tag keys followed by *",
        ),
        (
            {"fargate_spot_percent": 100},
            "fargate_spot_percent=100: must be from 0 to 99 percent: 100 gives FARGATE a weight of 0, and a capacity "
            "provider with a weight of 0 cannot place tasks (CapacityProviderStrategyItem, ECS API reference)",
        ),
        ({"autoscaling_cpu_target_percent": 0}, "autoscaling_cpu_target_percent=0: must be from 1 to 100 percent"),
        (
            {"autoscaling_requests_per_target": 0},
            "autoscaling_requests_per_target=0: must be from 1 to 1000000 requests",
        ),
        (
            {"autoscaling_scale_out_cooldown_seconds": -1},
            "autoscaling_scale_out_cooldown_seconds=-1: must be from 0 to 3600 seconds",
        ),
        (
            {"autoscaling_scale_in_cooldown_seconds": 3601},
            "autoscaling_scale_in_cooldown_seconds=3601: must be from 0 to 3600 seconds",
        ),
        ({"waf_rate_limit": 9}, "waf_rate_limit=9: must be from 10 to 2000000000 requests"),
        (
            {"log_retention_days": 8},
            "log_retention_days=8: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, "
            "1827, 2192, 2557, 2922, 3288, 3653 days",
        ),
        ({"aws_account_id": "1234"}, "aws_account_id='1234': must be twelve digits"),
        (
            {"state_kms_key_arn": "alias/state"},
            "state_kms_key_arn='alias/state': must be empty or the ARN of a KMS key, arn:aws:kms:<region>:<12 digits>:key/<id>",
        ),
        ({"aws_provider_version": "six"}, f"aws_provider_version='six': {CONSTRAINT_SAYS}"),
        ({"gateway_cpu": "512"}, "gateway_cpu='512': must be a whole number"),
        ({"gateway_cpu": True}, "gateway_cpu=True: must be a whole number"),
        ({"enable_waf": 1}, "enable_waf=1: must be True or False"),
        ({"aws_region": None}, "aws_region=None: must be a string in quotes"),
        (
            {"ingress_cidrs": ["10.0.0.0/8"]},
            "ingress_cidrs=['10.0.0.0/8']: must be a tuple of strings, e.g. (\"one\",)",
        ),
        (
            {"gateway_egress_ports": ("443",)},
            "gateway_egress_ports=('443',): must be a tuple of whole numbers, e.g. (443,)",
        ),
    ],
)
def test_a_broken_rule_is_named_with_value_and_remedy(changes: dict[str, object], expected: str) -> None:
    """Each rule reports one line with the setting, the value and what is allowed."""
    assert problems(**changes) == [expected]


def test_an_unknown_setting_is_refused() -> None:
    """A misspelt setting is reported with a suggestion, and the intended one as missing; others with a list of all."""
    changed = {**SETTINGS, "gatway_cpu": 512, "colour": "red"}
    del changed["gateway_cpu"]
    with pytest.raises(InvalidSettingsError) as caught:
        Environment(**changed)
    known = ", ".join(attrs.fields_dict(Environment))
    assert [str(problem) for problem in caught.value.problems] == [
        "gatway_cpu: no such setting; did you mean gateway_cpu?",
        f"colour: no such setting; the settings are {known}",
        "gateway_cpu: missing; CPU units of the whole task (1024 are one vCPU)",
    ]


def test_all_problems_come_at_once() -> None:
    """Several broken rules are several problems of one error."""
    assert problems(gateway_memory=900, aws_region="moon", enable_jwt_auth=True, max_stream_seconds=0) == [
        f"aws_region='moon': {problems(aws_region='moon')[0].partition(': ')[2]}",
        "max_stream_seconds=0: must be from 2 to 3600 seconds",
        "gateway_memory=900: with gateway_cpu=512 Fargate takes 1024, 2048, 3072 or 4096 MiB",
        "enable_jwt_auth=True: needs certificate_arn, or domain_name with hosted_zone: a load balancer validates tokens only on HTTPS",
    ]


def test_an_environment_is_frozen_and_can_be_evolved() -> None:
    """An environment cannot be changed in place. A changed copy is checked like the original."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        settings().gateway_cpu = 1  # type: ignore[misc]  # what the test is about
    with pytest.raises(InvalidSettingsError):
        attrs.evolve(settings(), gateway_memory=900)
