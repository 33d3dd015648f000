"""A VPC with two public and two private subnets, NAT gateways and flow logs."""

from constructs_lib.helpers.cidr import private_subnets, public_subnets
from constructs_lib.helpers.policies import Statement, policy, trust_policy
from constructs_lib.helpers.provider_release import REGIONAL_NAT_GATEWAYS, Release
from constructs_lib.helpers.regions import FARGATE_ZONES
from constructs_lib.helpers.scope import Scope

from cdktf import Fn, TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter,
)
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from constructs import Construct

ZONES = ("A", "B")
ANYWHERE = "0.0.0.0/0"


class Network(Construct):
    """VPC, subnets in two availability zones, internet and NAT gateways, routes and flow logs."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        cidr: str,
        nat_gateway_per_az: bool,
        flow_logs: CloudwatchLogGroup,
        permissions_boundary: str | None,
        release: Release,
    ) -> None:
        super().__init__(scope, id_)
        self._where = where
        self._boundary = permissions_boundary
        self._release = release
        self.vpc = Vpc(
            self, "Vpc", cidr_block=cidr, enable_dns_hostnames=True, enable_dns_support=True, tags=self._name("vpc")
        )
        self.vpc_id = self.vpc.id
        # No rules: a resource without a security group of its own can connect to nothing.
        DefaultSecurityGroup(self, "DefaultSecurityGroup", vpc_id=self.vpc_id, tags=self._name("default-closed"))
        # Excludes Local Zones, which need opt-in and have no Fargate.
        zones = DataAwsAvailabilityZones(
            self,
            "Zones",
            state="available",
            filter=[
                DataAwsAvailabilityZonesFilter(name=name, values=list(values))
                for name, values in (
                    ("opt-in-status", ("opt-in-not-required",)),
                    ("zone-id", FARGATE_ZONES.get(where.region, ())),
                )
                if values
            ],
        )
        self._zone_names = zones.names
        internet = InternetGateway(self, "InternetGateway", vpc_id=self.vpc_id, tags=self._name("internet"))
        self.way_in: tuple[TerraformResource, ...] = (internet,)
        """Resources that must exist before an internet-facing load balancer is created."""
        public = [self._subnet("Public", index, block) for index, block in enumerate(public_subnets(cidr))]
        private = [self._subnet("Private", index, block) for index, block in enumerate(private_subnets(cidr))]
        self.public_subnet_ids = [subnet.id for subnet in public]
        self.private_subnet_ids = [subnet.id for subnet in private]

        public_table = self._route_table("PublicRoutes", "public")
        Route(
            self,
            "PublicToInternet",
            route_table_id=public_table,
            destination_cidr_block=ANYWHERE,
            gateway_id=internet.id,
        )
        for zone, subnet_id in zip(ZONES, self.public_subnet_ids, strict=True):
            RouteTableAssociation(self, f"Public{zone}Routes", subnet_id=subnet_id, route_table_id=public_table)

        nat_zones = ZONES if nat_gateway_per_az else ZONES[:1]
        nats = [
            self._nat(zone, subnet_id, internet)
            for zone, subnet_id in zip(nat_zones, self.public_subnet_ids, strict=False)
        ]
        self.private_route_table_ids: list[str] = []
        for index, zone in enumerate(ZONES):
            table = self._route_table(f"Private{zone}Table", f"private-{zone.lower()}")
            Route(
                self,
                f"Private{zone}ToNat",
                route_table_id=table,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=nats[index % len(nats)],
            )
            RouteTableAssociation(
                self, f"Private{zone}Routes", subnet_id=self.private_subnet_ids[index], route_table_id=table
            )
            self.private_route_table_ids.append(table)
        self._record_traffic(flow_logs)

    def _name(self, purpose: str) -> dict[str, str]:
        return {"Name": f"{self._where.names.prefix}-{purpose}"}

    def _subnet(self, tier: str, index: int, cidr: str) -> Subnet:
        zone = ZONES[index]
        return Subnet(
            self,
            f"{tier}{zone}",
            vpc_id=self.vpc_id,
            cidr_block=cidr,
            availability_zone=Fn.element(self._zone_names, index),
            map_public_ip_on_launch=False,
            tags=self._name(f"{tier.lower()}-{zone.lower()}"),
        )

    def _route_table(self, id_: str, purpose: str) -> str:
        return RouteTable(self, id_, vpc_id=self.vpc_id, tags=self._name(purpose)).id

    def _nat(self, zone: str, subnet_id: str, internet: InternetGateway) -> str:
        address = Eip(self, f"Nat{zone}Address", domain="vpc", tags=self._name(f"nat-{zone.lower()}"))
        return NatGateway(
            self,
            f"Nat{zone}",
            allocation_id=address.id,
            subnet_id=subnet_id,
            tags=self._name(f"nat-{zone.lower()}"),
            # A NAT gateway fails in a VPC without an internet gateway.
            depends_on=[internet],
            lifecycle=TerraformResourceLifecycle(ignore_changes=["regional_nat_gateway_address"])
            if self._release >= REGIONAL_NAT_GATEWAYS
            else None,
        ).id

    def _record_traffic(self, log_group: CloudwatchLogGroup) -> None:
        where = self._where
        role = IamRole(
            self,
            "FlowLogsRole",
            name=where.names.role("flow-logs"),
            permissions_boundary=self._boundary,
            assume_role_policy=trust_policy(
                "vpc-flow-logs.amazonaws.com",
                account_id=where.account_id,
                source_arn=where.arn("ec2", "vpc-flow-log/*"),
            ),
        )
        writes = IamRolePolicy(
            self,
            "FlowLogsPolicy",
            name=where.names.role("flow-logs"),
            role=role.id,
            policy=policy(
                Statement(
                    sid="WriteFlowLogs",
                    actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
                    resources=(f"{log_group.arn}:*",),
                ),
                Statement(sid="FindLogGroup", actions=("logs:DescribeLogGroups",), resources=("*",)),
            ),
        )
        FlowLog(
            self,
            "FlowLog",
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            tags=self._name("flow-log"),
            depends_on=[writes],
        )
