"""VPC endpoints for the AWS services that the task calls to start and to log."""

from collections.abc import Iterable

from constructs_lib.helpers.endpoint_policies import endpoint_policies
from constructs_lib.helpers.scope import Scope
from constructs_lib.network.subnets import Subnets

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from constructs import Construct

INTERFACE_SERVICES = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")


class Endpoints(Construct):
    """Gateway endpoints for S3 (image layers) and, with `with_usage`, DynamoDB; interface endpoints for the rest."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        network: Subnets,
        security_group: SecurityGroup,
        images: Iterable[str],
        with_usage: bool,
        more: tuple[str, ...],
    ) -> None:
        super().__init__(scope, id_)
        policies = endpoint_policies(where, images)
        for id_part, service in (("S3", "s3"), ("DynamoDb", "dynamodb")) if with_usage else (("S3", "s3"),):
            VpcEndpoint(
                self,
                id_part,
                vpc_id=network.vpc_id,
                service_name=where.endpoint_service(service),
                vpc_endpoint_type="Gateway",
                policy=policies[service],
                route_table_ids=network.private_route_table_ids,
                tags={"Name": f"{where.names.prefix}-{service}"},
            )
        security_group_id = security_group.id
        for service in (*INTERFACE_SERVICES, *more):
            VpcEndpoint(
                self,
                service.title().replace(".", "").replace("-", ""),
                vpc_id=network.vpc_id,
                service_name=where.endpoint_service(service),
                vpc_endpoint_type="Interface",
                policy=policies.get(service),
                private_dns_enabled=True,
                subnet_ids=network.private_subnet_ids,
                security_group_ids=[security_group_id],
                tags={"Name": f"{where.names.prefix}-{service.replace('.', '-')}"},
            )
