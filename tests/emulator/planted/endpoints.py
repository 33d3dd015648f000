"""Planted faults of VPC endpoints and flow logs, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
ERRORS = EC2 + "errors-overview.html"


def endpoint(vpc: str, service: str = "com.amazonaws.us-east-1.logs", **changes: object) -> dict[str, object]:
    """The parameters of an interface endpoint."""
    return {"VpcId": vpc, "ServiceName": service, "VpcEndpointType": "Interface", **changes}


@fault("InvalidServiceName", "com.amazonaws.us-east-1.ecr-api", ERRORS, semantic=False)
def endpoint_of_an_unknown_service(aws: Account) -> Call:
    """The service's name is ecr.api, not ecr-api."""
    vpc = aws.dns_vpc()
    return lambda: aws.ec2.create_vpc_endpoint(**endpoint(vpc, "com.amazonaws.us-east-1.ecr-api"))


@fault("DuplicateSubnetsInSameZone", "subnet", ERRORS)
def endpoint_twice_in_a_zone(aws: Account) -> Call:
    """An interface endpoint has at most one subnet per Availability Zone."""
    vpc = aws.dns_vpc()
    subnets = [aws.subnet(vpc, "10.0.1.0/24"), aws.subnet(vpc, "10.0.2.0/24")]
    return lambda: aws.ec2.create_vpc_endpoint(**endpoint(vpc, SubnetIds=subnets))


@fault("InvalidParameter", "enableDnsHostnames", EC2 + "API_CreateVpcEndpoint.html")
def private_dns_without_hostnames(aws: Account) -> Call:
    """Private DNS requires DNS support and DNS hostnames in the VPC. A new VPC does not have DNS hostnames."""
    vpc = aws.vpc()
    subnets = aws.subnets(vpc)
    return lambda: aws.ec2.create_vpc_endpoint(**endpoint(vpc, SubnetIds=subnets, PrivateDnsEnabled=True))


@fault("InvalidParameter", "private-dns-enabled", EC2 + "API_CreateVpcEndpoint.html")
def private_dns_of_a_service_twice(aws: Account) -> Call:
    """A VPC has at most one private DNS name per service."""
    vpc = aws.dns_vpc()
    subnets = aws.subnets(vpc)
    valid = endpoint(vpc, SubnetIds=subnets, PrivateDnsEnabled=True)
    aws.ec2.create_vpc_endpoint(**valid)
    return lambda: aws.ec2.create_vpc_endpoint(**valid)


@twin
def private_dns_of_two_services(aws: Account) -> Call:
    """Endpoints with private DNS for two services are accepted."""
    vpc = aws.dns_vpc()
    subnets = aws.subnets(vpc)
    aws.ec2.create_vpc_endpoint(**endpoint(vpc, SubnetIds=subnets, PrivateDnsEnabled=True))
    other = endpoint(vpc, "com.amazonaws.us-east-1.ecr.api", SubnetIds=subnets, PrivateDnsEnabled=True)
    return lambda: aws.ec2.create_vpc_endpoint(**other)


@fault("RouteAlreadyExists", "rtb-", ERRORS)
def gateway_endpoint_twice_in_a_route_table(aws: Account) -> Call:
    """A route table has at most one route to the prefix list of S3."""
    vpc = aws.vpc()
    valid = {"VpcId": vpc, "ServiceName": "com.amazonaws.us-east-1.s3", "RouteTableIds": [aws.routes(vpc)]}
    aws.ec2.create_vpc_endpoint(**valid)
    return lambda: aws.ec2.create_vpc_endpoint(**valid)


@fault("FlowLogAlreadyExists", "existing Flow Log", ERRORS)
def flow_log_twice(aws: Account) -> Call:
    """A VPC cannot have two flow logs with the same configuration and destination."""
    valid = {
        "ResourceIds": [aws.vpc()],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogDestinationType": "s3",
        "LogDestination": f"arn:aws:s3:::{aws.bucket()}",
    }
    aws.ec2.create_flow_logs(**valid)
    return lambda: aws.ec2.create_flow_logs(**valid)
