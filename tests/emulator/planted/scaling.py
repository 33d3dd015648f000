"""Planted faults of Application Auto Scaling, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

SCALING = "https://docs.aws.amazon.com/autoscaling/application/APIReference/"


TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/gateway/gateway",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def tracking(name: str, metric: str, **more: str) -> dict[str, object]:
    """The parameters of a target tracking policy."""
    settings = {"PredefinedMetricSpecification": {"PredefinedMetricType": metric, **more}, "TargetValue": 70.0}
    return {
        **TARGET,
        "PolicyName": name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": settings,
    }


def scaled(aws: Account) -> None:
    """An ECS service that is registered as a scalable target."""
    aws.ecs.create_service(**aws.service())
    aws.application_autoscaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=4)


@fault("ValidationException", "capacity", SCALING + "API_RegisterScalableTarget.html")
def minimum_above_the_maximum(aws: Account) -> Call:
    """The minimum capacity cannot be larger than the maximum."""
    aws.ecs.create_service(**aws.service())
    return lambda: aws.application_autoscaling.register_scalable_target(**TARGET, MinCapacity=4, MaxCapacity=2)


@twin
def minimum_at_the_maximum(aws: Account) -> Call:
    """An equal minimum and maximum is accepted."""
    aws.ecs.create_service(**aws.service())
    return lambda: aws.application_autoscaling.register_scalable_target(**TARGET, MinCapacity=2, MaxCapacity=2)


@fault("ValidationException", "service/gateway/gateway", SCALING + "API_RegisterScalableTarget.html")
def scaling_of_a_missing_service(aws: Account) -> Call:
    """The service of a scalable target must exist."""
    aws.ecs.create_cluster(clusterName="gateway")
    return lambda: aws.application_autoscaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2)


@fault("ObjectNotFoundException", "service/gateway/gateway", SCALING + "API_PutScalingPolicy.html")
def policy_without_a_scalable_target(aws: Account) -> Call:
    """A scaling policy requires a registered target."""
    aws.ecs.create_service(**aws.service())
    wrong = tracking("cpu", "ECSServiceAverageCPUUtilization")
    return lambda: aws.application_autoscaling.put_scaling_policy(**wrong)


@fault("ObjectNotFoundException", "service/gateway/gateway", SCALING + "API_DeregisterScalableTarget.html")
def missing_target_deregistered(aws: Account) -> Call:
    """A target that was never registered cannot be deregistered."""
    aws.ecs.create_service(**aws.service())
    return lambda: aws.application_autoscaling.deregister_scalable_target(**TARGET)


@fault("ValidationException", "only one|PredefinedMetricType", SCALING + "API_PutScalingPolicy.html")
def second_policy_of_a_metric(aws: Account) -> Call:
    """A target has at most one target tracking policy per metric."""
    scaled(aws)
    aws.application_autoscaling.put_scaling_policy(**tracking("cpu", "ECSServiceAverageCPUUtilization"))
    wrong = tracking("processor", "ECSServiceAverageCPUUtilization")
    return lambda: aws.application_autoscaling.put_scaling_policy(**wrong)


@twin
def policies_of_two_metrics(aws: Account) -> Call:
    """Policies for CPU and for memory on one target are accepted."""
    scaled(aws)
    aws.application_autoscaling.put_scaling_policy(**tracking("cpu", "ECSServiceAverageCPUUtilization"))
    valid = tracking("memory", "ECSServiceAverageMemoryUtilization")
    return lambda: aws.application_autoscaling.put_scaling_policy(**valid)


@fault("ValidationException", "label", SCALING + "API_PredefinedMetricSpecification.html")
def requests_per_target_without_a_label(aws: Account) -> Call:
    """ALBRequestCountPerTarget requires a resource label with the load balancer and its target group."""
    scaled(aws)
    wrong = tracking("requests", "ALBRequestCountPerTarget")
    return lambda: aws.application_autoscaling.put_scaling_policy(**wrong)


@fault("ValidationException", "DynamoDBReadCapacityUtilization", SCALING + "API_PredefinedMetricSpecification.html")
def metric_of_another_namespace(aws: Account) -> Call:
    """An ECS service can only be scaled by ECS metrics."""
    scaled(aws)
    return lambda: aws.application_autoscaling.put_scaling_policy(**tracking("cpu", "DynamoDBReadCapacityUtilization"))


def stepped(aws: Account, second: float) -> Call:
    """Put a policy with two steps. The first one ends at 20, and the second one begins at `second`."""
    scaled(aws)
    steps = [
        {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 20.0, "ScalingAdjustment": 1},
        {"MetricIntervalLowerBound": second, "ScalingAdjustment": 2},
    ]
    settings = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps}
    return lambda: aws.application_autoscaling.put_scaling_policy(
        **TARGET, PolicyName="steps", PolicyType="StepScaling", StepScalingPolicyConfiguration=settings
    )


@fault("ValidationException", "overlap", SCALING + "API_StepScalingPolicyConfiguration.html")
def steps_that_overlap(aws: Account) -> Call:
    """The ranges of steps cannot overlap."""
    return stepped(aws, 10.0)


@twin
def steps_side_by_side(aws: Account) -> Call:
    """Steps in which one begins where the other ends are accepted."""
    return stepped(aws, 20.0)


def scheduled(aws: Account, schedule: str) -> Call:
    """Put a scheduled action that scales down at night."""
    scaled(aws)
    return lambda: aws.application_autoscaling.put_scheduled_action(
        **TARGET, ScheduledActionName="night", Schedule=schedule, ScalableTargetAction={"MinCapacity": 1}
    )


@fault("ValidationException", "Schedule", SCALING + "API_PutScheduledAction.html", semantic=False)
def cron_of_five_fields(aws: Account) -> Call:
    """An AWS cron expression has six fields."""
    return scheduled(aws, "cron(0 20 * * *)")


@twin
def cron_of_six_fields(aws: Account) -> Call:
    """A cron expression for every evening is accepted."""
    return scheduled(aws, "cron(0 20 * * ? *)")
