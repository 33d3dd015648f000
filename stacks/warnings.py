"""Warnings about an environment's settings, which `cdktf synth` prints."""

from constructs_lib.helpers.access import wide_open
from constructs_lib.helpers.regions import botocore_version, has_endpoint_data
from constructs_lib.helpers.task.containers import FARGATE_STOP_TIMEOUT_SECONDS
from constructs_lib.helpers.task.routes import target_models
from constructs_lib.helpers.usage.model_patterns import overlap
from envs.schema import Environment


def warnings(environment: Environment) -> list[str]:
    """The warnings of one environment. Each names the setting to change."""
    found: list[str] = []
    open_ranges = [] if environment.internal_load_balancer else wide_open(environment.ingress_cidrs)
    if open_ranges and not environment.enable_jwt_auth:
        found.append(
            f"open to the internet ({', '.join(open_ranges)}) without authentication: "
            "set enable_jwt_auth=True or narrow ingress_cidrs"
        )
    if not environment.serves_https and environment.environment != "dev":
        found.append("serves plain HTTP, so prompts and tokens can be read in transit: set certificate_arn")
    if environment.fargate_spot_percent and environment.max_stream_seconds > FARGATE_STOP_TIMEOUT_SECONDS:
        found.append(
            f"max_stream_seconds={environment.max_stream_seconds}: Fargate kills a task "
            f"{FARGATE_STOP_TIMEOUT_SECONDS} s after it was told to stop, so a Spot interruption cuts longer streams "
            f"(a deployment drains them first): set max_stream_seconds to {FARGATE_STOP_TIMEOUT_SECONDS} or less "
            "where that matters"
        )
    if environment.knows_teams:
        found += _about_teams(environment)
    if not has_endpoint_data(environment.aws_region):
        found.append(
            f"aws_region={environment.aws_region!r}: botocore {botocore_version()} lists the region but has no "
            "endpoint data for it, so services that the gateway needs may be missing: check AWS's list "
            "of regional services"
        )
    return found


def _about_teams(environment: Environment) -> list[str]:
    """Budgets without alarms, and models without a price."""
    from constructs_lib.helpers.usage.prices import known  # noqa: PLC0415 (imports genai-prices)

    found = []
    budgeted = [client.team for client in environment.clients if client.monthly_budget_usd is not None]
    if budgeted and not environment.instrument_gateway:
        found.append(
            f"instrument_gateway=False: without OpenTelemetry's metrics no alarm is sent at 80 % and 100 % of the "
            f"budgets of {', '.join(budgeted)}: set instrument_gateway=True"
        )
    own = [price.model.lower() for price in environment.model_prices]
    sent = {
        (one.target.provider, one.model.lower())
        for one in (target_models(environment.routes) if environment.routes else ())
        if one.model is not None
    }
    unpriced = [
        f"{provider}/{model}"
        for provider, model in sorted(sent)
        if not any(overlap(f"{provider}/{model}", price) for price in own)
        and not any(overlap(model, pattern) for held in known(provider) for pattern in held.patterns)
    ]
    if unpriced:
        found.append(
            f"routes send {', '.join(unpriced)}, which genai-prices has no price for: their requests count "
            "without a cost until model_prices has one"
        )
    return found
