"""Rules about teams, names, networks and alarms, each with its exact message."""

from constructs_lib.helpers.task.routes import Target
from envs.schema import Client, Subscription
from tests.support.synthesized import CERTIFICATE, Synthesized, problems, settings

import pytest

CLOSED = ("10.0.0.0/8",)
OPENAI = Target(provider="openai")
VPC = "vpc-0123456789abcdef0"
PUBLIC = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
PRIVATE = ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"routes": OPENAI},
            "ingress_cidrs=('0.0.0.0/0',): with routes the keys on the server would be open to the internet (0.0.0.0/0): "
            "set enable_jwt_auth=True or narrow ingress_cidrs",
        ),
        (
            {"routes": OPENAI, "ingress_cidrs": ("0.0.0.0/1", "128.0.0.0/1")},
            "ingress_cidrs=('0.0.0.0/1', '128.0.0.0/1'): with routes the keys on the server would be open to the internet "
            "(0.0.0.0/1, 128.0.0.0/1): set enable_jwt_auth=True or narrow ingress_cidrs",
        ),
        (
            {"edge_cpu": 64},
            "edge_cpu: was removed together with the edge container: delete this line; the gateway gets its CPU and memory",
        ),
        (
            {"max_body_mib": 52},
            "max_body_mib=52: the gateway's 768 MiB of memory have room for 51 MiB of request bodies: raise gateway_memory=1024, or set 51 or less",
        ),
        (
            {"routes": OPENAI, "ingress_cidrs": CLOSED, "gateway_secrets": ("OPENAI_API_KEY",)},
            "gateway_secrets=('OPENAI_API_KEY',): OPENAI_API_KEY is a key that routes use: delete it here",
        ),
        *(
            (
                {"routes": OPENAI, "ingress_cidrs": CLOSED, name: value},
                f"{name}={value!r}: has no effect with routes, where callers choose no hosts, hooks or caches: delete it",
            )
            for name, value in (
                ("trusted_custom_hosts", ("models.example.com",)),
                ("allow_public_hosts", True),
                ("allow_caller_hooks", True),
            )
        ),
        (
            {
                "routes": Target(provider="openai", custom_host="https://models.example.com:8443/v1"),
                "ingress_cidrs": CLOSED,
            },
            "routes='https://models.example.com:8443/v1': port 8443 is not in gateway_egress_ports=(443,), so the security group blocks it: add 8443 there",
        ),
        (
            {"routes": Target(provider="openai", custom_host="http://models.example.com/v1"), "ingress_cidrs": CLOSED},
            "routes='http://models.example.com/v1': port 80 is not in gateway_egress_ports=(443,), so the security group blocks it: add 80 there; the prompts and the key then cross the network unencrypted, so prefer "
            "https://",
        ),
        (
            {"shared_endpoints": ("files",)},
            "shared_endpoints=('files',): needs routes",
        ),
        (
            {"routes": OPENAI, "ingress_cidrs": CLOSED, "shared_endpoints": ("files",)},
            "shared_endpoints=('files',): needs enable_jwt_auth=True: only a token proves the scope admin",
        ),
        (
            {"shared_endpoints": ("admin",)},
            "shared_endpoints=('admin',): 'admin' must be one of files, batches, responses, fine_tuning",
        ),
        ({"max_body_mib": 0}, "max_body_mib=0: must be from 1 to 100 MiB"),
        (
            {"adot_node_image": "x/node:latest"},
            "adot_node_image='x/node:latest': has the tag latest, which can change at any time; pin a version, e.g. "
            "name:1.2.3, or a digest",
        ),
        (
            {"clients": (Client(team="Search"),)},
            "clients=(Client(team='Search', scopes=('invoke',)),): team='Search' must be lower-case letters, digits and "
            "hyphens, with no hyphen at either end, at most 64 characters",
        ),
        (
            {"clients": (Client(team="search", scopes=("all",)),)},
            "clients=(Client(team='search', scopes=('all',)),): team='search': scopes=('all',) must be a tuple of invoke, "
            "admin",
        ),
        (
            {"clients": (Client(team="a"), Client(team="a"))},
            "clients=(Client(team='a', scopes=('invoke',)), Client(team='a', scopes=('invoke',))): has the team 'a' twice",
        ),
        (
            {"domain_name": "gateway.example.com"},
            "hosted_zone='': must be set together with domain_name='gateway.example.com'",
        ),
        (
            {"hosted_zone": "example.com"},
            "domain_name='': must be set together with hosted_zone='example.com'",
        ),
        (
            {"domain_name": "gateway.example.org", "hosted_zone": "example.com"},
            "domain_name='gateway.example.org': is not in hosted_zone='example.com': write a name that ends in .example.com",
        ),
        *(
            (
                {"domain_name": f"{first}.{zone}", "hosted_zone": zone},
                f"domain_name='{first}.{zone}': {says}",
            )
            for first, zone, says in (
                ("a" * 60, "example.com", "is 72 characters long; ACM takes at most 64"),
                ("gateway", "example.com" + ".x" * 26, "is 71 characters long; ACM takes at most 64"),
            )
        ),
        (
            {"domain_name": "Gateway", "hosted_zone": "example.com"},
            "domain_name='Gateway': must be empty or a host name in lower case, e.g. gateway.example.com",
        ),
        ({"vpc_id": "vpc-1"}, "vpc_id='vpc-1': must be the id of a VPC, e.g. vpc-0123456789abcdef0"),
        (
            {"vpc_id": VPC, "public_subnet_ids": PUBLIC, "private_subnet_ids": PRIVATE[:1]},
            f"private_subnet_ids={PRIVATE[:1]!r}: vpc_id='{VPC}' needs at least two subnets, in different availability zones",
        ),
        (
            {"vpc_id": VPC, "private_subnet_ids": PRIVATE},
            f"public_subnet_ids=(): vpc_id='{VPC}' needs at least two subnets, in different availability zones",
        ),
        (
            {"vpc_id": VPC, "public_subnet_ids": PUBLIC, "private_subnet_ids": PUBLIC},
            f"private_subnet_ids={PUBLIC!r}: has {', '.join(PUBLIC)}, which public_subnet_ids has too: delete it in one of them",
        ),
        (
            {
                "vpc_id": VPC,
                "public_subnet_ids": PUBLIC,
                "private_subnet_ids": PRIVATE,
                "nat_gateway_per_az": True,
            },
            f"nat_gateway_per_az=True: vpc_id='{VPC}' has NAT gateways of its own: leave it False",
        ),
        (
            {"private_subnet_ids": PRIVATE},
            f"private_subnet_ids={PRIVATE!r}: are subnets of an existing VPC: set vpc_id too",
        ),
        (
            {"public_subnet_ids": ("subnet-x", PUBLIC[0])},
            f"public_subnet_ids=('subnet-x', '{PUBLIC[0]}'): 'subnet-x' must be the id of a subnet, e.g. "
            "subnet-0123456789abcdef0",
        ),
        ({"waf_client_rate_limit": 100}, "waf_client_rate_limit=100: needs enable_waf=True"),
        (
            {"waf_client_rate_limit": 9, "enable_waf": True},
            "waf_client_rate_limit=9: must be from 10 to 2000000000 requests, or 0 for no limit",
        ),
        (
            {"alarm_subscriptions": (Subscription("pager", "me"),)},
            "alarm_subscriptions=(Subscription(protocol='pager', endpoint='me'),): has protocol='pager'; must be one of email, https, sqs, lambda",
        ),
        (
            {"alarm_subscriptions": (Subscription("email", "me"),)},
            "alarm_subscriptions=(Subscription(protocol='email', endpoint='me'),): has endpoint='me'; email needs an email "
            "address",
        ),
        (
            {"alarm_subscriptions": (Subscription("email", "a@b.c"),) * 2},
            "alarm_subscriptions=(Subscription(protocol='email', endpoint='a@b.c'), Subscription(protocol='email', "
            "endpoint='a@b.c')): has the same subscription twice: delete one",
        ),
        ({"alarm_5xx_count": 0}, "alarm_5xx_count=0: must be from 1 to 1000000 responses"),
        ({"alarm_p99_seconds": 0}, "alarm_p99_seconds=0: must be from 1 to 3600 seconds"),
        ({"alarm_unhealthy_minutes": 61}, "alarm_unhealthy_minutes=61: must be from 1 to 60 minutes"),
        ({"alarm_ceiling_minutes": 0}, "alarm_ceiling_minutes=0: must be from 1 to 60 minutes"),
        ({"alarm_waf_blocks": 0}, "alarm_waf_blocks=0: must be from 1 to 1000000 requests"),
        ({"alarm_provider_error_percent": 0}, "alarm_provider_error_percent=0: must be from 1 to 100 percent"),
        (
            {"gateway_secrets": ("OTEL_SERVICE_NAME",)},
            "gateway_secrets=('OTEL_SERVICE_NAME',): 'OTEL_SERVICE_NAME' is set by this project; NODE_ENV, NODE_OPTIONS, "
            "TRUSTED_CUSTOM_HOSTS and names that start with GATEWAY_ or OTEL_ cannot be secrets: delete it",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_switch_is_named_with_value_and_remedy(changes: dict[str, object], expected: str) -> None:
    """Each rule reports one line with the setting, the value and what is allowed."""
    assert problems(**changes) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        {"routes": OPENAI, "enable_jwt_auth": True, "certificate_arn": CERTIFICATE},
        {"domain_name": "example.com", "hosted_zone": "example.com", "enable_jwt_auth": True},
        {"vpc_id": VPC, "private_subnet_ids": PRIVATE, "internal_load_balancer": True},
        {"vpc_id": VPC, "private_subnet_ids": PRIVATE, "public_subnet_ids": PUBLIC},
        {
            "alarm_subscriptions": (
                Subscription("sqs", "arn:aws:sqs:eu-west-1:123456789012:alarms"),
                Subscription("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:page"),
            )
        },
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_sound_switches(changes: dict[str, object]) -> None:
    """Valid values are kept unchanged."""
    made = settings(**changes)
    assert {name: getattr(made, name) for name in changes} == changes


def test_no_secret_can_have_the_name_of_a_variable_of_ours(dev: Synthesized) -> None:
    """A secret with the name of one of our variables is refused, because ECS refuses such a container."""
    for variable in dev.containers()["gateway"]["environment"]:
        (said,) = problems(gateway_secrets=(variable["name"],))
        assert f"'{variable['name']}' is set by this project" in said
