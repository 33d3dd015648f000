"""What answers: name and certificate, WAF, load balancer, and the service with the containers of its task."""

import json
from collections.abc import Iterator
from typing import Any

from resource_types.expressions import references
from resource_types.stack import Block, SynthesizedStack
from views.diagram.network import CALLERS, SERVICE, group_of, load_balancers
from views.diagram.parts import Edge, Group, Line, Node, Part, shown

import attrs
from diagrams.aws.compute import ElasticContainerServiceContainer
from diagrams.aws.network import ElbApplicationLoadBalancer, Route53
from diagrams.aws.security import WAF, CertificateManager

TASK, DOMAIN, CERTIFICATE = "task", "domain", "certificate"
Container = dict[str, Any]
LAUNCHED = {"FARGATE": "Fargate", "FARGATE_SPOT": "Fargate Spot"}


def containers(task: Block) -> dict[str, Container]:
    """The containers of a task definition by name."""
    return {container["name"]: container for container in json.loads(task["container_definitions"])}


def container_id(task: Block, name: str) -> str:
    """The id of a container's node."""
    return f"{task.address}/{name}"


def entrance(service: Block) -> str:
    """The container that the load balancer talks to."""
    return next((shown(balancer["container_name"]) for balancer in service.get("load_balancer", [])), "")


@attrs.frozen
class Way:
    """The nodes of a task's containers in the order a request passes them, and the last of those they start after."""

    passed: tuple[str, ...]
    side: str


def way(blocks: SynthesizedStack) -> Way:
    """How a request goes through the service's task: each container waits for the next one to be healthy."""
    for service in blocks.of_type("aws_ecs_service"):
        for task in filter(None, map(blocks.get, service.refers_to("task_definition"))):
            found, names = containers(task), [entrance(service)]
            while behind := _waits_for(found, names[-1], "HEALTHY"):
                names.append(behind[0])
            started = _waits_for(found, names[-1], "START")
            return Way(tuple(container_id(task, name) for name in names), container_id(task, [*names, *started][-1]))
    return Way((), "")


def _waits_for(found: dict[str, Container], name: str, condition: str) -> list[str]:
    """The containers of a task that one of them waits for."""
    waits = found.get(name, {}).get("dependsOn", [])
    return [other["containerName"] for other in waits if other["condition"] == condition]


def _listener(block: Block) -> str:
    text = f"{block['protocol']} :{block['port']}"
    for action in block["default_action"]:
        if redirect := action.get("redirect"):
            text += f" redirects to {redirect['protocol']} :{redirect['port']}"
        if action["type"] == "jwt-validation":
            text += " with a valid JWT"
    if policy := block.get("ssl_policy"):
        text += f", {shown(policy).removeprefix('ELBSecurityPolicy-')}"
    return text


def _balancer(blocks: SynthesizedStack, balancer: Block) -> Iterator[Part]:
    listeners = blocks.referring("aws_lb_listener", balancer.address, "load_balancer_arn")
    lines = [
        Line(shown(balancer["name"]), balancer.address),
        Line("internal" if balancer.get("internal") else "internet-facing", balancer.address),
        *(Line(_listener(listener), listener.address) for listener in listeners),
    ]
    group = group_of(blocks, balancer)
    yield Node(balancer.address, ElbApplicationLoadBalancer, "Load balancer", tuple(lines), group)
    associations = blocks.referring("aws_wafv2_web_acl_association", balancer.address, "resource_arn")
    acls = [acl for association in associations for acl in association.refers_to("web_acl_arn") if blocks.get(acl)]
    for association in associations:
        for acl in association.refers_to("web_acl_arn"):
            yield Edge(CALLERS, acl, association.address)
            yield Edge(acl, balancer.address, association.address)
    if not acls:
        yield Edge(CALLERS, balancer.address, balancer.address)
    for listener in listeners:
        yield from (Edge(pool, balancer.address, listener.address, "tokens", dashed=True) for pool in _pools(listener))
        if listener.get("certificate_arn"):
            yield Edge(CERTIFICATE, balancer.address, listener.address, dashed=True)


def _pools(listener: Block) -> list[str]:
    """The user pools whose tokens a listener wants."""
    found = references([action.get("jwt_validation") for action in listener["default_action"]])
    return [address for address in found if address.startswith("aws_cognito_user_pool.")]


def _waf(blocks: SynthesizedStack, acl: Block) -> Node:
    lines = [Line(shown(acl["name"]), acl.address)]
    for rule in sorted(acl["rule"], key=lambda rule: int(rule["priority"])):
        rated = rule["statement"].get("rate_based_statement")
        text = shown(rule["name"])
        if rated:
            text += f": {rated['limit']} in {int(rated.get('evaluation_window_sec', 300)) // 60} min"
        lines.append(Line(text, acl.address))
    for logging in blocks.referring("aws_wafv2_web_acl_logging_configuration", acl.address, "resource_arn"):
        groups = filter(None, map(blocks.get, logging.refers_to("log_destination_configs")))
        lines += [Line(f"logs to {shown(group['name'])}", logging.address) for group in groups]
    return Node(acl.address, WAF, "Web ACL", tuple(lines), "region")


def _names(blocks: SynthesizedStack) -> Iterator[Part]:
    zones = [Line(f"zone {shown(zone['name'])}", zone.address) for zone in blocks.of_type("data.aws_route53_zone")]
    records = blocks.of_type("aws_route53_record")
    proofs = [record for record in records if references(record["name"])]
    lines = [
        *(Line(f"{record['type']} {record['name']}", record.address) for record in records if record not in proofs),
        *zones,
        *(Line("proof for the certificate", proof.address) for proof in proofs),
    ]
    yield Node(DOMAIN, Route53, "Route 53", tuple(lines), "region")
    for record in records:
        for address in references(record.get("alias")):
            yield Edge(DOMAIN, address, record.address, "alias", dashed=True)
    certificates = [
        Line(f"{block['domain_name']}, by {block['validation_method']}", block.address)
        for block in blocks.of_type("aws_acm_certificate")
    ]
    given = [
        Line(str(listener["certificate_arn"]).rpartition(":")[2], listener.address)
        for listener in blocks.of_type("aws_lb_listener")
        if listener.get("certificate_arn") and not references(listener["certificate_arn"])
    ]
    yield Node(CERTIFICATE, CertificateManager, "Certificate", (*certificates, *given), "region")
    for proof in proofs:
        if any(address.startswith("aws_acm_certificate.") for address in references(proof["name"])):
            yield Edge(DOMAIN, CERTIFICATE, proof.address, dashed=True)


def _scaling(blocks: SynthesizedStack, service: Block) -> Iterator[Line]:
    for target in blocks.referring("aws_appautoscaling_target", service.address, "resource_id"):
        yield Line(f"{target['min_capacity']} to {target['max_capacity']} tasks by autoscaling", target.address)
        for policy in blocks.referring("aws_appautoscaling_policy", target.address, "resource_id"):
            tracking = policy["target_tracking_scaling_policy_configuration"]
            metric = tracking["predefined_metric_specification"]["predefined_metric_type"]
            yield Line(f"{metric} at {tracking['target_value']}", policy.address)


def _container(task: Block, container: Container) -> Node:
    size = [
        f"{container[name]} {unit}" for name, unit in (("cpu", "CPU units"), ("memory", "MiB")) if name in container
    ]
    ports = [f"port {mapping['containerPort']}" for mapping in container.get("portMappings", [])]
    texts = [str(container["image"]).rpartition("/")[2], ", ".join(size), *ports]
    lines = tuple(Line(shown(text), task.address) for text in texts if text)
    return Node(container_id(task, container["name"]), ElasticContainerServiceContainer, container["name"], lines, TASK)


def _task(task: Block) -> Iterator[Part]:
    line = Line(f"{task['cpu']} CPU units, {task['memory']} MiB", task.address)
    yield Group(TASK, "Task", (line,), SERVICE, "task")
    found = containers(task)
    for container in found.values():
        yield _container(task, container)
        here = container_id(task, container["name"])
        for other in container.get("dependsOn", []):
            first = other["condition"] == "SUCCESS"
            yield Edge(
                here, container_id(task, other["containerName"]), task.address, "runs first" if first else "", first
            )


def _service(blocks: SynthesizedStack, service: Block) -> Iterator[Part]:
    clusters = [blocks.get(address) for address in service.refers_to("cluster")]
    launched = [
        LAUNCHED.get(one["capacity_provider"], shown(one["capacity_provider"]))
        for one in service.get("capacity_provider_strategy", [])
    ]
    lines = [
        Line(f"{shown(service['name'])} on {' and '.join(launched) or 'Fargate'}", service.address),
        *(Line(f"in cluster {shown(cluster['name'])}", cluster.address) for cluster in clusters if cluster),
        *_scaling(blocks, service),
    ]
    yield Group(SERVICE, "ECS service", tuple(lines), group_of(blocks, service), "service", beside=1)
    for balancer in service.get("load_balancer", []):
        for group in references(balancer["target_group_arn"]):
            yield from _targets(blocks, service, group, balancer["container_name"])


def _targets(blocks: SynthesizedStack, service: Block, group: str, container: str) -> Iterator[Edge]:
    """The edge from each load balancer whose listener sends to a target group to the service's container."""
    target_group = blocks.get(group)
    if target_group is None:
        return
    for listener in blocks.referring("aws_lb_listener", group, "default_action"):
        for balancer in listener.refers_to("load_balancer_arn"):
            for task in service.refers_to("task_definition"):
                label = f"{target_group['protocol']} :{target_group['port']}"
                yield Edge(balancer, f"{task}/{container}", target_group.address, label)


def service(blocks: SynthesizedStack) -> Iterator[Part]:
    """Everything a request passes until it leaves the task."""
    yield from _names(blocks)
    yield from (_waf(blocks, acl) for acl in blocks.of_type("aws_wafv2_web_acl"))
    for balancer in load_balancers(blocks):
        yield from _balancer(blocks, balancer)
    for block in blocks.of_type("aws_ecs_service"):
        yield from _service(blocks, block)
    for task in blocks.of_type("aws_ecs_task_definition"):
        yield from _task(task)
