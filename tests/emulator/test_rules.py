"""Calls emulator/judge without a server: what each rule refuses, by code and member."""

from collections.abc import Callable, Iterator

from emulator.judge.verdict import verdict
from emulator.wire.calls import Call, service_model
from tests.emulator.refused import of_access, of_cloudwatch, of_data, of_ecs, of_elasticache, of_elbv2, of_networks
from tests.emulator.refused.held import Held, Params, held

import pytest
from moto import mock_aws

CASES = (
    *of_access.CASES,
    *of_cloudwatch.CASES,
    *of_data.CASES,
    *of_ecs.CASES,
    *of_elasticache.CASES,
    *of_elbv2.CASES,
    *of_networks.CASES,
)


@pytest.fixture(scope="module")
def world() -> Iterator[Held]:
    """One account in this process."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patched.setenv(name, "EMULATED")
        with mock_aws():
            yield held()


@pytest.mark.parametrize(
    ("name", "params", "code", "member"), CASES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_rule_refuses(world: Held, name: str, params: Callable[[Held], Params], code: str, member: str) -> None:
    """The code is the service's, and the member is the one that is wrong."""
    service_name, _, operation = name.partition(":")
    model = service_model(service_name)
    refusal = verdict(
        Call(
            service=service_name,
            operation=operation,
            protocol=str(model.protocol),
            region="us-east-1",
            access_key="EMULATED",
            model=model.operation_model(operation),
            params=params(world),
            faults=(),
        )
    )
    assert refusal is not None
    assert (refusal.code, refusal.member) == (code, member)
