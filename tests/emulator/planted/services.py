"""Planted faults of ECS services, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"


@fault("ClusterNotFoundException", "Cluster", ECS + "API_CreateService.html")
def service_in_a_missing_cluster(aws: Account) -> Call:
    """The cluster of a service must exist."""
    valid = aws.service(cluster="nowhere")
    return lambda: aws.ecs.create_service(**valid)


@twin
def service_of_fargate_tasks(aws: Account) -> Call:
    """A service without a load balancer is accepted."""
    valid = aws.service()
    return lambda: aws.ecs.create_service(**valid)


@twin
def service_behind_a_load_balancer(aws: Account) -> Call:
    """A service with a target group that a listener forwards to is accepted."""
    valid = aws.balanced_service()
    return lambda: aws.ecs.create_service(**valid)


@fault("InvalidParameterException", "web", ECS + "API_CreateService.html")
def service_of_a_missing_container(aws: Account) -> Call:
    """The load balancer's container must be in the task definition."""
    wrong = aws.balanced_service(containerName="web")
    return lambda: aws.ecs.create_service(**wrong)


@fault("InvalidParameterException", "9999", ECS + "API_LoadBalancer.html")
def service_of_a_port_that_is_not_mapped(aws: Account) -> Call:
    """The load balancer's port must be mapped by the container."""
    wrong = aws.balanced_service(containerPort=9999)
    return lambda: aws.ecs.create_service(**wrong)


@fault(
    "InvalidParameterException",
    "does not have an associated load balancer|targetGroupArn",
    ECS + "API_CreateService.html",
)
def service_of_a_target_group_without_a_listener(aws: Account) -> Call:
    """The target group must be attached to a load balancer before the service is created."""
    valid = aws.service()
    targets = aws.target_group(aws.vpc("10.1.0.0/16"))
    entry = {"targetGroupArn": targets, "containerName": "gateway", "containerPort": 8787}
    return lambda: aws.ecs.create_service(**valid, loadBalancers=[entry])


@fault("InvalidParameterException", "target type|targetGroupArn", ECS + "API_CreateService.html")
def service_of_a_target_group_for_instances(aws: Account) -> Call:
    """Tasks in the awsvpc network mode require target groups of type ip."""
    valid = aws.service()
    network = valid["networkConfiguration"]["awsvpcConfiguration"]
    vpc = aws.ec2.describe_subnets(SubnetIds=network["subnets"])["Subnets"][0]["VpcId"]
    targets = aws.target_group(vpc, kind="instance")
    aws.listener(aws.balancer(network["subnets"], network["securityGroups"]), targets)
    entry = {"targetGroupArn": targets, "containerName": "gateway", "containerPort": 8787}
    return lambda: aws.ecs.create_service(**valid, loadBalancers=[entry])


@fault("InvalidParameterException", "Network Configuration|networkConfiguration", ECS + "API_CreateService.html")
def service_without_subnets(aws: Account) -> Call:
    """The awsvpc network mode requires a network configuration."""
    wrong = aws.service()
    del wrong["networkConfiguration"]
    return lambda: aws.ecs.create_service(**wrong)


@fault(
    "InvalidParameterException",
    "capacity provider|capacityProviderStrategy",
    ECS + "API_CreateService.html",
    semantic=False,
)
def service_with_two_launch_settings(aws: Account) -> Call:
    """A service has a launch type or a capacity provider strategy, but not both."""
    wrong = aws.service(capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}])
    return lambda: aws.ecs.create_service(**wrong)


@fault("InvalidParameterException", "grace period|healthCheckGracePeriodSeconds", ECS + "API_CreateService.html")
def grace_period_without_a_load_balancer(aws: Account) -> Call:
    """A health check grace period requires a load balancer."""
    wrong = aws.service(healthCheckGracePeriodSeconds=60)
    return lambda: aws.ecs.create_service(**wrong)


@fault("InvalidParameterException", "idempotent|serviceName", ECS + "API_CreateService.html")
def second_service_of_a_name(aws: Account) -> Call:
    """A cluster has at most one active service per name."""
    valid = aws.service()
    aws.ecs.create_service(**valid)
    return lambda: aws.ecs.create_service(**valid | {"desiredCount": 2})


@fault("InvalidParameterException", "scaled above 0|desiredCount", ECS + "API_DeleteService.html")
def running_service_deleted(aws: Account) -> Call:
    """A service must be scaled to 0 before it is deleted without force."""
    aws.ecs.create_service(**aws.service())
    return lambda: aws.ecs.delete_service(cluster="gateway", service="gateway")


@twin
def running_service_deleted_with_force(aws: Account) -> Call:
    """With force, a service that has tasks can be deleted."""
    aws.ecs.create_service(**aws.service())
    return lambda: aws.ecs.delete_service(cluster="gateway", service="gateway", force=True)


@fault("ServiceNotActiveException", "ACTIVE", ECS + "API_UpdateService.html")
def deleted_service_updated(aws: Account) -> Call:
    """A deleted service cannot be updated."""
    aws.ecs.create_service(**aws.service(desiredCount=0))
    aws.ecs.delete_service(cluster="gateway", service="gateway")
    return lambda: aws.ecs.update_service(cluster="gateway", service="gateway", desiredCount=1)


@fault("ServiceNotFoundException", "Service", ECS + "API_UpdateService.html")
def missing_service_updated(aws: Account) -> Call:
    """A service that never existed cannot be updated."""
    aws.ecs.create_cluster(clusterName="gateway")
    return lambda: aws.ecs.update_service(cluster="gateway", service="gateway", desiredCount=1)


@fault("ClusterContainsServicesException", "Services", ECS + "API_DeleteCluster.html")
def cluster_with_a_service_deleted(aws: Account) -> Call:
    """A cluster with an active service cannot be deleted."""
    aws.ecs.create_service(**aws.service())
    return lambda: aws.ecs.delete_cluster(cluster="gateway")


@fault("InvalidParameterException", "capacity provider", ECS + "API_PutClusterCapacityProviders.html", semantic=False)
def unknown_capacity_provider(aws: Account) -> Call:
    """The only Fargate capacity providers are FARGATE and FARGATE_SPOT."""
    aws.ecs.create_cluster(clusterName="gateway")
    return lambda: aws.ecs.put_cluster_capacity_providers(
        cluster="gateway", capacityProviders=["FARGATE-SPOT"], defaultCapacityProviderStrategy=[]
    )
