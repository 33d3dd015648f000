"""Two target-tracking policies; the one that requires more tasks wins."""

from constructs_lib.helpers.naming import Names
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.task.service import GatewayService

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from constructs import Construct


class Autoscaling(Construct):
    """Scales the service on average CPU and on requests per task and minute."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        service: GatewayService,
        load_balancer: LoadBalancer,
        min_capacity: int,
        max_capacity: int,
        cpu_target_percent: int,
        requests_per_target: int,
        scale_out_cooldown_seconds: int,
        scale_in_cooldown_seconds: int,
    ) -> None:
        super().__init__(scope, id_)
        # AWS deletes a service's scaling target and policies together with the service.
        replaced_with_the_service = TerraformResourceLifecycle(replace_triggered_by=[service.id_reference])
        target = AppautoscalingTarget(
            self,
            "Target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{service.cluster_name}/{service.service_name}",
            min_capacity=min_capacity,
            max_capacity=max_capacity,
            lifecycle=replaced_with_the_service,
        )
        resource_label = f"{load_balancer.arn_suffix}/{load_balancer.target_group_arn_suffix}"
        policies = (
            ("Cpu", "cpu", "ECSServiceAverageCPUUtilization", None, cpu_target_percent),
            ("Requests", "requests", "ALBRequestCountPerTarget", resource_label, requests_per_target),
        )
        for id_part, metric, metric_type, label, value in policies:
            AppautoscalingPolicy(
                self,
                id_part,
                name=names.scaling_policy(metric),
                policy_type="TargetTrackingScaling",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                lifecycle=replaced_with_the_service,
                target_tracking_scaling_policy_configuration=(
                    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration(
                        target_value=value,
                        scale_out_cooldown=scale_out_cooldown_seconds,
                        scale_in_cooldown=scale_in_cooldown_seconds,
                        predefined_metric_specification=(
                            AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification(
                                predefined_metric_type=metric_type, resource_label=label
                            )
                        ),
                    )
                ),
            )
