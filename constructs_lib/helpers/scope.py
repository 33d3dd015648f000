"""Where an environment is on AWS: its names, partition, region and account, as one value."""

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.regions import endpoint_service, partition_of

import attrs

PIPELINES = "/pipelines/"
"""Path of a pipeline's roles and policies: not where the environment's own are, which the pipeline may write."""


@attrs.frozen(kw_only=True)
class Scope:
    """One environment in one account and region."""

    names: Names
    region: str
    account_id: str
    """Twelve digits, or the expression that stands for them in a stack."""

    @property
    def partition(self) -> str:
        """The first part of its ARNs, e.g. `aws`."""
        return partition_of(self.region).name

    @property
    def dns_suffix(self) -> str:
        """How the names of AWS's hosts end there, e.g. `amazonaws.com`."""
        return partition_of(self.region).dns_suffix

    def arn(self, service: str, resource: str, *, region: str | None = None, account_id: str | None = None) -> str:
        """The ARN of a resource in this region and account; others, or empty ones, where they are given."""
        place = self.region if region is None else region
        return (
            f"arn:{self.partition}:{service}:{place}:{self.account_id if account_id is None else account_id}:{resource}"
        )

    def bucket(self, name: str) -> str:
        """The ARN of a bucket, whose name is one namespace for all accounts."""
        return self.arn("s3", name, region="", account_id="")

    def host(self, service: str) -> str:
        """The name of a service in this region, e.g. `logs.eu-west-1.amazonaws.com`, in URLs and policies."""
        return f"{service}.{self.region}.{self.dns_suffix}"

    def endpoint_service(self, service: str) -> str:
        """The name of a service's VPC endpoint, e.g. `com.amazonaws.eu-west-1.s3`."""
        return endpoint_service(self.region, service)

    @property
    def boundary(self) -> str:
        """The ARN of the most that a role of the environment may do where a pipeline writes it."""
        return self.arn("iam", f"policy{PIPELINES}{self.names.pipeline_role('boundary')}", region="")
