"""Application Auto Scaling: the resource label and the steps of a policy. Other rules are in others.toml."""

import itertools
import math
from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call


@rule(
    "application-autoscaling",
    "PutScalingPolicy",
    source="autoscaling/application/APIReference/API_PredefinedMetricSpecification.html",
)
def scaling_label(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The label of ALBRequestCountPerTarget names a load balancer and a target group that is attached to it."""
    place = "TargetTrackingScalingPolicyConfiguration"
    metric = (call.params.get(place) or {}).get("PredefinedMetricSpecification") or {}
    if metric.get("PredefinedMetricType") != "ALBRequestCountPerTarget":
        return
    label = str(metric.get("ResourceLabel", ""))
    balancer, _, group = label.partition("/targetgroup/")
    attached = [
        arn
        for one in cloud.all_of("elbv2", "target_groups")
        for arn in one.load_balancer_arns
        if one.arn.endswith(f":targetgroup/{group}") and arn.endswith(f":loadbalancer/{balancer}")
    ]
    if not attached:
        said = "must name a load balancer and a target group that are attached to each other, app/…/targetgroup/…"
        yield Refusal("ValidationException", f"{place}.PredefinedMetricSpecification.ResourceLabel", label, said)


@rule(
    "application-autoscaling",
    "PutScalingPolicy",
    source="autoscaling/application/userguide/application-auto-scaling-step-scaling-policies.html",
)
def steps(call: Call, _: Cloud) -> Iterator[Refusal]:
    """The ranges of step adjustments have neither overlaps nor gaps, and at most one of them is open at each end."""
    place = "StepScalingPolicyConfiguration"
    given = (call.params.get(place) or {}).get("StepAdjustments") or []
    ranges = sorted(
        (one.get("MetricIntervalLowerBound", -math.inf), one.get("MetricIntervalUpperBound", math.inf)) for one in given
    )
    if any(lower >= upper for lower, upper in ranges):
        yield Refusal(
            "ValidationException", f"{place}.StepAdjustments", ranges, "a lower bound must be below the upper"
        )
    for (_, upper), (lower, _) in itertools.pairwise(ranges):
        if upper != lower:
            kind = "overlap" if upper > lower else "have a gap between them"
            said = f"StepAdjustment intervals can't {kind}"
            yield Refusal("ValidationException", f"{place}.StepAdjustments", [upper, lower], said)
