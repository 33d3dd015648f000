"""What exists on the embedded AWS, as the judge's rules look it up."""

from typing import Any

import attrs
from moto.backends import get_backend
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.iam.models import get_account_id_from

GLOBAL = frozenset({"iam", "route53", "s3"})
"""The services whose state moto keeps once for each partition."""


@attrs.frozen
class Cloud:
    """One account in one region. Each lookup answers None for what is not there."""

    account_id: str
    region: str

    @classmethod
    def of(cls, access_key: str, region: str) -> "Cloud":
        """The account that an access key belongs to."""
        return cls(get_account_id_from(access_key), region)

    @property
    def partition(self) -> str:
        """The partition of the region, as ARNs name it."""
        for start, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc")):
            if self.region.startswith(start):
                return name
        return "aws"

    def backend(self, service: str) -> Any:
        """moto's state of a service."""
        place = self.partition if service in GLOBAL else self.region
        find: Any = get_backend
        return find(service)[self.account_id][place]

    def bucket_owner(self, name: str) -> str | None:
        """The account that has a bucket; its name is one for all of them."""
        for account, places in get_backend("s3").items():
            if any(name in backend.buckets for backend in places.values()):
                return str(account)
        return None

    def subnet(self, identifier: str) -> Any:
        """A subnet by its id."""
        subnets = self.backend("ec2").subnets.values()
        return next((zone[identifier] for zone in subnets if identifier in zone), None)

    def security_group(self, identifier: str) -> Any:
        """A security group by its id."""
        return self.backend("ec2").get_security_group_from_id(identifier)

    def vpc(self, identifier: str) -> Any:
        """A VPC by its id."""
        return self.backend("ec2").vpcs.get(identifier)

    def role(self, name_or_arn: str) -> Any:
        """An IAM role of this account by its name or ARN."""
        name = name_or_arn.rpartition("/")[2]
        found = next((role for role in self.backend("iam").roles.values() if role.name == name), None)
        return found if found is not None and name_or_arn in {found.name, found.arn} else None

    def key(self, identifier: str) -> Any:
        """A KMS key of this account and region by its id, ARN or alias."""
        backend = self.backend("kms")
        if identifier.startswith("arn:"):
            _, _, service, region, account, resource = identifier.split(":", 5)
            if (service, region, account) != ("kms", self.region, self.account_id):
                return None
            identifier = resource if resource.startswith("alias/") else resource.rpartition("/")[2]
        if identifier.startswith("alias/"):
            identifier = backend.get_key_id_from_alias(identifier) or ""
        return backend.keys.get(identifier)

    def log_group(self, name_or_arn: str) -> Any:
        """A log group of this account and region by its name or ARN."""
        name = name_or_arn
        if name_or_arn.startswith("arn:"):
            _, _, service, region, account, *rest = name_or_arn.split(":")
            if (service, region, account) != ("logs", self.region, self.account_id) or len(rest) < 2:
                return None
            name = rest[1]
        return self.backend("logs").groups.get(name)

    def certificate(self, arn: str) -> Any:
        """An ACM certificate of this account and region."""
        try:
            return self.backend("acm").get_certificate(arn)
        except (JsonRESTError, ServiceException):
            return None

    def target_group(self, arn: str) -> Any:
        """A target group by its ARN."""
        return self.backend("elbv2").target_groups.get(arn)

    def load_balancer(self, arn: str) -> Any:
        """A load balancer by its ARN."""
        return self.backend("elbv2").load_balancers.get(arn)
