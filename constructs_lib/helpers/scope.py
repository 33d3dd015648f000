"""An environment's names, region and account, and the ARNs and host names that follow from them."""

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.regions import endpoint_service, partition_of

import attrs

PIPELINES = "/pipelines/"
"""IAM path of the pipeline's roles and policies. The deploy role may write only roles outside this path."""


@attrs.frozen(kw_only=True)
class Scope:
    """One environment in one account and region."""

    names: Names
    region: str
    account_id: str
    """Twelve digits, or Terraform's expression for them."""

    @property
    def partition(self) -> str:
        """The partition in ARNs, e.g. `aws`."""
        return partition_of(self.region).name

    @property
    def dns_suffix(self) -> str:
        """The suffix of AWS's host names in the partition, e.g. `amazonaws.com`."""
        return partition_of(self.region).dns_suffix

    def arn(self, service: str, resource: str, *, region: str | None = None, account_id: str | None = None) -> str:
        """The ARN of a resource. `region` and `account_id` replace the environment's own; both may be empty."""
        place = self.region if region is None else region
        return (
            f"arn:{self.partition}:{service}:{place}:{self.account_id if account_id is None else account_id}:{resource}"
        )

    def bucket(self, name: str) -> str:
        """The ARN of a bucket, which has no region and no account."""
        return self.arn("s3", name, region="", account_id="")

    def host(self, service: str) -> str:
        """The host name of a service in this region, e.g. `logs.eu-west-1.amazonaws.com`."""
        return f"{service}.{self.region}.{self.dns_suffix}"

    def endpoint_service(self, service: str) -> str:
        """The name of a VPC endpoint service, e.g. `com.amazonaws.eu-west-1.s3`."""
        return endpoint_service(self.region, service)

    @property
    def boundary(self) -> str:
        """ARN of the permissions boundary of the environment's own roles, with a pipeline."""
        return self.arn("iam", f"policy{PIPELINES}{self.names.pipeline_role('boundary')}", region="")
