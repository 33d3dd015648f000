"""Settings of the tasks: images, size, number, autoscaling, and the gateway's limits and secrets."""

from collections.abc import Iterator

from constructs_lib.helpers.task.images import image_problem
from constructs_lib.helpers.task.routes import Route, secret_names, variable
from constructs_lib.helpers.task.sizing import (
    FARGATE_MEMORY_MIB,
    GATEWAY_MINIMUM_CPU,
    GATEWAY_MINIMUM_MEMORY_MIB,
    SIDECAR_SIZE,
    describe_memory,
    in_flight_mib,
)
from envs.schema.rules import PairRule, Problem, about, between, each, matches, one_of, refusing

import attrs

SHORTEST_STREAM_SECONDS = 2
"""The shortest stop timeout that ECS accepts (AWS::ECS::TaskDefinition ContainerDefinition, StopTimeout)."""
_secret = refusing(
    {
        # Environment variables of the gateway that this project sets itself.
        r"NODE_ENV|NODE_OPTIONS|TRUSTED_CUSTOM_HOSTS|(?:GATEWAY_|OTEL_).*": (
            "is set by this project; NODE_ENV, NODE_OPTIONS, TRUSTED_CUSTOM_HOSTS and names that start with "
            "GATEWAY_ or OTEL_ cannot be secrets: delete it"
        ),
        r"REDIS_CONNECTION_STRING": "has no effect: Portkey 1.15.2 has no response cache that uses Redis; delete it",
        # Variables that change how Node, its TLS or the task role works, e.g. NODE_TLS_REJECT_UNAUTHORIZED.
        r"NODE_.*|LD_.*|SSL.*|PATH|HOME|PORT|TLS_.*|UV_.*|(?:HTTPS?|ALL|NO)_PROXY|"
        r"AWS_(?:CONTAINER_|REGION|DEFAULT_REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN).*": (
            "changes how Node, TLS or the task role works: only variables of Portkey and its plugins can be secrets; "
            "delete it"
        ),
    },
    matches(
        r"[A-Z_][A-Z0-9_]*", "the name of an environment variable: capital letters, digits and underscores", longest=128
    ),
)


def _spot_percent(value: int) -> str | None:
    """0 to 99, so that on-demand capacity keeps a weight."""
    if value == 100:
        return (
            "must be from 0 to 99 percent: 100 gives FARGATE a weight of 0, and a capacity provider with a weight of 0 "
            "cannot place tasks (CapacityProviderStrategyItem, ECS API reference)"
        )
    return between(0, 99, "percent")(value)


@attrs.frozen(kw_only=True, slots=False)
class Task:
    """Images, size, number and autoscaling of the tasks, and the gateway's limits and secrets."""

    portkey_image: str = attrs.field(
        metadata=about("Image of the Portkey gateway, with a pinned tag or a digest", image_problem)
    )
    adot_image: str = attrs.field(
        metadata=about("Image of the ADOT collector, with a pinned tag or a digest", image_problem)
    )
    instrument_gateway: bool = attrs.field(
        default=True,
        metadata=about("Load OpenTelemetry into the gateway: it sends traces to X-Ray and metrics to CloudWatch"),
    )
    adot_node_image: str = attrs.field(
        default="public.ecr.aws/aws-observability/adot-autoinstrumentation-node:v0.13.0",
        metadata=about("Image that contains OpenTelemetry for Node, with a pinned tag or a digest", image_problem),
    )
    gateway_cpu: int = attrs.field(
        metadata=about("CPU units of the whole task (1024 are one vCPU)", one_of(FARGATE_MEMORY_MIB, "CPU units"))
    )
    gateway_memory: int = attrs.field(
        metadata=about(
            "Memory of the whole task in MiB; Fargate's choices depend on `gateway_cpu`",
            between(512, 122880, "MiB"),
        )
    )
    gateway_desired_count: int = attrs.field(
        metadata=about("Tasks at first deployment; autoscaling sets the number afterwards", between(1, 5000, "tasks"))
    )
    autoscaling_min_capacity: int = attrs.field(
        metadata=about("Lowest number of tasks for autoscaling", between(1, 5000, "tasks"))
    )
    autoscaling_max_capacity: int = attrs.field(
        metadata=about("Highest number of tasks for autoscaling", between(1, 5000, "tasks"))
    )
    autoscaling_cpu_target_percent: int = attrs.field(
        default=70, metadata=about("Target of autoscaling: average CPU utilization", between(1, 100, "percent"))
    )
    autoscaling_requests_per_target: int = attrs.field(
        default=500,
        metadata=about("Target of autoscaling: requests per task and minute", between(1, 1_000_000, "requests")),
    )
    autoscaling_scale_out_cooldown_seconds: int = attrs.field(
        default=60, metadata=about("Autoscaling's wait after adding tasks", between(0, 3600, "seconds"))
    )
    autoscaling_scale_in_cooldown_seconds: int = attrs.field(
        default=300, metadata=about("Autoscaling's wait after removing tasks", between(0, 3600, "seconds"))
    )
    fargate_spot_percent: int = attrs.field(
        default=0,
        metadata=about("Share of the tasks that run on Fargate Spot; the first is always on demand", _spot_percent),
    )
    max_stream_seconds: int = attrs.field(
        default=300,
        metadata=about(
            "Longest pause within a response: the load balancer's idle timeout, and how long a task drains",
            between(SHORTEST_STREAM_SECONDS, 3600, "seconds"),
        ),
    )
    max_body_mib: int = attrs.field(
        default=10, metadata=about("Largest request body, after decompression", between(1, 100, "MiB"))
    )
    gateway_secrets: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about("Environment variables of the gateway that ECS reads from Secrets Manager", each(_secret)),
    )


def _fargate_pair(*, gateway_cpu: int, gateway_memory: int) -> Iterator[Problem]:
    if gateway_memory not in FARGATE_MEMORY_MIB[gateway_cpu]:
        takes = describe_memory(gateway_cpu)
        yield Problem("gateway_memory", gateway_memory, f"with gateway_cpu={gateway_cpu} Fargate takes {takes}")


def _gateway_cpu_share(*, gateway_cpu: int) -> Iterator[Problem]:
    share = gateway_cpu - SIDECAR_SIZE.cpu
    if share < GATEWAY_MINIMUM_CPU:
        yield Problem(
            "gateway_cpu",
            gateway_cpu,
            f"leaves the gateway {share} CPU units, as the collector gets {SIDECAR_SIZE.cpu}; it needs "
            f"{GATEWAY_MINIMUM_CPU}: set 512 or more",
        )


def _gateway_memory_share(*, gateway_memory: int) -> Iterator[Problem]:
    share = gateway_memory - SIDECAR_SIZE.memory_mib
    if share < GATEWAY_MINIMUM_MEMORY_MIB:
        yield Problem(
            "gateway_memory",
            gateway_memory,
            f"leaves the gateway {share} MiB, as the collector gets {SIDECAR_SIZE.memory_mib}; it needs "
            f"{GATEWAY_MINIMUM_MEMORY_MIB}: set 1024 or more",
        )


def _capacity_order(*, autoscaling_min_capacity: int, autoscaling_max_capacity: int) -> Iterator[Problem]:
    if autoscaling_min_capacity > autoscaling_max_capacity:
        yield Problem(
            "autoscaling_max_capacity",
            autoscaling_max_capacity,
            f"must be at least autoscaling_min_capacity={autoscaling_min_capacity}",
        )


def _desired_within(
    *, gateway_desired_count: int, autoscaling_min_capacity: int, autoscaling_max_capacity: int
) -> Iterator[Problem]:
    lowest, highest = autoscaling_min_capacity, autoscaling_max_capacity
    if lowest <= highest and not lowest <= gateway_desired_count <= highest:
        yield Problem(
            "gateway_desired_count",
            gateway_desired_count,
            f"must be from autoscaling_min_capacity={lowest} to autoscaling_max_capacity={highest}",
        )


def _body_fits(*, max_body_mib: int, gateway_memory: int) -> Iterator[Problem]:
    share = gateway_memory - SIDECAR_SIZE.memory_mib
    most = in_flight_mib(share)
    if max_body_mib > most and share >= GATEWAY_MINIMUM_MEMORY_MIB:
        yield Problem(
            "max_body_mib",
            max_body_mib,
            f"the gateway's {share} MiB of memory have room for {most} MiB of request bodies: raise "
            f"gateway_memory={gateway_memory}, or set {most} or less",
        )


def _no_variable_twice(*, routes: Route | None, gateway_secrets: tuple[str, ...]) -> Iterator[Problem]:
    if routes and (taken := sorted({variable(name) for name in secret_names(routes)} & set(gateway_secrets))):
        yield Problem(
            "gateway_secrets", gateway_secrets, f"{', '.join(taken)} is a key that routes use: delete it here"
        )


PAIR_RULES: tuple[PairRule, ...] = (
    _fargate_pair,
    _gateway_cpu_share,
    _gateway_memory_share,
    _capacity_order,
    _desired_within,
    _body_fits,
    _no_variable_twice,
)
