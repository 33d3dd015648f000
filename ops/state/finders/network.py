"""Finds what EC2 numbers: everything has our tags from the moment it exists."""

from ops.aws import Aws
from ops.state.finders.shape import Finder, Found, Values, only

GONE = frozenset({"deleted", "deleting", "failed"})
"""States in which EC2 still tells of something that is no more."""


def _tagged(call: str, key: str, identifier: str, state: str = "") -> Finder:
    """A finder by the Name tag and the tags that every resource of an environment has."""

    def find(aws: Aws, values: Values) -> Found | None:
        tags = {**aws.environment.tags, "Name": values["tags"]["Name"]}
        filters = [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]
        # Two services spell this argument in the singular.
        argument = "Filter" if call in {"describe_nat_gateways", "describe_flow_logs"} else "Filters"
        answer = getattr(aws.client("ec2"), call)(**{argument: filters})[key]
        alive = [
            item
            for item in answer
            if str(item.get(state, "")).lower() not in GONE
            # The embedded AWS leaves some filters out.
            and tags.items() <= {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}.items()
        ]
        item = only(f"{key} named {tags['Name']}", alive)
        return Found.by_id(item[identifier]) if item else None

    return find


def _route(aws: Aws, values: Values) -> Found | None:
    table, destination = values["route_table_id"], values["destination_cidr_block"]
    tables = aws.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]
    exists = any(route.get("DestinationCidrBlock") == destination for route in tables[0]["Routes"])
    return Found(f"{table}_{destination}") if exists else None


def _route_table_association(aws: Aws, values: Values) -> Found | None:
    table, subnet = values["route_table_id"], values["subnet_id"]
    tables = aws.client("ec2").describe_route_tables(RouteTableIds=[table])["RouteTables"]
    exists = any(item.get("SubnetId") == subnet for item in tables[0]["Associations"])
    return Found(f"{subnet}/{table}") if exists else None


def _security_group_rule(*, egress: bool) -> Finder:
    def find(aws: Aws, values: Values) -> Found | None:
        group = values["security_group_id"]
        answer = aws.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
        wanted = (
            egress, values["ip_protocol"], values.get("from_port"), values.get("to_port"),
            values.get("cidr_ipv4"), values.get("referenced_security_group_id"),
        )  # fmt: skip
        same = [
            rule["SecurityGroupRuleId"]
            for rule in answer["SecurityGroupRules"]
            if wanted == (
                rule["IsEgress"], rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"),
                rule.get("CidrIpv4"), rule.get("ReferencedGroupInfo", {}).get("GroupId"),
            )
        ]  # fmt: skip
        found = only(f"rules of {group}", same)
        return Found.by_id(found) if found else None

    return find


NETWORK_FINDERS: dict[str, Finder] = {
    "aws_vpc": _tagged("describe_vpcs", "Vpcs", "VpcId"),
    "aws_subnet": _tagged("describe_subnets", "Subnets", "SubnetId"),
    "aws_internet_gateway": _tagged("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "aws_eip": _tagged("describe_addresses", "Addresses", "AllocationId"),
    "aws_nat_gateway": _tagged("describe_nat_gateways", "NatGateways", "NatGatewayId", "State"),
    "aws_route_table": _tagged("describe_route_tables", "RouteTables", "RouteTableId"),
    "aws_security_group": _tagged("describe_security_groups", "SecurityGroups", "GroupId"),
    "aws_vpc_endpoint": _tagged("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "State"),
    "aws_flow_log": _tagged("describe_flow_logs", "FlowLogs", "FlowLogId"),
    "aws_route": _route,
    "aws_route_table_association": _route_table_association,
    "aws_vpc_security_group_ingress_rule": _security_group_rule(egress=False),
    "aws_vpc_security_group_egress_rule": _security_group_rule(egress=True),
}
