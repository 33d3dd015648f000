"""Planted faults of security groups, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"
ERRORS = EC2 + "errors-overview.html"


def tcp(cidr: str, port: int) -> dict[str, object]:
    """A TCP rule of a security group for one port."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}


@fault("InvalidGroup.Duplicate", "gateway", ERRORS)
def second_group_of_a_name(aws: Account) -> Call:
    """Security group names are unique in a VPC."""
    vpc = aws.vpc()
    aws.group(vpc, "gateway")
    return lambda: aws.ec2.create_security_group(GroupName="gateway", Description="again", VpcId=vpc)


@fault("InvalidParameterValue", "description", EC2 + "API_CreateSecurityGroup.html", semantic=False)
def group_description_with_an_apostrophe(aws: Account) -> Call:
    """A description may only contain a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*."""
    vpc = aws.vpc()
    return lambda: aws.ec2.create_security_group(GroupName="gateway", Description="The gateway's tasks", VpcId=vpc)


@fault("DependencyViolation", "dependent object", ERRORS)
def referenced_group_deleted(aws: Account) -> Call:
    """A security group that a rule of another group references cannot be deleted."""
    vpc = aws.vpc()
    named, other = aws.group(vpc, "balancer"), aws.group(vpc, "gateway")
    pair = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": named}]}
    aws.ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=[pair])
    return lambda: aws.ec2.delete_security_group(GroupId=named)


@fault("DependencyViolation", "dependent object", ERRORS)
def group_of_a_load_balancer_deleted(aws: Account) -> Call:
    """A security group on the network interfaces of a load balancer cannot be deleted."""
    vpc = aws.vpc()
    group = aws.group(vpc)
    aws.balancer(aws.subnets(vpc), [group])
    return lambda: aws.ec2.delete_security_group(GroupId=group)


@fault("CannotDelete", "default", ERRORS)
def default_group_deleted(aws: Account) -> Call:
    """The default security group of a VPC cannot be deleted."""
    vpc = aws.vpc()
    groups = aws.ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    return lambda: aws.ec2.delete_security_group(GroupId=groups[0]["GroupId"])


@fault("InvalidPermission.Duplicate", "already exists", ERRORS)
def rule_of_a_group_twice(aws: Account) -> Call:
    """A security group cannot have the same rule twice."""
    group = aws.group(aws.vpc())
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp("0.0.0.0/0", 80)])
    return lambda: aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp("0.0.0.0/0", 80)])


@fault("RulesPerSecurityGroupLimitExceeded", "maximum number of rules|IpPermissions", ERRORS)
def sixty_first_rule_of_a_group(aws: Account) -> Call:
    """A security group has at most 60 inbound IPv4 rules by default."""
    group = aws.group(aws.vpc())
    sixty = [tcp(f"10.0.{number}.0/24", 443) for number in range(60)]
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=sixty)
    return lambda: aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp("10.1.0.0/24", 443)])


@twin
def sixty_rules_of_a_group(aws: Account) -> Call:
    """60 inbound rules are accepted."""
    group = aws.group(aws.vpc())
    sixty = [tcp(f"10.0.{number}.0/24", 443) for number in range(60)]
    return lambda: aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=sixty)


@fault("InvalidGroup.NotFound", "different networks|UserIdGroupPairs", EC2 + "API_AuthorizeSecurityGroupIngress.html")
def rule_for_a_group_of_another_vpc(aws: Account) -> Call:
    """A rule can only reference a group of the same VPC or of a peered VPC."""
    group = aws.group(aws.vpc())
    other = aws.group(aws.vpc("10.1.0.0/16"))
    pair = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": other}]}
    return lambda: aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[pair])


@fault("InvalidParameterValue", "10.0.0.0/33", EC2 + "API_AuthorizeSecurityGroupIngress.html", semantic=False)
def malformed_block_in_a_rule(aws: Account) -> Call:
    """An IPv4 prefix has at most 32 bits."""
    group = aws.group(aws.vpc())
    return lambda: aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[tcp("10.0.0.0/33", 80)])
