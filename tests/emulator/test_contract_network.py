"""The newest 6.x provider's calls for networks, and the responses that it reads, made with boto3."""

import json
from typing import Any

from tests.emulator.conftest import ACCOUNT, Contract

import pytest

pytestmark = pytest.mark.xdist_group("contracts")


def of(name: str, *values: str) -> list[dict[str, Any]]:
    """An EC2 filter."""
    return [{"Name": name, "Values": list(values)}]


def test_a_vpc(contract: Contract) -> None:
    """A VPC's attributes and its default network ACL, route table and security group can be read individually."""
    ec2 = contract.client("ec2")
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "a"}]}]
    made = ec2.create_vpc(CidrBlock="10.60.0.0/16", InstanceTenancy="default", TagSpecifications=tags)["Vpc"]["VpcId"]
    for attribute, value in (("EnableDnsHostnames", True), ("EnableDnsSupport", True)):
        ec2.modify_vpc_attribute(VpcId=made, **{attribute: {"Value": value}})
    vpc = ec2.describe_vpcs(VpcIds=[made])["Vpcs"][0]
    assert (vpc["State"], vpc["InstanceTenancy"], vpc["OwnerId"]) == ("available", "default", ACCOUNT)
    assert vpc["CidrBlockAssociationSet"][0]["CidrBlockState"] == {"State": "associated"}
    attributes = ("EnableDnsHostnames", "EnableDnsSupport", "EnableNetworkAddressUsageMetrics")
    values = [
        ec2.describe_vpc_attribute(VpcId=made, Attribute=name[0].lower() + name[1:])[name]["Value"]
        for name in attributes
    ]
    assert values == [True, True, False]
    mine = of("vpc-id", made)
    assert len(ec2.describe_network_acls(Filters=[*of("default", "true"), *mine])["NetworkAcls"]) == 1
    assert len(ec2.describe_route_tables(Filters=[*of("association.main", "true"), *mine])["RouteTables"]) == 1
    assert len(ec2.describe_security_groups(Filters=[*of("group-name", "default"), *mine])["SecurityGroups"]) == 1
    ec2.delete_vpc(VpcId=made)
    assert contract.refused("ec2", "describe_vpcs", VpcIds=[made]) == "InvalidVpcID.NotFound"


def test_a_default_security_group(contract: Contract) -> None:
    """The default group is found by name in its VPC, its rules can be revoked, and it cannot be deleted."""
    ec2 = contract.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.61.0.0/16")["Vpc"]["VpcId"]

    def group() -> dict[str, Any]:
        filters = [*of("group-name", "default"), *of("vpc-id", vpc)]
        return dict(ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0])

    before = group()
    arn = f"arn:aws:ec2:us-east-1:{ACCOUNT}:security-group/{before['GroupId']}"
    assert (before["Description"], before["SecurityGroupArn"]) == ("default VPC security group", arn)
    ec2.revoke_security_group_egress(GroupId=before["GroupId"], IpPermissions=before["IpPermissionsEgress"])
    assert (group()["IpPermissions"], group()["IpPermissionsEgress"]) == ([], [])
    assert contract.refused("ec2", "delete_security_group", GroupId=before["GroupId"]) == "CannotDelete"


def test_a_subnet(contract: Contract) -> None:
    """Public addresses are turned on after a subnet's creation. IPv6, Outposts and hostnames have AWS's defaults."""
    ec2 = contract.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.62.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.62.1.0/24", AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": True})
    found = ec2.describe_subnets(SubnetIds=[made])["Subnets"][0]
    assert (found["State"], found["MapPublicIpOnLaunch"], found["AvailabilityZoneId"]) == (
        "available",
        True,
        "use1-az6",
    )
    assert (found["AssignIpv6AddressOnCreation"], found["Ipv6CidrBlockAssociationSet"]) == (False, [])
    assert found["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "ip-name"
    assert found["SubnetArn"].endswith(f":subnet/{made}")
    ec2.delete_subnet(SubnetId=made)
    assert contract.refused("ec2", "describe_subnets", SubnetIds=[made]) == "InvalidSubnetID.NotFound"


def test_an_internet_gateway(contract: Contract) -> None:
    """An internet gateway is attached in a separate call, and must be detached before it is deleted."""
    ec2 = contract.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.63.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    found = ec2.describe_internet_gateways(InternetGatewayIds=[made])["InternetGateways"][0]
    assert (found["Attachments"], found["OwnerId"]) == ([{"State": "available", "VpcId": vpc}], ACCOUNT)
    assert contract.refused("ec2", "delete_internet_gateway", InternetGatewayId=made) == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=made)
    gone = contract.refused("ec2", "describe_internet_gateways", InternetGatewayIds=[made])
    assert gone == "InvalidInternetGatewayID.NotFound"


def test_an_address(contract: Contract) -> None:
    """An address's pool and border group are returned, and its reverse DNS name can be read. 6.0 has no `vpc`."""
    ec2 = contract.client("ec2")
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "a"}]}]
    made = ec2.allocate_address(Domain="vpc", TagSpecifications=tags)
    found = ec2.describe_addresses(AllocationIds=[made["AllocationId"]])["Addresses"][0]
    place = {"Domain": "vpc", "PublicIpv4Pool": "amazon", "NetworkBorderGroup": "us-east-1"}
    assert ({name: made[name] for name in place}, {name: found[name] for name in place}) == (place, place)
    names = ec2.describe_addresses_attribute(AllocationIds=[made["AllocationId"]], Attribute="domain-name")
    assert "PtrRecord" not in names["Addresses"][0]
    ec2.release_address(AllocationId=made["AllocationId"])
    gone = contract.refused("ec2", "describe_addresses", AllocationIds=[made["AllocationId"]])
    assert gone == "InvalidAllocationID.NotFound"


def test_a_nat_gateways_address(contract: Contract) -> None:
    """From 6.24 on, the mode, the connectivity type and the primary address are returned, also for an import."""
    ec2 = contract.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    token = {"ClientToken": "terraform-1"}
    made = ec2.create_nat_gateway(SubnetId=contract.subnets[0], AllocationId=address, **token)["NatGateway"]
    found = ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"][0]
    assert (found["AvailabilityMode"], found["ConnectivityType"], found["State"]) == ("zonal", "public", "available")
    (first,) = found["NatGatewayAddresses"]
    assert (first["AllocationId"], first["IsPrimary"], first["Status"]) == (address, True, "succeeded")
    assert {"AutoProvisionZones", "AutoScalingIps", "RouteTableId"}.isdisjoint(found)  # for regional gateways only
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    ec2.release_address(AllocationId=address)


def test_routes(contract: Contract) -> None:
    """A table, a route and an association are read with DescribeRouteTables and a filter for each."""
    ec2 = contract.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.64.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.64.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    assert association["AssociationState"] == {"State": "associated"}
    found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]
    shown = [(one["DestinationCidrBlock"], one["GatewayId"], one["Origin"], one["State"]) for one in found["Routes"]]
    assert shown == [
        ("10.64.0.0/16", "local", "CreateRouteTable", "active"),
        ("0.0.0.0/0", gateway, "CreateRoute", "active"),
    ]
    by_association = of("association.route-table-association-id", association["AssociationId"])
    assert len(ec2.describe_route_tables(Filters=by_association)["RouteTables"]) == 1
    assert contract.refused("ec2", "delete_route_table", RouteTableId=table) == "DependencyViolation"
    ec2.disassociate_route_table(AssociationId=association["AssociationId"])
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    ec2.delete_route_table(RouteTableId=table)
    assert contract.refused("ec2", "describe_route_tables", RouteTableIds=[table]) == "InvalidRouteTableID.NotFound"


def test_endpoints(contract: Contract) -> None:
    """Address type, DNS options, region and prefix list are returned, and the policy can be changed in place."""
    ec2 = contract.client("ec2")
    group = ec2.create_security_group(GroupName="ends", Description="d", VpcId=contract.vpc)["GroupId"]
    interface = ec2.create_vpc_endpoint(
        VpcId=contract.vpc, ServiceName="com.amazonaws.us-east-1.logs", VpcEndpointType="Interface",
        SubnetIds=list(contract.subnets), SecurityGroupIds=[group], PrivateDnsEnabled=True, ClientToken="terraform-2",
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    gateway = ec2.create_vpc_endpoint(
        VpcId=contract.vpc, ServiceName="com.amazonaws.us-east-1.s3", VpcEndpointType="Gateway",
    )["VpcEndpoint"]["VpcEndpointId"]  # fmt: skip
    found = {one["VpcEndpointType"]: one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]}
    filled = {
        "State": "available", "IpAddressType": "ipv4", "DnsOptions": {"DnsRecordIpType": "ipv4"},
        "RequesterManaged": False, "ServiceRegion": "us-east-1", "OwnerId": ACCOUNT,
    }  # fmt: skip
    for one in found.values():
        assert {name: one[name] for name in filled} == filled
    assert {kind: one["PrivateDnsEnabled"] for kind, one in found.items()} == {"Interface": True, "Gateway": False}
    assert (len(found["Interface"]["NetworkInterfaceIds"]), found["Gateway"]["NetworkInterfaceIds"]) == (2, [])
    prefixes = ec2.describe_prefix_lists(Filters=of("prefix-list-name", "com.amazonaws.us-east-1.s3"))["PrefixLists"]
    assert [one["PrefixListName"] for one in prefixes] == ["com.amazonaws.us-east-1.s3"]
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
    ec2.modify_vpc_endpoint(VpcEndpointId=gateway, PolicyDocument=json.dumps(policy))
    changed = ec2.describe_vpc_endpoints(VpcEndpointIds=[gateway])["VpcEndpoints"][0]
    assert json.loads(changed["PolicyDocument"]) == policy
    assert ec2.delete_vpc_endpoints(VpcEndpointIds=[interface, gateway])["Unsuccessful"] == []
    left = ec2.describe_vpc_endpoints(VpcEndpointIds=[interface])["VpcEndpoints"]
    assert [one["State"] for one in left] == ["deleted"]


def test_a_flow_log(contract: Contract) -> None:
    """Since 6.0 a log group is given by its ARN only, and the delivery status is successful."""
    ec2, logs = contract.client("ec2"), contract.client("logs")
    logs.create_log_group(logGroupName="/contract/flow")
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    role = contract.client("iam").create_role(RoleName="contract-flow", AssumeRolePolicyDocument=json.dumps(trust))
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/contract/flow"
    asked = {
        "TrafficType": "REJECT", "LogDestinationType": "cloud-watch-logs", "LogDestination": group,
        "DeliverLogsPermissionArn": role["Role"]["Arn"], "MaxAggregationInterval": 600,
    }  # fmt: skip
    made = ec2.create_flow_logs(ResourceIds=[contract.vpc], ResourceType="VPC", **asked)["FlowLogIds"]
    found = ec2.describe_flow_logs(FlowLogIds=made)["FlowLogs"][0]
    assert {name: found[name] for name in asked} == asked
    assert (found["FlowLogStatus"], found["DeliverLogsStatus"], found["ResourceId"]) == (
        "ACTIVE", "SUCCESS", contract.vpc,
    )  # fmt: skip
    ec2.delete_flow_logs(FlowLogIds=made)
    assert ec2.describe_flow_logs(FlowLogIds=made)["FlowLogs"] == []


def test_a_security_group_and_its_rules(contract: Contract) -> None:
    """Each rule is a resource with tags, can be changed in place, and is revoked by its id."""
    ec2 = contract.client("ec2")
    group = ec2.create_security_group(GroupName="rules", Description="d", VpcId=contract.vpc)["GroupId"]
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["OwnerId"] == ACCOUNT
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "Name", "Value": "a"}]}]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    source = {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}]}
    made = [
        getattr(ec2, f"authorize_security_group_{way}")(
            GroupId=group, IpPermissions=[{**https, **source}], TagSpecifications=tags
        )["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        for way in ("ingress", "egress")
    ]
    found = ec2.describe_security_group_rules(SecurityGroupRuleIds=made)["SecurityGroupRules"]
    shown = {"CidrIpv4": "10.0.0.0/8", "Description": "inside", "Tags": [{"Key": "Name", "Value": "a"}], **https}
    assert [{name: one[name] for name in shown} for one in found] == [shown, shown]
    assert {one["IsEgress"] for one in found} == {False, True}
    changed = {**https, "ToPort": 444, "CidrIpv4": "10.0.0.0/8", "Description": "changed"}
    ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": made[0], "SecurityGroupRule": changed}]
    )
    after = ec2.describe_security_group_rules(SecurityGroupRuleIds=made[:1])["SecurityGroupRules"][0]
    assert {name: after[name] for name in changed} == changed
    ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=made[:1])
    gone = contract.refused("ec2", "describe_security_group_rules", SecurityGroupRuleIds=made[:1])
    assert gone == "InvalidSecurityGroupRuleId.NotFound"
    ec2.delete_security_group(GroupId=group)
    assert contract.refused("ec2", "describe_security_groups", GroupIds=[group]) == "InvalidGroup.NotFound"
