"""What a deployment may do to what serves requests, by the environment's own names: cluster, service, load balancer,
firewall and alarms.

Their requests name things of others: task definitions, subnets, what an alarm does, where a log goes. Conditions limit
those as well.
"""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement

UNUSED = ("ebs-volumes", "execute-command", "service-connect", "vpc-lattice")
"""What an ECS service can reach beyond its network, and this one does not."""


def _firewall(scope: Access) -> Statement:
    """The web ACL, whose log goes to the environment's own group."""
    log = scope.arn("logs", f"log-group:{scope.names.waf_log_group}")
    return Statement(
        sid="Firewall",
        actions=calls(
            "wafv2",
            *("AssociateWebACL", "CreateWebACL", "DeleteLoggingConfiguration", "DeleteWebACL"),
            *("DisassociateWebACL", "PutLoggingConfiguration", "TagResource", "UntagResource", "UpdateWebACL"),
        ),
        resources=(scope.web_acl, scope.arn("wafv2", "regional/managedruleset/*"), scope.load_balancer),
        conditions=(Condition("ArnLikeIfExists", "wafv2:LogDestinationResource", (log, f"{log}:*")),),
    )


def running(scope: Access) -> tuple[Statement, ...]:
    """Create, change and delete them."""
    names = scope.names
    return (
        Statement(
            sid="Cluster",
            actions=calls(
                "ecs",
                *("CreateCluster", "DeleteCluster", "DeleteService", "PutClusterCapacityProviders"),
                *("RegisterTaskDefinition", "TagResource", "UntagResource", "UpdateCluster"),
            ),
            resources=(*scope.service, scope.task_definitions),
        ),
        # A service runs any task definition of the account with that one's roles: ECS asks for iam:PassRole where it is
        # registered only. And it registers its tasks with any target group of the VPC that they are in.
        Statement(
            sid="Service",
            actions=calls("ecs", "CreateService", "UpdateService"),
            resources=scope.service,
            conditions=(
                Condition("ArnLikeIfExists", "ecs:task-definition", (scope.task_definitions,)),
                Condition("ForAllValues:StringLike", "ecs:subnet", scope.private_subnets),
                *(Condition("StringEqualsIfExists", f"ecs:enable-{what}", ("false",)) for what in UNUSED),
            ),
        ),
        Statement(
            sid="LoadBalancer",
            actions=calls(
                "elasticloadbalancing",
                *("AddTags", "CreateListener", "CreateLoadBalancer", "CreateTargetGroup", "DeleteListener"),
                *("DeleteLoadBalancer", "DeleteTargetGroup", "ModifyListener", "ModifyListenerAttributes"),
                *("ModifyLoadBalancerAttributes", "ModifyTargetGroup", "ModifyTargetGroupAttributes"),
                *("RemoveTags", "SetIpAddressType", "SetSecurityGroups", "SetSubnets"),
            ),
            resources=(
                scope.load_balancer,
                scope.arn("elasticloadbalancing", f"listener/app/{names.load_balancer}/*"),
                scope.arn("elasticloadbalancing", f"targetgroup/{names.target_group}/*"),
            ),
            conditions=(
                Condition(
                    "ForAllValues:StringLike",
                    "elasticloadbalancing:Subnet",
                    tuple(dict.fromkeys((*scope.public_subnets, *scope.private_subnets))),
                ),
            ),
        ),
        *((_firewall(scope),) if scope.waf else ()),
        Statement(
            sid="Alarms",
            actions=calls("cloudwatch", "DeleteAlarms", "PutMetricAlarm", "TagResource", "UntagResource"),
            resources=scope.alarms,
            # An alarm could stop instances of others (CloudWatch user guide, "Using condition keys to limit alarm
            # actions").
            conditions=(Condition("ForAllValues:StringLike", "cloudwatch:AlarmActions", scope.alarm_actions),),
        ),
        Statement(
            sid="Dashboard",
            actions=calls("cloudwatch", "DeleteDashboards", "PutDashboard"),
            resources=(scope.dashboard,),
        ),
    )
