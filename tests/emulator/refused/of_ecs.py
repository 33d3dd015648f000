"""Refused calls of ECS, ECR and Application Auto Scaling."""

from tests.emulator.refused.held import definition
from tests.emulator.refused.requests import (
    GONE_ROLE,
    NONE,
    Case,
    fargate,
    image_rule,
    images,
    logs,
    scaling,
    service,
    strategy,
)

CASES: tuple[Case, ...] = (
    (
        "ecs:CreateService",
        lambda w: service(w, capacityProviderStrategy=strategy(("FARGATE", 1, 1), ("FARGATE", 1, 1))),
        "InvalidParameterException",
        "capacityProviderStrategy",
    ),
    (
        "ecs:CreateService",
        lambda w: service(w, capacityProviderStrategy=strategy(("FARGATE_SPOT", 1, 0))),
        "InvalidParameterException",
        "capacityProviderStrategy[0].capacityProvider",
    ),
    (
        "ecs:CreateService",
        lambda w: service(w, capacityProviderStrategy=strategy(("FARGATE", 0, 0))),
        "InvalidParameterException",
        "capacityProviderStrategy",
    ),
    (
        "ecs:PutClusterCapacityProviders",
        lambda _: {
            "cluster": "w",
            "capacityProviders": ["FARGATE"],
            "defaultCapacityProviderStrategy": strategy(("X", 1, 0)),
        },
        "InvalidParameterException",
        "defaultCapacityProviderStrategy[0].capacityProvider",
    ),
    *(
        (
            "ecs:CreateService",
            lambda w, network=network: service(w, network=network(w)),
            "InvalidParameterException",
            f"networkConfiguration.awsvpcConfiguration.{place}",
        )
        for network, place in (
            (lambda w: {"subnets": [w.subnets[0], w.other_subnet]}, "subnets"),
            (lambda w: {"subnets": w.subnets * 9}, "subnets"),
            (lambda _: {"securityGroups": [f"sg-{NONE}"]}, "securityGroups[0]"),
            (lambda w: {"securityGroups": [w.group] * 6}, "securityGroups"),
        )
    ),
    (
        "ecs:CreateService",
        lambda w: service(w, loadBalancers=[{"targetGroupArn": f"{w.target_group}x", "containerName": "c"}]),
        "InvalidParameterException",
        "loadBalancers[0].targetGroupArn",
    ),
    *(
        (
            "ecs:CreateService",
            lambda w, given=given: service(w, **given),
            "InvalidParameterException",
            f"deploymentConfiguration.{place}",
        )
        for given, place in (
            ({"deploymentConfiguration": {"minimumHealthyPercent": 101}}, "minimumHealthyPercent"),
            ({"deploymentConfiguration": {"maximumPercent": 99, "minimumHealthyPercent": 0}}, "maximumPercent"),
            (
                {
                    "availabilityZoneRebalancing": "ENABLED",
                    "deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 0},
                },
                "maximumPercent",
            ),
        )
    ),
    (
        "ecs:RegisterTaskDefinition",
        lambda _: definition({}) | {"containerDefinitions": [{"name": "c", "image": "i"}] * 2},
        "ClientException",
        "containerDefinitions",
    ),
    (
        "ecs:RegisterTaskDefinition",
        lambda _: {"family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]},
        "ClientException",
        "containerDefinitions[0].memory",
    ),
    *(
        (
            "ecs:RegisterTaskDefinition",
            lambda _, one=one: definition(one),
            "ClientException",
            f"containerDefinitions[0].{place}",
        )
        for one, place in (
            ({"image": ""}, "image"),
            ({"dependsOn": [{"containerName": "c", "condition": "HEALTHY"}]}, "dependsOn[0].condition"),
            ({"dependsOn": [{"containerName": "c", "condition": "SUCCESS"}]}, "dependsOn[0].condition"),
            ({"healthCheck": {"command": ["CMD"], "timeout": 1}}, "healthCheck.timeout"),
            ({"healthCheck": {"command": ["CMD"], "retries": 11}}, "healthCheck.retries"),
            ({"healthCheck": {"command": ["CMD"], "startPeriod": 301}}, "healthCheck.startPeriod"),
            ({"healthCheck": {"command": ["curl"]}}, "healthCheck.command"),
            ({"restartPolicy": {"enabled": True, "restartAttemptPeriod": 59}}, "restartPolicy.restartAttemptPeriod"),
            (logs({"awslogs-group": ""}), "logConfiguration.options"),
            (logs({"awslogs-region": ""}), "logConfiguration.options"),
            (logs({"awslogs-stream-prefix": ""}), "logConfiguration.options"),
        )
    ),
    *(
        (
            "ecs:RegisterTaskDefinition",
            lambda _, one=one: fargate(one),
            "ClientException",
            f"containerDefinitions[0].{place}",
        )
        for one, place in (
            ({"linuxParameters": {"devices": [{"hostPath": "/dev/x"}]}}, "linuxParameters.devices"),
            ({"linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}}, "linuxParameters.tmpfs"),
            ({"linuxParameters": {"sharedMemorySize": 1}}, "linuxParameters.sharedMemorySize"),
            ({"linuxParameters": {"maxSwap": 1}}, "linuxParameters.maxSwap"),
            ({"linuxParameters": {"swappiness": 1}}, "linuxParameters.swappiness"),
            (logs({}, "syslog"), "logConfiguration.logDriver"),
        )
    ),
    ("ecs:RegisterTaskDefinition", lambda _: definition({}, taskRoleArn=GONE_ROLE), "ClientException", "taskRoleArn"),
    (
        "ecr:CreateRepository",
        lambda w: {
            "repositoryName": "images",
            "encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": w.key},
        },
        "InvalidParameterException",
        "encryptionConfiguration.kmsKey",
    ),
    (
        "ecr:CreateRepository",
        lambda w: {
            "repositoryName": "images",
            "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": w.locked_key},
        },
        "KmsException",
        "encryptionConfiguration.kmsKey",
    ),
    (
        "application-autoscaling:RegisterScalableTarget",
        lambda _: {
            "ServiceNamespace": "dynamodb",
            "ResourceId": "table/t",
            "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
            "MinCapacity": -1,
        },
        "ValidationException",
        "MinCapacity",
    ),
    (
        "application-autoscaling:PutScalingPolicy",
        lambda _: scaling(TargetValue=1.0),
        "ObjectNotFoundException",
        "ResourceId",
    ),
    (
        "ecr:PutLifecyclePolicy",
        lambda _: images(image_rule(), image_rule()),
        "InvalidParameterException",
        "lifecyclePolicyText.rules.rulePriority",
    ),
    *(
        (
            "ecr:PutLifecyclePolicy",
            lambda _, one=one: images(image_rule(**one)),
            "InvalidParameterException",
            f"lifecyclePolicyText.rules[0].selection.{place}",
        )
        for one, place in (
            ({"countType": "all"}, "countType"),
            ({"countNumber": 0}, "countNumber"),
            ({"countNumber": 1.5}, "countNumber"),
        )
    ),
    (
        "ecs:CreateCluster",
        lambda _: {"clusterName": "t", "tags": [{"key": f"k{n}", "value": "v"} for n in range(51)]},
        "InvalidParameterException",
        "tags",
    ),
)
