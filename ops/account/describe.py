"""`make describe`: the environment's resources as AWS reports them, independent of the Terraform state."""

import json
from typing import Any

from ops.aws import Aws, code_of
from ops.console import cell, out, say

from botocore.exceptions import ClientError
from rich.table import Table

MISSING = "does not exist"


def _tag_filters(aws: Aws) -> list[dict[str, Any]]:
    tags = {"Project": aws.environment.project_name, "Environment": aws.environment.environment}
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]


def _name(resource: dict[str, Any]) -> str:
    return next((tag["Value"] for tag in resource.get("Tags", []) if tag["Key"] == "Name"), "")


def network(aws: Aws) -> list[str]:
    """The VPC and its subnets, sorted by address range."""
    filters = _tag_filters(aws)
    lines = [
        f"{vpc['VpcId']} {vpc['CidrBlock']}" for vpc in aws.items("ec2", "describe_vpcs", "Vpcs[]", Filters=filters)
    ]
    subnets = aws.items("ec2", "describe_subnets", "Subnets[]", Filters=filters)
    prefix = aws.environment.names.prefix
    lines += [
        f"{_name(subnet).removeprefix(prefix + '-')}: {subnet['CidrBlock']} in {subnet['AvailabilityZone']}"
        for subnet in sorted(subnets, key=lambda subnet: tuple(map(int, subnet["CidrBlock"].split("/")[0].split("."))))
    ]
    return lines


def load_balancer(aws: Aws) -> list[str]:
    """The load balancer, its state and its listeners."""
    found = aws.load_balancer()
    if found is None:
        return []
    listeners = aws.items("elbv2", "describe_listeners", "Listeners[]", LoadBalancerArn=found["LoadBalancerArn"])
    return [
        f"{found['DNSName']} ({found['Scheme']}, {found['State']['Code']})",
        *(
            f"listens on {listener['Protocol']} {listener['Port']}: "
            + ", ".join(action["Type"] for action in listener["DefaultActions"])
            for listener in sorted(listeners, key=lambda listener: listener["Port"])
        ),
    ]


def service(aws: Aws) -> list[str]:
    """The ECS service, and the containers of its task with their sizes."""
    found = aws.service()
    if found is None:
        return []
    task = aws.client("ecs").describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"]
    cluster = aws.environment.names.cluster
    lines = [
        f"{found['serviceName']} on cluster {cluster}: {found['desiredCount']} tasks wanted",
        f"task {task['family']}:{task['revision']}: {task['cpu']} CPU units, {task['memory']} MiB",
    ]
    for container in task["containerDefinitions"]:
        # The container that prepares a volume has no share of its own: it exits before the others start.
        size = f"{container['cpu']} units, {container['memory']} MiB" if "memory" in container else "at start only"
        lines.append(f"container {container['name']}: {size}, {container['image']}")
    return lines


def autoscaling(aws: Aws) -> list[str]:
    """The range of the task count, and each scaling policy with its cooldowns in seconds."""
    scaling, names = aws.client("application-autoscaling"), aws.environment.names
    which = {"ServiceNamespace": "ecs", "ResourceId": f"service/{names.cluster}/{names.service}"}
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[which["ResourceId"]])
    lines = [f"{target['MinCapacity']} to {target['MaxCapacity']} tasks" for target in targets["ScalableTargets"]]
    for policy in scaling.describe_scaling_policies(**which)["ScalingPolicies"]:
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        metric = tracking["PredefinedMetricSpecification"]["PredefinedMetricType"]
        lines.append(
            f"{metric} at {tracking['TargetValue']:g}, out {tracking['ScaleOutCooldown']} s, "
            f"in {tracking['ScaleInCooldown']} s"
        )
    return lines


def firewall(aws: Aws) -> list[str]:
    """The WAF web ACL, where the environment has one."""
    acls = aws.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"]
    return [found["Name"] for found in acls if found["Name"] == aws.environment.names.web_acl]


def alarms(aws: Aws) -> list[str]:
    """The number of alarms and their SNS topic, and each alarm that is in the state ALARM."""
    names = aws.environment.names
    found = list(aws.items("cloudwatch", "describe_alarms", "MetricAlarms[]", AlarmNamePrefix=names.alarm("")))
    if not found:
        return []
    loud = [f"{alarm['AlarmName']}: ALARM" for alarm in found if alarm["StateValue"] == "ALARM"]
    return [f"{len(found)} alarms notify {names.topic}", *loud]


def state(aws: Aws) -> list[str]:
    """The state object with its serial and number of resources, and the lock table."""
    names = aws.environment.names
    try:
        answer = aws.client("s3").get_object(Bucket=names.state_bucket, Key="terraform.tfstate")
        document = json.loads(answer["Body"].read())
        content = f"serial {document['serial']}, {len(document['resources'])} resources and data sources"
        table = aws.client("dynamodb").describe_table(TableName=names.lock_table)["Table"]
    except ClientError as error:
        if code_of(error) in {"NoSuchKey", "NoSuchBucket", "ResourceNotFoundException"}:
            return []
        raise
    return [
        f"s3://{names.state_bucket}/terraform.tfstate: {content}",
        f"lock table {table['TableName']} ({table['TableStatus']})",
    ]


def describe(aws: Aws) -> int:
    """Print a table of what exists; always returns 0."""
    environment = aws.environment
    shown = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    sections = {
        "Network": network(aws),
        "Load balancer": load_balancer(aws),
        "Service": service(aws),
        "Autoscaling": autoscaling(aws),
        "WAF": firewall(aws) if environment.enable_waf else ["off (enable_waf)"],
        "Alarms": alarms(aws),
        "State": state(aws),
    }
    for title, lines in sections.items():
        for number, line in enumerate(lines or [MISSING]):
            heading = cell(title if number == 0 else "", "bold")
            shown.add_row(heading, cell(line, "red") if line == MISSING else line)
    name = f"{environment.project_name} {environment.environment}"
    say(f"{name} in account {aws.account_id}, {environment.aws_region}, as AWS reports it:")
    out.print(shown)
    return 0
