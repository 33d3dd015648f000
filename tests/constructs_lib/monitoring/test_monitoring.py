"""Telemetry from its source to the alarm: every metric that is used has a source."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs_lib.helpers.monitoring.access_log import QUERIES, TEAM_QUERIES
from constructs_lib.helpers.monitoring.metrics import METRICS, PUBLISHED, Metric
from constructs_lib.task.containers import collector_configuration as configuration_of
from tests.conftest import Synthesize
from tests.support.synthesized import WITH_TEAMS, Block, Synthesized, page, settings

import attrs
import pytest
import yaml
from jsonschema import Draft202012Validator

OWN = "ai-gateway/test"
Looked = tuple[str, str, tuple[str, ...]]
SEARCH = re.compile(r"SEARCH\('\{([^,]+),([^}]+)\} MetricName=\"([^\"]+)\"', '[A-Za-z0-9]+', \d+\)(?: / 1000000)?")
COLLECTOR_SCHEMA = Path(__file__).with_name("collector_schema.yaml")


@pytest.fixture
def full(synthesize: Synthesize) -> Synthesized:
    """Every setting on, including tokens and the limits of teams."""
    return synthesize(attrs.evolve(WITH_TEAMS, rate_limit_store="valkey"))


def looked_at(stack: Synthesized) -> Iterator[Looked]:
    """Every metric that alarms and dashboard use: namespace, name and dimensions."""
    for alarm in stack.by_type("aws_cloudwatch_metric_alarm").values():
        for query in alarm["metric_query"]:
            if "metric" in query:
                metric = query["metric"]
                yield metric["namespace"], metric["metric_name"], tuple(sorted(metric["dimensions"]))
    for widget in page(stack)["widgets"]:
        for line in widget["properties"].get("metrics", []):
            if isinstance(line[0], str):
                namespace, name, *dimensions = line[:-1]
                yield namespace, name, tuple(sorted(dimensions[::2]))
            else:
                found = SEARCH.fullmatch(line[0]["expression"])
                assert found, line
                unquoted = (name.strip('"') for name in found[2].split(","))
                yield found[1].strip('"'), found[3], tuple(sorted(unquoted))


def published(own: str) -> set[Looked]:
    """Every metric that is published."""
    return {(metric.namespace or own, metric.name, tuple(sorted(metric.dimensions))) for metric in METRICS.values()}


@pytest.mark.parametrize("name", ["dev", "prod", "staging"])
def test_nothing_is_looked_at_that_nobody_writes(
    synthesize: Synthesize, environments: dict[str, Any], name: str
) -> None:
    """Each metric of the alarms and the dashboard is published with the same name and dimensions."""
    stack = synthesize(environments[name])
    seen = set(looked_at(stack))
    assert seen - published(f"ai-gateway/{name}") == set()
    assert len(seen) >= 10


def test_everything_that_is_written_is_looked_at(full: Synthesized) -> None:
    """With every setting on, the alarms and the dashboard use every published metric."""
    assert set(looked_at(full)) == published(OWN)


def collector_configuration() -> Block:
    """The collector's parsed configuration."""
    found: Block = yaml.safe_load(configuration_of(with_teams=True))
    return found


def test_the_collector_writes_its_part_of_the_list() -> None:
    """The collector's declarations have the metrics and dimensions of the list."""
    declared = {
        (selector.removeprefix("^").removesuffix("$").replace("\\.", "."), tuple(dimensions))
        for declaration in collector_configuration()["exporters"]["awsemf"]["metric_declarations"]
        for selector in declaration["metric_name_selectors"]
        for dimensions in declaration["dimensions"]
    }
    made = (PUBLISHED["collector"] | PUBLISHED["teams"]).values()
    assert declared == {(metric.name, metric.dimensions) for metric in made}


def test_metric_filters_write_their_part_of_the_list(full: Synthesized) -> None:
    """There is one filter per metric, on the gateway's log group, with the provider as its dimension."""
    log_group = full.reference("aws_cloudwatch_log_group", "LogGroups/Gateway", "name")
    filters = full.by_type("aws_cloudwatch_log_metric_filter").values()
    assert {one["log_group_name"] for one in filters} == {log_group}
    assert {json.dumps(one["metric_transformation"], sort_keys=True) for one in filters} == {
        json.dumps(
            {
                "dimensions": {"Provider": "$.provider"},
                "name": metric.name,
                "namespace": OWN,
                "unit": "Count",
                "value": "1",
            },
            sort_keys=True,
        )
        for metric in PUBLISHED["access log"].values()
    }


def test_waf_writes_under_the_names_that_are_looked_at(full: Synthesized) -> None:
    """WAF metrics of a web ACL have the metric name in its visibility_config as their WebACL dimension."""
    visibility = full.only("aws_wafv2_web_acl")["visibility_config"]
    assert (visibility["cloudwatch_metrics_enabled"], visibility["metric_name"]) == (True, "ai-gateway-test")
    located = METRICS["blocked"].located(OWN, {"WebACL": "ai-gateway-test", "Rule": "ALL", "Region": "eu-west-1"})
    alarm = full.by_type("aws_cloudwatch_metric_alarm")["Monitoring/Alarms/waf-blocks"]
    metric = alarm["metric_query"][0]["metric"]
    assert (metric["namespace"], metric["dimensions"]) == located


def test_a_metric_without_a_value_for_a_dimension_is_an_error() -> None:
    """A missing dimension value is an error, because CloudWatch would never have data for such a metric."""
    with pytest.raises(ValueError, match="no value for the dimension 'Provider'"):
        METRICS["provider_errors"].located(OWN, {})
    assert Metric(name="n", dimensions=("A", "b.c"), statistic="Sum").searched(OWN) == (
        'SEARCH(\'{"ai-gateway/test",A,"b.c"} MetricName="n"\', \'Sum\', 60)'
    )


def test_the_dashboard_is_a_page(full: Synthesized) -> None:
    """Widgets are on a grid of 24 columns without overlap, and each has a unique title."""
    taken: set[tuple[int, int]] = set()
    widgets = page(full)["widgets"]
    for widget in widgets:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert cells & taken == set()
        assert max(x for x, _ in cells) < 24
        taken |= cells
    titles = [widget["properties"]["title"] for widget in widgets]
    assert len(set(titles)) == len(titles)
    assert len(page(full)["widgets"][0]["properties"]["alarms"]) == full.count("aws_cloudwatch_metric_alarm")


def test_the_dashboard_shows_what_there_is(synthesize: Synthesize) -> None:
    """There is no widget for WAF, providers or OpenTelemetry if these are off."""
    titles = [w["properties"]["title"] for w in page(synthesize(settings(instrument_gateway=False)))["widgets"]]
    assert titles == [
        "Alarms",
        "Requests a minute",
        "Answers with errors",
        "Response time (s)",
        "Tasks",
        "CPU and memory (%)",
        "Targets",
    ]


def test_queries_stand_by_on_the_log_they_are_for(full: Synthesized, synthesize: Synthesize) -> None:
    """WAF's saved query reads WAF's log group and all others read the gateway's, with and without routes."""
    gateway, waf = (
        full.reference("aws_cloudwatch_log_group", f"LogGroups/{name}", "name") for name in ("Gateway", "Waf")
    )
    found = {
        one["name"].removeprefix("ai-gateway/test/"): one["log_group_names"]
        for one in full.by_type("aws_cloudwatch_query_definition").values()
    }
    assert found == {
        "waf-blocks": [waf],
        "gateway-errors": [gateway],
        **{name: [gateway] for name in QUERIES | TEAM_QUERIES},
    }
    few = synthesize(settings()).by_type("aws_cloudwatch_query_definition").values()
    assert {one["name"].removeprefix("ai-gateway/test/") for one in few} == {"gateway-errors", *QUERIES}


def test_histograms_arrive_as_news(full: Synthesized) -> None:
    """The gateway sends histograms as deltas, because the EMF exporter treats each one as new data."""
    variables = {item["name"]: item["value"] for item in full.containers()["gateway"]["environment"]}
    assert variables["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"] == "delta"


def test_the_collectors_configuration_is_sound(full: Synthesized) -> None:
    """The configuration matches the schema, uses each component it defines, and reads exactly the task's variables."""
    configuration = collector_configuration()
    schema = yaml.safe_load(COLLECTOR_SCHEMA.read_text(encoding="utf-8"))
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [f"{error.json_path}: {error.message}" for error in checker.iter_errors(configuration)] == []
    used: dict[str, set[str]] = {"extensions": set(configuration["service"]["extensions"])}
    for pipeline in configuration["service"]["pipelines"].values():
        for kind, names in pipeline.items():
            used.setdefault(kind, set()).update(names)
    assert used == {kind: set(configuration[kind]) for kind in used}
    wanted = set(re.findall(r"\$\{env:(\w+)\}", configuration_of(with_teams=True)))
    given = {item["name"] for item in full.containers()["otel-collector"]["environment"]}
    assert wanted == given - {"AOT_CONFIG_CONTENT"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("exporters", "awsemf", "log_retention_in_days"), 1),
        (("exporters", "awscloudwatchlogs", "log_stream_name"), ""),
        (("processors", "memory_limiter", "limit_mib"), 512),
        (("receivers", "otlp", "protocols", "http", "endpoint"), "0.0.0.0:4318"),
        (("service", "pipelines", "traces", "processors"), ["batch", "memory_limiter"]),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_the_schema_refuses_what_the_collector_would_trip_over(path: tuple[str, ...], value: object) -> None:
    """The schema refuses an unknown key, no stream name, too much memory, an open port, and a late memory limiter."""
    configuration = collector_configuration()
    *folders, last = path
    inner = configuration
    for folder in folders:
        inner = inner[folder]
    inner[last] = value
    schema = yaml.safe_load(COLLECTOR_SCHEMA.read_text(encoding="utf-8"))
    assert not Draft202012Validator(schema).is_valid(configuration)
