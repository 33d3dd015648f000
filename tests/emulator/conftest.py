"""An embedded AWS for each module of contract tests, whose tests use names of their own."""

from collections.abc import Callable, Iterator
from typing import Any

from emulator.rehearsal import copy_of
from tests.support.cloud import REGION, client

import attrs
import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
"""moto's own account."""


@attrs.frozen
class Contract:
    """Clients of an embedded AWS, and what the calls of several types need to be there."""

    environ: dict[str, str]
    client: Callable[..., Any]
    vpc: str
    subnets: tuple[str, str]

    def refused(self, service: str, call: str, **arguments: Any) -> str:  # noqa: ANN401 (members of the API)
        """AWS's name for the error that a call ends with."""
        with pytest.raises(ClientError) as refusal:
            getattr(self.client(service), call)(**arguments)
        return str(refusal.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def contract(empty_aws: dict[str, str]) -> Iterator[Contract]:
    """An account with its default VPC."""
    with copy_of(empty_aws) as environ:

        def make(service: str, region: str = REGION) -> Any:  # noqa: ANN401 (boto3 has no types)
            return client(environ, service, region)

        found = make("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
        one, two = sorted(found, key=lambda subnet: str(subnet["AvailabilityZone"]))[:2]
        yield Contract(environ, make, one["VpcId"], (one["SubnetId"], two["SubnetId"]))
