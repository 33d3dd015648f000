"""Lookups of what exists on the embedded AWS, for the judge's rules and for IAM."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from moto.backends import get_backend
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.iam.models import get_account_id_from

GLOBAL = frozenset({"iam", "route53", "s3"})
"""The services whose state moto keeps by partition, not by region."""


@attrs.frozen
class Cloud:
    """One account in one region. A lookup returns None, or an empty list, where nothing is found."""

    account_id: str
    region: str

    @classmethod
    def of(cls, access_key: str, region: str) -> "Cloud":
        """The account that an access key id belongs to."""
        return cls(get_account_id_from(access_key), region)

    @property
    def partition(self) -> str:
        """The region's partition, e.g. `aws-us-gov`."""
        for start, name in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("eusc-", "aws-eusc")):
            if self.region.startswith(start):
                return name
        return "aws"

    def backend(self, service: str) -> Any:
        """moto's state of a service, by moto's name of the service."""
        place = self.partition if service in GLOBAL else self.region
        find: Any = get_backend
        return find(service)[self.account_id][place]

    def bucket_owner(self, name: str) -> str | None:
        """The id of the account that has a bucket of this name; bucket names are unique across accounts."""
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

    def principal(self, name: str) -> str | None:
        """The name of a policy's principal; None for a role of this account that does not exist."""
        is_ours = f"::{self.account_id}:role/" in name
        return None if is_ours and self.role(name) is None else name

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
        """An ACM certificate of this account and region by its ARN."""
        try:
            return self.backend("acm").get_certificate(arn)
        except (JsonRESTError, ServiceException):
            return None

    def all_of(self, service: str, kind: str) -> list[Any]:
        """Everything in one attribute of moto's state of a service, e.g. `load_balancers` of `elbv2`."""
        held = getattr(self.backend(service), kind)
        return list(held.values() if isinstance(held, Mapping) else held)

    def has_internet_gateway(self, vpc_id: str) -> bool:
        """Whether an internet gateway is attached to a VPC; a default VPC always has one."""
        known = self.vpc(vpc_id)
        attached = {gateway.vpc.id for gateway in self.all_of("ec2", "internet_gateways") if gateway.vpc}
        return vpc_id in attached or (known is not None and known.is_default in {True, "true"})

    def address(self, allocation_id: str) -> Any:
        """An Elastic IP address by its allocation's id."""
        return next((one for one in self.all_of("ec2", "addresses") if one.allocation_id == allocation_id), None)

    def usable_key(self, identifier: str) -> Any:
        """A KMS key of this account and region that is enabled and symmetric."""
        key = self.key(identifier)
        return key if key is not None and key.key_state == "Enabled" and key.key_spec == "SYMMETRIC_DEFAULT" else None

    def cluster(self, name_or_arn: str) -> Any:
        """An ECS cluster by its name or ARN."""
        return self.backend("ecs").clusters.get(name_or_arn.rpartition("/")[2])

    def ecs_service(self, cluster: str, name_or_arn: str) -> Any:
        """An ECS service of a cluster, each by its name or ARN."""
        place = f"{cluster.rpartition('/')[2]}:{name_or_arn.rpartition('/')[2]}"
        return self.backend("ecs").services.get(place)

    def scaled_service(self, resource: str) -> Any:
        """An ECS service by Application Auto Scaling's id, `service/cluster/name`."""
        return self.backend("ecs").services.get(resource.partition("service/")[2].replace("/", ":"))

    def task_definition(self, name_or_arn: str) -> Any:
        """A task definition by its family, `family:revision` or ARN."""
        try:
            return self.backend("ecs").describe_task_definition(name_or_arn)
        except (JsonRESTError, ServiceException):
            return None

    def alarm(self, name: str) -> Any:
        """A CloudWatch alarm by its name."""
        return self.backend("cloudwatch").alarms.get(name)

    def topic(self, arn: str) -> Any:
        """An SNS topic of this account and region by its ARN."""
        return self.backend("sns").topics.get(arn)

    def bucket(self, name: str) -> Any:
        """A bucket of this account by its name."""
        return self.backend("s3").buckets.get(name)

    def s3_object(self, bucket: str, key: str) -> Any:
        """An object of a bucket of this account."""
        held = self.bucket(bucket)
        return held.keys.get(key) if held is not None else None

    def secret(self, name_or_arn: str) -> Any:
        """A secret by its name or ARN."""
        held = self.all_of("secretsmanager", "secrets")
        return next((one for one in held if name_or_arn in {one.name, one.arn}), None)

    def secret_in_recovery(self, name_or_arn: str) -> bool:
        """Whether a secret of this name or ARN is scheduled for deletion."""
        held = self.all_of("secretsmanager", "secrets")
        return any(name_or_arn in {one.name, one.arn} and one.is_deleted() for one in held)

    def table(self, name: str) -> Any:
        """A DynamoDB table by its name."""
        return self.backend("dynamodb").tables.get(name)

    def hosted_zone(self, identifier: str) -> Any:
        """A Route 53 zone by its id, with or without `/hostedzone/`."""
        return self.backend("route53").zones.get(identifier.rpartition("/")[2])

    def user_pool(self, identifier: str) -> Any:
        """A Cognito user pool by its id."""
        return self.backend("cognito-idp").user_pools.get(identifier)

    def user_pool_domain(self, prefix: str) -> Any:
        """A Cognito domain of any account in this region: prefixes are unique in a region."""
        held = (regions[self.region] for regions in get_backend("cognito-idp").values() if self.region in regions)
        return next((one.user_pool_domains[prefix] for one in held if prefix in one.user_pool_domains), None)

    def scopes(self, user_pool: str) -> list[str]:
        """The scopes of the resource servers of a user pool, e.g. `https://gateway.internal/invoke`."""
        servers = self.user_pool(user_pool).resource_servers.values()
        return [f"{server.identifier}/{scope['ScopeName']}" for server in servers for scope in server.scopes or []]

    def listeners(self) -> Iterator[Any]:
        """The listeners of every load balancer."""
        for balancer in self.all_of("elbv2", "load_balancers"):
            yield from balancer.listeners.values()

    def listener(self, arn: str) -> Any:
        """A listener by its ARN."""
        return next((one for one in self.listeners() if one.arn == arn), None)

    def target_group(self, arn: str) -> Any:
        """A target group by its ARN."""
        return self.backend("elbv2").target_groups.get(arn)

    def load_balancer(self, arn: str) -> Any:
        """A load balancer by its ARN."""
        return self.backend("elbv2").load_balancers.get(arn)
