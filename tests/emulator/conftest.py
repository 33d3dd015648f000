"""An embedded AWS for each module of contract tests. Each test uses its own resource names."""

from collections.abc import Callable, Iterator
from typing import Any

from emulator.rehearsal import copy_of
from tests.support.cloud import REGION, client

import attrs
import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
"""moto's default account id."""


@attrs.frozen
class Contract:
    """Clients of an embedded AWS, and the resources that several tests need."""

    environ: dict[str, str]
    client: Callable[..., Any]
    vpc: str
    subnets: tuple[str, str]

    def refused(self, service: str, call: str, **arguments: Any) -> str:  # noqa: ANN401 (members of the API)
        """The error code with which AWS refuses a call."""
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
