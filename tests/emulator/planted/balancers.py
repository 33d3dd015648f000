"""Planted faults of load balancers, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy

ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"


def balancer(subnets: list[str], groups: list[str], **changes: object) -> dict[str, object]:
    """The parameters of an internal Application Load Balancer."""
    return {"Name": "gateway", "Subnets": subnets, "SecurityGroups": groups, "Scheme": "internal", **changes}


def listening(aws: Account) -> tuple[str, str, str]:
    """A load balancer, its target group and its listener on port 80."""
    vpc = aws.vpc()
    made = aws.balancer(aws.subnets(vpc), [aws.group(vpc)])
    targets = aws.target_group(vpc)
    return made, targets, aws.listener(made, targets)


@fault("InvalidConfigurationRequest", "Availability Zone", ELB + "API_CreateLoadBalancer.html")
def balancer_twice_in_a_zone(aws: Account) -> Call:
    """A load balancer has at most one subnet per Availability Zone."""
    vpc = aws.vpc()
    subnets, group = [aws.subnet(vpc, "10.0.1.0/24"), aws.subnet(vpc, "10.0.2.0/24")], aws.group(vpc)
    return lambda: aws.elbv2.create_load_balancer(**balancer(subnets, [group]))


@twin
def balancer_in_two_zones(aws: Account) -> Call:
    """Two subnets in two Availability Zones are accepted."""
    vpc = aws.vpc()
    subnets, group = aws.subnets(vpc), aws.group(vpc)
    return lambda: aws.elbv2.create_load_balancer(**balancer(subnets, [group]))


@fault("ValidationError", "two subnets", ELB + "API_CreateLoadBalancer.html", semantic=False)
def balancer_in_one_zone(aws: Account) -> Call:
    """An Application Load Balancer needs two Availability Zones."""
    vpc = aws.vpc()
    subnet, group = aws.subnet(vpc), aws.group(vpc)
    return lambda: aws.elbv2.create_load_balancer(**balancer([subnet], [group]))


@fault("InvalidConfigurationRequest", "security groups|SecurityGroups", ELB + "API_CreateLoadBalancer.html")
def balancer_with_the_group_of_another_vpc(aws: Account) -> Call:
    """The security groups of a load balancer must be in its VPC."""
    subnets, group = aws.subnets(aws.vpc()), aws.group(aws.vpc("10.1.0.0/16"))
    return lambda: aws.elbv2.create_load_balancer(**balancer(subnets, [group]))


@fault("InvalidSubnet", "internet gateway", ELB + "API_CreateLoadBalancer.html")
def public_balancer_without_an_internet_gateway(aws: Account) -> Call:
    """An internet-facing load balancer needs an internet gateway in its VPC."""
    vpc = aws.vpc()
    subnets, group = aws.subnets(vpc), aws.group(vpc)
    return lambda: aws.elbv2.create_load_balancer(**balancer(subnets, [group], Scheme="internet-facing"))


@twin
def public_balancer(aws: Account) -> Call:
    """An internet-facing load balancer in a VPC with an internet gateway is accepted."""
    vpc = aws.vpc()
    gateway, routes = aws.internet(vpc), aws.routes(vpc)
    aws.ec2.create_route(RouteTableId=routes, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets, group = aws.subnets(vpc), aws.group(vpc)
    for subnet in subnets:
        aws.ec2.associate_route_table(RouteTableId=routes, SubnetId=subnet)
    return lambda: aws.elbv2.create_load_balancer(**balancer(subnets, [group], Scheme="internet-facing"))


@fault("ValidationError", "internal-", ELB + "API_CreateLoadBalancer.html", semantic=False)
def balancer_name_that_begins_with_internal(aws: Account) -> Call:
    """A load balancer's name must not begin with `internal-`."""
    vpc = aws.vpc()
    subnets, group = aws.subnets(vpc), aws.group(vpc)
    return lambda: aws.elbv2.create_load_balancer(**balancer(subnets, [group], Name="internal-gateway"))


@fault("DuplicateLoadBalancerName", "gateway", ELB + "API_CreateLoadBalancer.html")
def second_balancer_of_a_name(aws: Account) -> Call:
    """A name can only be used again with the same settings."""
    vpc = aws.vpc()
    subnets = aws.subnets(vpc)
    aws.balancer(subnets, [aws.group(vpc, "one")])
    other = aws.group(vpc, "two")
    return lambda: aws.elbv2.create_load_balancer(**balancer(subnets, [other]))


@fault("OperationNotPermitted", "deletion protection", ELB + "API_DeleteLoadBalancer.html")
def protected_balancer_deleted(aws: Account) -> Call:
    """Deletion protection must be turned off before the load balancer is deleted."""
    made, _, _ = listening(aws)
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=[protection])
    return lambda: aws.elbv2.delete_load_balancer(LoadBalancerArn=made)


@fault("InvalidConfigurationRequest", "planted-gateway-logs", ELB + "API_ModifyLoadBalancerAttributes.html")
def access_logs_to_a_closed_bucket(aws: Account) -> Call:
    """The bucket policy must let Elastic Load Balancing write the logs."""
    made, _, _ = listening(aws)
    attributes = [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": aws.bucket()},
    ]
    return lambda: aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=attributes)


@twin
def access_logs_to_an_open_bucket(aws: Account) -> Call:
    """The bucket policy of the user guide is accepted."""
    made, _, _ = listening(aws)
    bucket = aws.bucket()
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/{aws.id}/*",
    }
    aws.s3.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    attributes = [
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": bucket},
    ]
    return lambda: aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=made, Attributes=attributes)


@fault("DuplicateTargetGroupName", "gateway", ELB + "API_CreateTargetGroup.html")
def second_target_group_of_a_name(aws: Account) -> Call:
    """A name can only be used again with the same settings."""
    vpc = aws.vpc()
    aws.target_group(vpc)
    return lambda: aws.elbv2.create_target_group(Name="gateway", Protocol="HTTP", Port=9090, VpcId=vpc, TargetType="ip")


@fault("ValidationError", "ai-gateway-production-target-group", ELB + "API_CreateTargetGroup.html", semantic=False)
def target_group_name_too_long(aws: Account) -> Call:
    """A target group's name has at most 32 characters."""
    vpc = aws.vpc()
    return lambda: aws.elbv2.create_target_group(
        Name="ai-gateway-production-target-group", Protocol="HTTP", Port=8787, VpcId=vpc, TargetType="ip"
    )


@fault("ValidationError", "interval", ELB + "API_CreateTargetGroup.html")
def health_check_slower_than_its_interval(aws: Account) -> Call:
    """A health check's timeout must be shorter than its interval."""
    vpc = aws.vpc()
    return lambda: aws.elbv2.create_target_group(
        Name="gateway",
        Protocol="HTTP",
        Port=8787,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckIntervalSeconds=10,
        HealthCheckTimeoutSeconds=15,
    )


@fault("ResourceInUse", "in use", ELB + "API_DeleteTargetGroup.html")
def target_group_of_a_listener_deleted(aws: Account) -> Call:
    """A target group that a listener forwards to cannot be deleted."""
    _, targets, _ = listening(aws)
    return lambda: aws.elbv2.delete_target_group(TargetGroupArn=targets)


@fault("InvalidConfigurationRequest", "different VPC|TargetGroupArn", ELB + "API_CreateListener.html")
def listener_to_a_target_group_of_another_vpc(aws: Account) -> Call:
    """A listener can only forward within the VPC of its load balancer."""
    vpc = aws.vpc()
    made = aws.balancer(aws.subnets(vpc), [aws.group(vpc)])
    targets = aws.target_group(aws.vpc("10.1.0.0/16"))
    return lambda: aws.listener(made, targets)


@fault("TargetGroupAssociationLimit", "more than one load balancer|TargetGroupArn", ELB + "API_CreateListener.html")
def target_group_of_two_balancers(aws: Account) -> Call:
    """A target group can be used by one load balancer only."""
    vpc = aws.vpc()
    subnets, group = aws.subnets(vpc), aws.group(vpc)
    targets = aws.target_group(vpc)
    aws.listener(aws.balancer(subnets, [group], "one"), targets)
    other = aws.balancer(subnets, [group], "two")
    return lambda: aws.listener(other, targets)


@fault("DuplicateListener", "port", ELB + "API_CreateListener.html")
def second_listener_on_a_port(aws: Account) -> Call:
    """A load balancer has at most one listener per port."""
    made, _, _ = listening(aws)
    other = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}
    return lambda: aws.elbv2.create_listener(LoadBalancerArn=made, Protocol="HTTP", Port=80, DefaultActions=[other])


@twin
def listener_created_again(aws: Account) -> Call:
    """CreateListener is idempotent: with the same settings each call succeeds."""
    made, targets, _ = listening(aws)
    return lambda: aws.listener(made, targets)


@twin
def listener_on_a_second_port(aws: Account) -> Call:
    """A load balancer can listen on two ports."""
    made, targets, _ = listening(aws)
    return lambda: aws.listener(made, targets, 8080)
