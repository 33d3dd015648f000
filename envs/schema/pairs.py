"""Rules about settings that belong together; each is called with their values, in the order it names them."""

# ruff: noqa: FBT001 (a switch is one of the values)
from collections.abc import Iterator

from constructs_lib.helpers.access import wide_open
from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.provider_release import BUCKET_TAGS, BUCKET_TAGS_ELSEWHERE, lowest_release, stays_below
from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.task.hosts import HTTPS_PORT, port_of
from constructs_lib.helpers.task.routes import Route, secret_names, targets, variable
from constructs_lib.helpers.task.sizing import (
    FARGATE_MEMORY_MIB,
    GATEWAY_MINIMUM_CPU,
    GATEWAY_MINIMUM_MEMORY_MIB,
    SIDECAR_SIZE,
    describe_memory,
    in_flight_mib,
)
from envs.schema.rules import PairRule, Problem


def _names_fit(project_name: str, environment: str) -> Problem | None:
    too_long = Names(project_name=project_name, environment=environment).too_long()
    if not too_long:
        return None
    limit, name = max(too_long, key=lambda item: len(item[1]) - item[0].longest)
    return Problem(
        "environment",
        environment,
        f"makes the {limit.kind} name {name} {len(name)} characters long, AWS "
        f"allows {limit.longest}: shorten it or project_name={project_name!r} by {len(name) - limit.longest}",
    )


def _fargate_pair(cpu: int, memory: int) -> Problem | None:
    if memory in FARGATE_MEMORY_MIB[cpu]:
        return None
    return Problem("gateway_memory", memory, f"with gateway_cpu={cpu} Fargate takes {describe_memory(cpu)}")


def _gateway_cpu_share(cpu: int) -> Problem | None:
    share = cpu - SIDECAR_SIZE.cpu
    if share >= GATEWAY_MINIMUM_CPU:
        return None
    return Problem(
        "gateway_cpu",
        cpu,
        f"leaves the gateway {share} units next to the sidecar's {SIDECAR_SIZE.cpu}; it needs {GATEWAY_MINIMUM_CPU}, "
        "so take 512 or more",
    )


def _gateway_memory_share(memory: int) -> Problem | None:
    share = memory - SIDECAR_SIZE.memory_mib
    if share >= GATEWAY_MINIMUM_MEMORY_MIB:
        return None
    return Problem(
        "gateway_memory",
        memory,
        f"leaves the gateway {share} MiB next to the sidecar's {SIDECAR_SIZE.memory_mib}; it needs "
        f"{GATEWAY_MINIMUM_MEMORY_MIB}, so take 1024 or more",
    )


def _capacity_order(minimum: int, maximum: int) -> Problem | None:
    if minimum <= maximum:
        return None
    return Problem("autoscaling_max_capacity", maximum, f"must be at least autoscaling_min_capacity={minimum}")


def _desired_within(desired: int, minimum: int, maximum: int) -> Problem | None:
    if minimum <= desired <= maximum or minimum > maximum:
        return None
    return Problem(
        "gateway_desired_count",
        desired,
        f"must be from autoscaling_min_capacity={minimum} to autoscaling_max_capacity={maximum}",
    )


def _jwt_needs_certificate(jwt: bool, certificate: str, domain: str) -> Problem | None:
    if certificate or domain or not jwt:
        return None
    return Problem(
        "enable_jwt_auth",
        jwt,
        "needs certificate_arn, or domain_name with hosted_zone: a load balancer validates tokens only on HTTPS",
    )


def _certificate_region(certificate: str, region: str) -> Problem | None:
    if not certificate:
        return None
    _, partition, _, found, _ = certificate.split(":", maxsplit=4)
    if (partition, found) == (partition_of(region).name, region):
        return None
    return Problem(
        "certificate_arn",
        certificate,
        f"is of {found} in partition {partition}; a load balancer takes "
        f"certificates of its own region only, aws_region={region!r} in {partition_of(region).name}",
    )


def _state_key_region(key: str, region: str) -> Problem | None:
    if not key:
        return None
    _, partition, _, found, _ = key.split(":", maxsplit=4)
    if (partition, found) == (partition_of(region).name, region):
        return None
    return Problem(
        "state_kms_key_arn",
        key,
        f"is of {found} in partition {partition}; the state's bucket is in aws_region={region!r} and takes keys of its "
        "own region only",
    )


def _body_fits(body: int, memory: int) -> Problem | None:
    share = memory - SIDECAR_SIZE.memory_mib
    most = in_flight_mib(share)
    if body <= most or share < GATEWAY_MINIMUM_MEMORY_MIB:
        return None
    return Problem(
        "max_body_mib",
        body,
        f"the gateway's {share} MiB hold {most} MiB of bodies at the same time: raise gateway_memory={memory} or take "
        f"{most} or less",
    )


def _no_variable_twice(routes: Route | None, variables: tuple[str, ...]) -> Problem | None:
    taken = sorted({variable(name) for name in secret_names(routes)} & set(variables)) if routes else []
    if not taken:
        return None
    return Problem("gateway_secrets", variables, f"{', '.join(taken)} holds a key of routes: delete it here")


def _sharing_is_guarded(shared: tuple[str, ...], routes: Route | None, jwt: bool) -> Problem | None:
    if not shared or (routes and jwt):
        return None
    needed = "enable_jwt_auth=True: only tokens tell who has the scope admin" if routes else "routes"
    return Problem("shared_endpoints", shared, f"needs {needed}")


def _routes_are_guarded(routes: Route | None, jwt: bool, ingress: tuple[str, ...]) -> Problem | None:
    opened = wide_open(ingress)
    if routes is None or jwt or not opened:
        return None
    return Problem(
        "ingress_cidrs",
        ingress,
        f"with routes the keys on the server would be open to the internet ({', '.join(opened)}): "
        "set enable_jwt_auth=True or narrow ingress_cidrs",
    )


_CALLERS_CHOICES = ("trusted_custom_hosts", "allow_public_hosts", "allow_caller_hooks")


def _routes_leave_no_choice(routes: Route | None, *given: object) -> Iterator[Problem]:
    if routes is not None:
        for name, value in zip(_CALLERS_CHOICES, given, strict=True):
            if value:
                yield Problem(
                    name, value, "has no effect with routes, where callers choose no hosts, hooks or caches: delete it"
                )


def _custom_hosts_are_reached(routes: Route | None, ports: tuple[int, ...]) -> Problem | None:
    for target in targets(routes) if routes is not None else ():
        port = port_of(target.custom_host) if target.custom_host else HTTPS_PORT
        if port in ports:
            continue
        plain = (
            "; the prompts and the key then cross the network unencrypted, so prefer https://"
            if target.custom_host.startswith("http://")
            else ""
        )
        return Problem(
            "routes",
            target.custom_host,
            f"port {port} is not in gateway_egress_ports={ports!r}, so the security group lets nothing out to it: "
            f"add {port} there{plain}",
        )
    return None


def _name_in_zone(domain: str, zone: str) -> Problem | None:
    if bool(domain) != bool(zone):
        missing, given = ("hosted_zone", "domain_name") if domain else ("domain_name", "hosted_zone")
        return Problem(missing, "", f"must be set together with {given}={domain or zone!r}")
    if not domain or domain == zone or domain.endswith(f".{zone}"):
        return None
    return Problem("domain_name", domain, f"is not in hosted_zone={zone!r}: write a name that ends in .{zone}")


def _own_vpc(
    vpc: str, public: tuple[str, ...], private: tuple[str, ...], internal: bool, zones: bool
) -> Iterator[Problem]:
    if not vpc:
        for name, subnets in (("public_subnet_ids", public), ("private_subnet_ids", private)):
            if subnets:
                yield Problem(name, subnets, "are subnets of a VPC of your own: set vpc_id too")
        return
    needed = {"private_subnet_ids": private} | ({} if internal else {"public_subnet_ids": public})
    for name, subnets in needed.items():
        if len(subnets) < 2:
            yield Problem(name, subnets, f"vpc_id={vpc!r} needs two or more of them, in different availability zones")
    if shared := sorted(set(public) & set(private)):
        yield Problem("private_subnet_ids", private, f"has {', '.join(shared)}, which public_subnet_ids has too")
    if zones:
        yield Problem("nat_gateway_per_az", zones, f"vpc_id={vpc!r} brings its own ways out: leave it False")


def _client_limit_needs_waf(limit: int, waf: bool) -> Problem | None:
    if waf or not limit:
        return None
    return Problem("waf_client_rate_limit", limit, "needs enable_waf=True")


def _provider_makes_buckets(version: str, region: str) -> Problem | None:
    if not version or partition_of(region).name == "aws":
        return None
    if lowest_release(version) < BUCKET_TAGS or not stays_below(version, BUCKET_TAGS_ELSEWHERE):
        return None
    return Problem(
        "aws_provider_version",
        version,
        f"6.23 to 6.28 cannot create a bucket in aws_region={region!r}, where S3 refuses tags in CreateBucket "
        "(hashicorp/terraform-provider-aws#46122): choose 6.29.0 or later, or leave it empty",
    )


PAIR_RULES = (
    PairRule(("project_name", "environment"), _names_fit),
    PairRule(("gateway_cpu", "gateway_memory"), _fargate_pair),
    PairRule(("gateway_cpu",), _gateway_cpu_share),
    PairRule(("gateway_memory",), _gateway_memory_share),
    PairRule(("autoscaling_min_capacity", "autoscaling_max_capacity"), _capacity_order),
    PairRule(("gateway_desired_count", "autoscaling_min_capacity", "autoscaling_max_capacity"), _desired_within),
    PairRule(("enable_jwt_auth", "certificate_arn", "domain_name"), _jwt_needs_certificate),
    PairRule(("certificate_arn", "aws_region"), _certificate_region),
    PairRule(("state_kms_key_arn", "aws_region"), _state_key_region),
    PairRule(("max_body_mib", "gateway_memory"), _body_fits),
    PairRule(("routes", "gateway_secrets"), _no_variable_twice),
    PairRule(("shared_endpoints", "routes", "enable_jwt_auth"), _sharing_is_guarded),
    PairRule(("routes", "enable_jwt_auth", "ingress_cidrs"), _routes_are_guarded),
    PairRule(("routes", *_CALLERS_CHOICES), _routes_leave_no_choice),
    PairRule(("routes", "gateway_egress_ports"), _custom_hosts_are_reached),
    PairRule(("domain_name", "hosted_zone"), _name_in_zone),
    PairRule(
        ("vpc_id", "public_subnet_ids", "private_subnet_ids", "internal_load_balancer", "nat_gateway_per_az"), _own_vpc
    ),
    PairRule(("waf_client_rate_limit", "enable_waf"), _client_limit_needs_waf),
    PairRule(("aws_provider_version", "aws_region"), _provider_makes_buckets),
)
