"""How recovery reads a stack and what it searches for."""

from ops.state.finders import Found, Resolved, UnknownReferenceError
from ops.state.recover import add_unreturned, harm, import_blocks

import pytest


def test_references_are_resolved_when_they_are_read() -> None:
    """References are resolved when they are read; an unknown reference is an error only then."""
    values = Resolved(
        {"name": "a-${aws_vpc.V.id}", "other": "${aws_vpc.Unknown.id}", "port": 80}, {"aws_vpc.V": {"id": "vpc-1"}}
    )
    assert (values["name"], values["port"]) == ("a-vpc-1", 80)
    with pytest.raises(UnknownReferenceError, match=r"aws_vpc\.Unknown\.id"):
        values["other"]


def test_what_was_found_becomes_import_blocks() -> None:
    """Found resources become Terraform import blocks, sorted by address."""
    found = {"aws_vpc.B": Found("vpc-2"), "aws_vpc.A": Found("vpc-1")}
    assert import_blocks(found) == {"import": [{"to": "aws_vpc.A", "id": "vpc-1"}, {"to": "aws_vpc.B", "id": "vpc-2"}]}


def test_a_plan_that_deletes_or_replaces_does_harm() -> None:
    """Deletions and replacements in a plan are reported as harm, except those of a certificate validation."""
    plan = {
        "resource_changes": [
            {"address": address, "change": {"actions": actions}}
            for address, actions in {
                "made": ["create"],
                "changed": ["update"],
                "replaced": ["delete", "create"],
                "gone": ["delete"],
                "same": ["no-op"],
                "aws_acm_certificate_validation.Waits": ["delete", "create"],
            }.items()
        ]
    }
    assert harm(plan) == ["replaced", "gone"]


def test_the_state_is_told_only_what_was_imported() -> None:
    """An imported user pool client gets `generate_secret` in the state; other resources stay unchanged."""
    client: dict[str, object] = {"generate_secret": None}
    vpc: dict[str, object] = {"id": "vpc-1"}
    state = {
        "resources": [
            {"type": "aws_cognito_user_pool_client", "name": "C", "instances": [{"attributes": client}]},
            {"type": "aws_vpc", "name": "V", "instances": [{"attributes": vpc}]},
        ]
    }
    assert add_unreturned(state, []) is False
    assert add_unreturned(state, ["aws_cognito_user_pool_client.C", "aws_vpc.V"]) is True
    assert client == {"generate_secret": True}
    assert vpc == {"id": "vpc-1"}
    assert add_unreturned(state, ["aws_cognito_user_pool_client.C"]) is False
