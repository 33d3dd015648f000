"""Planted faults of VPC, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
ERRORS = EC2 + "errors-overview.html"


@fault("InvalidVpc.Range", "10.0.0.0/8", ERRORS, semantic=False)
def vpc_block_too_large(aws: Account) -> Call:
    """A VPC's CIDR block is /16 to /28."""
    return lambda: aws.ec2.create_vpc(CidrBlock="10.0.0.0/8")


@fault("VpcLimitExceeded", "maximum number of VPCs", ERRORS)
def sixth_vpc_of_a_region(aws: Account) -> Call:
    """A region allows five VPCs by default, including the default VPC."""
    ec2 = aws.client("ec2", "eu-west-1")
    for number in range(5 - len(ec2.describe_vpcs()["Vpcs"])):
        ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    return lambda: ec2.create_vpc(CidrBlock="10.9.0.0/16")


@fault("InvalidSubnet.Conflict", "10.0.1.128/25", ERRORS)
def overlapping_subnets(aws: Account) -> Call:
    """The CIDR blocks of two subnets in a VPC cannot overlap."""
    vpc = aws.vpc()
    aws.subnet(vpc, "10.0.1.0/24")
    return lambda: aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.128/25")


@twin
def neighbouring_subnets(aws: Account) -> Call:
    """Two subnets without a common address are accepted."""
    vpc = aws.vpc()
    aws.subnet(vpc, "10.0.1.0/25")
    return lambda: aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.128/25")


@fault("InvalidSubnet.Range", "10.1.1.0/24", ERRORS)
def subnet_outside_its_vpc(aws: Account) -> Call:
    """A subnet's CIDR block must be within its VPC's."""
    vpc = aws.vpc("10.0.0.0/16")
    return lambda: aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.1.0/24")


@fault("InvalidParameterValue", "us-east-1z", EC2 + "API_CreateSubnet.html")
def subnet_in_an_unknown_zone(aws: Account) -> Call:
    """A subnet's Availability Zone must be in its region."""
    vpc = aws.vpc()
    return lambda: aws.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="us-east-1z")


@fault("DependencyViolation", "subnet-", ERRORS)
def subnet_with_an_interface_deleted(aws: Account) -> Call:
    """A subnet with a network interface cannot be deleted."""
    subnet = aws.subnet(aws.vpc())
    aws.interface(subnet)
    return lambda: aws.ec2.delete_subnet(SubnetId=subnet)


@fault("DependencyViolation", "vpc-", ERRORS)
def vpc_with_a_subnet_deleted(aws: Account) -> Call:
    """A VPC with a subnet cannot be deleted."""
    vpc = aws.vpc()
    aws.subnet(vpc)
    return lambda: aws.ec2.delete_vpc(VpcId=vpc)


@twin
def empty_vpc_deleted(aws: Account) -> Call:
    """A VPC can be deleted after its subnet."""
    vpc = aws.vpc()
    aws.ec2.delete_subnet(SubnetId=aws.subnet(vpc))
    return lambda: aws.ec2.delete_vpc(VpcId=vpc)


@fault("Resource.AlreadyAssociated", "igw-", ERRORS)
def internet_gateway_of_another_vpc(aws: Account) -> Call:
    """An internet gateway can be attached to one VPC only."""
    gateway = aws.internet(aws.vpc())
    other = aws.vpc("10.1.0.0/16")
    return lambda: aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=other)


@fault("DependencyViolation", "mapped public address", EC2 + "API_DetachInternetGateway.html")
def internet_gateway_detached_under_a_nat_gateway(aws: Account) -> Call:
    """An internet gateway cannot be detached while an Elastic IP address in the VPC is in use."""
    vpc = aws.vpc()
    gateway = aws.internet(vpc)
    aws.ec2.create_nat_gateway(SubnetId=aws.subnet(vpc), AllocationId=aws.address())
    return lambda: aws.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)


@fault("InvalidParameterValue", "different networks|GatewayId", EC2 + "API_CreateRoute.html")
def route_to_the_gateway_of_another_vpc(aws: Account) -> Call:
    """A route can only use an internet gateway of the route table's VPC."""
    routes = aws.routes(aws.vpc())
    gateway = aws.internet(aws.vpc("10.1.0.0/16"))
    return lambda: aws.ec2.create_route(RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


@fault("RouteAlreadyExists", "0.0.0.0/0", ERRORS)
def second_default_route(aws: Account) -> Call:
    """A route table has at most one route per destination."""
    vpc = aws.vpc()
    routes = aws.routes(vpc)
    gateway = aws.internet(vpc)
    aws.ec2.create_route(RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return lambda: aws.ec2.create_route(RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


@twin
def default_route(aws: Account) -> Call:
    """A route to the internet gateway of the same VPC is accepted."""
    vpc = aws.vpc()
    routes = aws.routes(vpc)
    gateway = aws.internet(vpc)
    return lambda: aws.ec2.create_route(RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


@fault("Resource.AlreadyAssociated", "association", ERRORS)
def second_route_table_of_a_subnet(aws: Account) -> Call:
    """A subnet has at most one explicit route table."""
    vpc = aws.vpc()
    subnet = aws.subnet(vpc)
    aws.ec2.associate_route_table(RouteTableId=aws.routes(vpc), SubnetId=subnet)
    other = aws.routes(vpc)
    return lambda: aws.ec2.associate_route_table(RouteTableId=other, SubnetId=subnet)


@fault("DependencyViolation", "rtb-", EC2 + "API_DeleteRouteTable.html")
def route_table_of_a_subnet_deleted(aws: Account) -> Call:
    """A route table that a subnet uses cannot be deleted."""
    vpc = aws.vpc()
    routes = aws.routes(vpc)
    aws.ec2.associate_route_table(RouteTableId=routes, SubnetId=aws.subnet(vpc))
    return lambda: aws.ec2.delete_route_table(RouteTableId=routes)


@fault("AddressLimitExceeded", "maximum number of addresses", ERRORS)
def sixth_address_of_a_region(aws: Account) -> Call:
    """A region allows five Elastic IP addresses by default."""
    for _ in range(5):
        aws.address()
    return lambda: aws.ec2.allocate_address(Domain="vpc")


@fault("Resource.AlreadyAssociated", "eipalloc-|AllocationId", EC2 + "API_AssociateAddress.html")
def address_associated_twice(aws: Account) -> Call:
    """An address in use can only be moved with AllowReassociation."""
    vpc = aws.vpc()
    aws.internet(vpc)
    subnet = aws.subnet(vpc)
    address = aws.address()
    aws.ec2.associate_address(AllocationId=address, NetworkInterfaceId=aws.interface(subnet))
    other = aws.interface(subnet)
    return lambda: aws.ec2.associate_address(AllocationId=address, NetworkInterfaceId=other, AllowReassociation=False)


@twin
def address_moved(aws: Account) -> Call:
    """With AllowReassociation, an address is moved."""
    vpc = aws.vpc()
    aws.internet(vpc)
    subnet = aws.subnet(vpc)
    address = aws.address()
    aws.ec2.associate_address(AllocationId=address, NetworkInterfaceId=aws.interface(subnet))
    other = aws.interface(subnet)
    return lambda: aws.ec2.associate_address(AllocationId=address, NetworkInterfaceId=other, AllowReassociation=True)


@fault("InvalidIPAddress.InUse", "in use", EC2 + "API_ReleaseAddress.html")
def address_in_use_released(aws: Account) -> Call:
    """An address must be disassociated before it is released."""
    vpc = aws.vpc()
    aws.internet(vpc)
    address = aws.address()
    aws.ec2.associate_address(AllocationId=address, NetworkInterfaceId=aws.interface(aws.subnet(vpc)))
    return lambda: aws.ec2.release_address(AllocationId=address)


@fault("InvalidParameter", "AllocationId", EC2 + "API_CreateNatGateway.html")
def private_nat_gateway_with_an_address(aws: Account) -> Call:
    """A private NAT gateway cannot have an Elastic IP address."""
    subnet, address = aws.subnet(aws.vpc()), aws.address()
    return lambda: aws.ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private", AllocationId=address)


def logged(aws: Account, **changes: str) -> Call:
    """Create flow logs of a VPC in a bucket."""
    vpc, bucket = aws.vpc(), aws.bucket()
    return lambda: aws.ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{bucket}",
        **changes,
    )


@fault("InvalidParameter", "DeliverLogsPermissionArn", EC2 + "API_CreateFlowLogs.html")
def flow_logs_to_s3_with_a_role(aws: Account) -> Call:
    """Flow logs to S3 cannot have a role."""
    return logged(aws, DeliverLogsPermissionArn=aws.role("flow-logs", "vpc-flow-logs.amazonaws.com"))


@twin
def flow_logs_to_s3(aws: Account) -> Call:
    """Flow logs to a bucket are accepted."""
    return logged(aws)
