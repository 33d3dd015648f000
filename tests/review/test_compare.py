"""What differs between two stacks, and which differences affect security."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from review.compare import ABSENT, BlockChange, Change, attribute_changes, block_changes, blocks, compare, flat
from review.revision import Revision, Setting
from review.security import HEADINGS, security_changes
from tests.conftest import Synthesize
from tests.support.synthesized import CERTIFICATE, EVERYTHING, Synthesized, settings

import pytest
from hypothesis import given
from hypothesis import strategies as st

SMALL = settings()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=8,
)


def revision(document: Mapping[str, Any], warnings: list[str], **values: Setting) -> Revision:
    """Return a revision with one environment."""
    return Revision(Path(), {"dev": dict(values)}, {"dev": dict(document)}, {"dev": warnings})


def setting(value: str, *, is_default: bool = False) -> Setting:
    """Return a setting with a description."""
    return Setting(value, "what it is", is_default)


def test_a_json_document_in_a_string_is_opened() -> None:
    """A change in a policy document is shown as a change of its statement, by Sid."""
    policy = '{"Statement": [{"Sid": "Read", "Action": ["s3:GetObject", "s3:ListBucket"]}]}'
    assert dict(flat({"policy": policy})) == {
        "policy.Statement[Read].Sid": "Read",
        "policy.Statement[Read].Action": "s3:GetObject, s3:ListBucket",
    }


def test_one_more_item_is_one_change() -> None:
    """List items are matched by name, so an inserted item is one change."""
    old = {"container": [{"name": "gateway", "cpu": 256}]}
    new = {"container": [{"name": "edge", "cpu": 64}, {"name": "gateway", "cpu": 256}]}
    assert attribute_changes(old, new) == (
        Change("container[edge].cpu", ABSENT, "64"),
        Change("container[edge].name", ABSENT, "edge"),
    )


@given(JSON)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:  # noqa: ANN401 (any JSON)
    """A value compared with itself has no changes."""
    assert attribute_changes(value, value) == ()


@given(st.dictionaries(st.text(max_size=3), st.integers()), st.dictionaries(st.text(max_size=3), st.integers()))
def test_two_that_differ_have_a_change(old: dict[str, int], new: dict[str, int]) -> None:
    """Two objects have a change exactly if they differ; cdktf's own metadata does not count."""
    old.pop("//", None)
    new.pop("//", None)
    assert bool(attribute_changes(old, new)) == (old != new)


def test_every_block_of_a_stack_has_an_address(prod: Synthesized) -> None:
    """Resources and data sources have Terraform's addresses, and other blocks have their own."""
    found = blocks(prod.document)
    resources = [address for address in found if address.startswith("aws_")]
    assert len(resources) == sum(len(named) for named in prod.document["resource"].values())
    assert {address.partition(".")[0] for address in found if not address.startswith("aws_")} == {
        "data",
        "output",
        "provider",
        "terraform",
    }


def test_a_changed_setting_is_listed_and_an_unknown_default_is_not() -> None:
    """Changed settings are listed, and added or removed ones unless they have their default."""
    base = revision({}, [], cpu=setting("512"), gone=setting("1"), gone_default=setting("1", is_default=True))
    head = revision({}, [], cpu=setting("1024"), new=setting("True"), new_default=setting("0", is_default=True))
    (found,) = compare(base, head)
    assert [(change.name, change.old, change.new) for change in found.settings] == [
        ("cpu", "512", "1024"),
        ("new", ABSENT, "True"),
        ("gone", "1", ABSENT),
    ]


def test_warnings_come_and_go() -> None:
    """Only new and removed warnings are listed."""
    (found,) = compare(revision({}, ["stays", "goes"]), revision({}, ["stays", "comes"]))
    assert (found.new_warnings, found.gone_warnings) == (("comes",), ("goes",))


def test_an_environment_is_new_or_gone() -> None:
    """An environment that is added or removed is listed with all of its blocks."""
    document = {"resource": {"aws_vpc": {"Vpc": {"cidr_block": "10.0.0.0/16"}}}}
    empty = Revision(Path(), {}, {}, {})
    (new,) = compare(empty, revision(document, []))
    (gone,) = compare(revision(document, []), empty)
    assert (new.kind, [block.kind for block in new.blocks]) == ("added", ["added"])
    assert (gone.kind, [block.kind for block in gone.blocks]) == ("removed", ["removed"])


def changes(synthesize: Synthesize, **changed: object) -> tuple[BlockChange, ...]:
    """Return what these settings change in the small environment."""
    return block_changes(synthesize(SMALL).document, synthesize(settings(**changed)).document)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"ingress_cidrs": ("10.0.0.0/8",)}, {("Ingress and egress", "SecurityGroups/HttpFrom10.0.0.0-8")}),
        ({"gateway_egress_ports": (443, 8443)}, {("Ingress and egress", "SecurityGroups/GatewayToWorld8443")}),
        ({"internal_load_balancer": True}, {("Public exposure", "LoadBalancer/LoadBalancer")}),
        ({"enable_waf": True}, {("Public exposure", "Waf/WebAcl"), ("Public exposure", "Waf/Association")}),
        (
            {"deletion_protection": True},
            {
                ("Deletion protection", "LoadBalancer/LoadBalancer"),
                ("Deletion protection", "Auth/UserPool"),
                ("Deletion protection", "AccessLogs/Bucket"),
                ("Deletion protection", "Repository/Repository"),
            },
        ),
        ({"certificate_arn": CERTIFICATE}, {("Public exposure", "LoadBalancer/Https")}),
        (
            {"certificate_arn": CERTIFICATE, "enable_jwt_auth": True},
            {("Ingress and egress", "SecurityGroups/LoadBalancerToKeys")},
        ),
        ({"log_retention_days": 30}, {("Audit", "LogGroups/Gateway")}),
        ({"gateway_secrets": ("PLUGIN_API_KEY",)}, {("IAM", "TaskRoles/ExecutionPolicy")}),
        ({"aws_account_id": "123456789012"}, {("State and account", "")}),
        ({"use_lockfile": True}, {("State and account", "")}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_what_is_about_security_stands_under_its_heading(
    synthesize: Synthesize, changed: dict[str, object], expected: set[tuple[str, str]]
) -> None:
    """Each setting that affects security is listed under its heading."""
    found = {(item.heading, item.block.path) for item in security_changes(changes(synthesize, **changed))}
    assert expected <= found, found - expected


@pytest.mark.parametrize(
    "changed",
    [{"gateway_cpu": 1024, "gateway_memory": 2048}, {"autoscaling_max_capacity": 5}, {"alarm_5xx_count": 5}],
    ids="-".join,
)
def test_sizes_and_thresholds_are_not_about_security(synthesize: Synthesize, changed: dict[str, object]) -> None:
    """Sizes and thresholds are not listed as security changes."""
    found = changes(synthesize, **changed)
    assert found
    assert list(security_changes(found)) == []


def test_every_heading_is_used(synthesize: Synthesize) -> None:
    """Every heading has at least one change that is listed under it."""
    other = settings(deletion_protection=True, use_lockfile=True, certificate_arn=CERTIFICATE, log_retention_days=30)
    found = [
        *block_changes(synthesize(SMALL).document, synthesize(EVERYTHING).document),
        *block_changes(synthesize(SMALL).document, synthesize(other).document),
    ]
    found += [
        BlockChange(f"{type_}.New", "New", "added") for type_ in ("aws_elasticache_cluster", "aws_ecr_repository")
    ]
    assert {item.heading for item in security_changes(found)} == set(HEADINGS)
