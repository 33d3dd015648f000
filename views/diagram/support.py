"""What stands beside the requests: identity, keys and what they encrypt, images, logs, alarms, the state."""

from collections.abc import Iterator

from resource_types import record_of
from resource_types.expressions import references
from resource_types.stack import BACKEND, Block, SynthesizedStack
from views.diagram.network import REGION
from views.diagram.parts import Edge, Group, Line, Node, Part, shown
from views.diagram.service import TASK, container_id, containers, way

from diagrams.aws.compute import EC2ContainerRegistry
from diagrams.aws.database import Dynamodb, ElasticacheForRedis
from diagrams.aws.integration import SimpleNotificationServiceSnsEmailNotification, SimpleNotificationServiceSnsTopic
from diagrams.aws.management import Cloudwatch, CloudwatchAlarm, CloudwatchLogs
from diagrams.aws.security import Cognito, KeyManagementService, SecretsManager
from diagrams.aws.storage import SimpleStorageServiceS3

WATCHING, KEEPING = "watching", "keeping"
LOGS, QUERIES, ALARMS, DASHBOARDS, SUBSCRIBERS = "logs", "queries", "alarms", "dashboards", "subscribers"
SECRETS, STATE = "secrets", "state"
SHARED_NODES = {"aws_cloudwatch_log_group": LOGS, "aws_secretsmanager_secret": SECRETS}
"""The types whose blocks one node shows."""


def _pool(blocks: SynthesizedStack, pool: Block) -> Node:
    lines = [Line(shown(pool["name"]), pool.address)]
    for server in blocks.referring("aws_cognito_resource_server", pool.address, "user_pool_id"):
        scopes = ", ".join(shown(scope["scope_name"]) for scope in server["scope"])
        lines.append(Line(f"{shown(server['identifier'])}: {scopes}", server.address))
    for client in blocks.referring("aws_cognito_user_pool_client", pool.address, "user_pool_id"):
        scopes = ", ".join(shown(scope).rpartition("/")[2] for scope in client["allowed_oauth_scopes"])
        lines.append(Line(f"client {shown(client['name'])}: {scopes}", client.address))
    lines += [
        Line(f"domain {shown(domain['domain'])}", domain.address)
        for domain in blocks.referring("aws_cognito_user_pool_domain", pool.address, "user_pool_id")
    ]
    return Node(pool.address, Cognito, "Cognito user pool", tuple(lines), KEEPING, beside=True)


def _keys(blocks: SynthesizedStack) -> Iterator[Part]:
    for key in blocks.of_type("aws_kms_key"):
        aliases = blocks.referring("aws_kms_alias", key.address, "target_key_id")
        used = [
            (SHARED_NODES.get(block.type, block.address), block)
            for block in blocks
            if (place := record_of(block.type).key) and key.address in references(block.values(place))
        ]
        text = "rotated" if key.get("enable_key_rotation") else "not rotated"
        lines = [
            *(Line(shown(alias["name"]).removeprefix("alias/"), alias.address) for alias in aliases),
            Line(text, key.address),
        ]
        watching = any(block.type in {"aws_cloudwatch_log_group", "aws_sns_topic"} for _, block in used)
        group = WATCHING if watching else KEEPING
        yield Node(key.address, KeyManagementService, "KMS key", tuple(lines), group, beside=True)
        for node, block in used:
            yield Edge(key.address, node, block.address, dashed=True, downward=True)


def _listed(blocks: SynthesizedStack, type_: str, name: str) -> tuple[Line, ...]:
    """A line for each block of a type: its name."""
    return tuple(Line(shown(block[name]), block.address) for block in blocks.of_type(type_))


def _keeping(blocks: SynthesizedStack) -> Iterator[Part]:
    yield Group(KEEPING, "Identity, keys and storage", (), REGION, "side", plain=True)
    yield from (_pool(blocks, pool) for pool in blocks.of_type("aws_cognito_user_pool"))
    secrets = _listed(blocks, "aws_secretsmanager_secret", "name")
    yield Node(SECRETS, SecretsManager, "Secrets", secrets, KEEPING, beside=True)
    for repository in blocks.of_type("aws_ecr_repository"):
        scanned = any(repository.values("image_scanning_configuration.scan_on_push"))
        facts = ["scanned" if scanned else "not scanned", shown(repository["image_tag_mutability"]).lower()]
        lines = (
            Line(shown(repository["name"]), repository.address),
            Line(", ".join(facts), repository.address),
        )
        yield Node(repository.address, EC2ContainerRegistry, "ECR repository", lines, KEEPING, beside=True)
    for table in blocks.of_type("aws_dynamodb_table"):
        recovery = any(table.values("point_in_time_recovery.enabled"))
        lines = (
            Line(shown(table["name"]), table.address),
            Line("point-in-time recovery" if recovery else "no point-in-time recovery", table.address),
        )
        yield Node(table.address, Dynamodb, "Usage table", lines, KEEPING, beside=True)
    for cache in blocks.of_type("aws_elasticache_replication_group"):
        failover = any(cache.values("multi_az_enabled"))
        lines = (
            Line(shown(cache["replication_group_id"]), cache.address),
            Line(f"{cache['num_cache_clusters']} nodes of {shown(cache['node_type'])}", cache.address),
            Line("failover between zones" if failover else "one zone, no failover", cache.address),
        )
        yield Node(cache.address, ElasticacheForRedis, "Rates of teams (Valkey)", lines, KEEPING, beside=True)
    for bucket in blocks.of_type("aws_s3_bucket"):
        line = Line(shown(bucket["bucket"]), bucket.address)
        writers = [one for one in blocks.of_type("aws_lb") if bucket.address in one.refers_to("access_logs")]
        title = "Access logs" if writers else "Bucket"
        yield Node(bucket.address, SimpleStorageServiceS3, title, (line,), KEEPING, beside=True)
        yield from (Edge(one.address, bucket.address, one.address, dashed=True) for one in writers)
    for backend in blocks.of_type(BACKEND):
        texts = [backend["bucket"], f"lock table {backend['dynamodb_table']}" if backend.get("dynamodb_table") else ""]
        state = tuple(Line(text, BACKEND) for text in texts if text)
        yield Node(STATE, SimpleStorageServiceS3, "Terraform state", state, KEEPING, beside=True)


def _watching(blocks: SynthesizedStack) -> Iterator[Part]:
    yield Group(WATCHING, "Logs and alarms", (), REGION, "side", plain=True)
    logs = tuple(
        Line(f"{shown(block['name'])}, {block['retention_in_days']} days", block.address)
        for block in blocks.of_type("aws_cloudwatch_log_group")
    )
    yield Node(LOGS, CloudwatchLogs, "Log groups", logs, WATCHING, beside=True)
    alarms = _listed(blocks, "aws_cloudwatch_metric_alarm", "alarm_name")
    yield Node(ALARMS, CloudwatchAlarm, "Alarms", alarms, WATCHING, beside=True)
    for topic in blocks.of_type("aws_sns_topic"):
        lines = (Line(shown(topic["name"]), topic.address),)
        yield Node(topic.address, SimpleNotificationServiceSnsTopic, "SNS topic", lines, WATCHING, beside=True)
    dashboards = _listed(blocks, "aws_cloudwatch_dashboard", "dashboard_name")
    yield Node(DASHBOARDS, Cloudwatch, "Dashboard", dashboards, WATCHING, beside=True)
    queries = _listed(blocks, "aws_cloudwatch_query_definition", "name")
    yield Node(QUERIES, CloudwatchLogs, "Saved queries", queries, WATCHING, beside=True)
    subscribers = tuple(
        Line(f"{block['protocol']} {shown(block['endpoint'])}", block.address)
        for block in blocks.of_type("aws_sns_topic_subscription")
    )
    yield Node(SUBSCRIBERS, SimpleNotificationServiceSnsEmailNotification, "Subscribers", subscribers, "", beside=True)


def _watched(blocks: SynthesizedStack) -> Iterator[Edge]:
    """Who writes logs, what becomes of them, and who hears of an alarm."""
    for task in blocks.of_type("aws_ecs_task_definition"):
        found = containers(task)
        if any(map(blocks.get, references([container.get("logConfiguration") for container in found.values()]))):
            yield Edge(
                [container_id(task, next(iter(found))), *way(blocks).passed][-1],
                LOGS,
                task.address,
                dashed=True,
                whole=TASK,
            )
        for name, container in found.items():
            for secret in filter(blocks.get, references(container.get("secrets"))):
                yield Edge(SECRETS, container_id(task, name), secret, dashed=True)
    filters = blocks.of_type("aws_cloudwatch_log_metric_filter")
    counted = ", ".join(shown(block["metric_transformation"]["name"]) for block in filters)
    yield from (Edge(LOGS, ALARMS, block.address, counted) for block in filters)
    for query in blocks.of_type("aws_cloudwatch_query_definition"):
        if any(map(blocks.get, query.refers_to("log_group_names"))):
            yield Edge(LOGS, QUERIES, query.address, dashed=True, loose=True)
    for alarm in blocks.of_type("aws_cloudwatch_metric_alarm"):
        yield from (Edge(ALARMS, topic, alarm.address) for topic in alarm.refers_to("alarm_actions"))
    for subscription in blocks.of_type("aws_sns_topic_subscription"):
        yield from (Edge(topic, SUBSCRIBERS, subscription.address) for topic in subscription.refers_to("topic_arn"))


def support(blocks: SynthesizedStack) -> Iterator[Part]:
    """Everything that no request passes."""
    yield from _keeping(blocks)
    yield from _watching(blocks)
    yield from _keys(blocks)
    yield from _watched(blocks)
