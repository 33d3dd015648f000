"""What a deployment may do to what has the environment's own names: the calls that Terraform makes for this stack.

The embedded AWS evaluates these policies, and a test wants every statement to be needed. What AWS does in the caller's
name comes from its documentation (emulator/iam/dependent.py).
"""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement

SERVICE_LINKED = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "wafv2.amazonaws.com",
)
CACHE_SERVICE = "elasticache.amazonaws.com"
"""The services that make a role of their own in an account at their first use, ElastiCache where there is a cache."""


def named(scope: Access) -> tuple[Statement, ...]:
    """Create, change and delete what AWS lets a policy name by the environment's own names."""
    names = scope.names
    service_roles = scope.arn("iam", "role/aws-service-role/*", region="")
    item = scope.state.rpartition(":::")[2]
    return (
        Statement(sid="WriteState", actions=("s3:PutObject",), resources=(scope.state,), conditions=(scope.own,)),
        Statement(
            sid="TakePlan",
            actions=calls("s3", "DeleteObject", "DeleteObjectVersion", "GetObject"),
            resources=(scope.plans,),
            conditions=(scope.own,),
        ),
        Statement(
            sid="WriteStateDigest",
            actions=("dynamodb:PutItem",),
            resources=(scope.arn("dynamodb", f"table/{names.lock_table}"),),
            conditions=(Condition("ForAllValues:StringEquals", "dynamodb:LeadingKeys", (f"{item}-md5",)),),
        ),
        Statement(
            sid="Alarms",
            actions=calls("cloudwatch", "DeleteAlarms", "PutMetricAlarm", "TagResource", "UntagResource"),
            resources=scope.alarms,
        ),
        Statement(
            sid="Dashboard",
            actions=calls("cloudwatch", "DeleteDashboards", "PutDashboard"),
            resources=(scope.dashboard,),
        ),
        Statement(
            sid="LogGroups",
            actions=calls(
                "logs",
                *("AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteMetricFilter", "DisassociateKmsKey"),
                *("DeleteRetentionPolicy", "PutMetricFilter", "PutRetentionPolicy", "TagResource", "UntagResource"),
            ),
            resources=scope.log_groups,
        ),
        Statement(
            sid="Service",
            actions=calls(
                "ecs",
                *("CreateCluster", "CreateService", "DeleteCluster", "DeleteService", "PutClusterCapacityProviders"),
                *("RegisterTaskDefinition", "TagResource", "UntagResource", "UpdateCluster", "UpdateService"),
            ),
            resources=(*scope.service, scope.arn("ecs", f"task-definition/{names.family}:*")),
        ),
        Statement(
            sid="Repository",
            actions=calls(
                "ecr",
                *("CreateRepository", "DeleteLifecyclePolicy", "DeleteRepository", "PutImageScanningConfiguration"),
                *("PutImageTagMutability", "PutLifecyclePolicy", "TagResource", "UntagResource"),
            ),
            resources=(scope.arn("ecr", f"repository/{names.repository}"),),
        ),
        Statement(
            sid="Topic",
            actions=calls(
                "sns",
                *("CreateTopic", "DeleteTopic", "SetTopicAttributes", "Subscribe", "TagResource", "UntagResource"),
            ),
            resources=(scope.arn("sns", names.topic),),
        ),
        # CreateSecret and UpdateSecret may carry a value, and AWS has no condition on that. None of them reads one.
        Statement(
            sid="SecretsWithoutReading",
            actions=calls(
                "secretsmanager", "CreateSecret", "DeleteSecret", "TagResource", "UntagResource", "UpdateSecret"
            ),
            resources=(scope.secrets,),
        ),
        Statement(
            sid="Roles",
            actions=calls("iam", "DeleteRole", "ListInstanceProfilesForRole", "TagRole", "UntagRole", "UpdateRole"),
            resources=scope.roles,
        ),
        # What could give a role more is only for roles that the boundary holds.
        Statement(
            sid="BoundedRoles",
            actions=calls("iam", "CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"),
            resources=scope.roles,
            conditions=(Condition("ArnEquals", "iam:PermissionsBoundary", (scope.boundary,)),),
        ),
        Statement(
            sid="PassRoles",
            actions=("iam:PassRole",),
            resources=scope.roles,
            conditions=(
                Condition(
                    "StringEquals",
                    "iam:PassedToService",
                    ("ecs-tasks.amazonaws.com", "vpc-flow-logs.amazonaws.com"),
                ),
            ),
        ),
        Statement(
            sid="ServiceLinkedRoles",
            actions=("iam:CreateServiceLinkedRole",),
            resources=(service_roles,),
            conditions=(
                Condition(
                    "StringEquals",
                    "iam:AWSServiceName",
                    (*SERVICE_LINKED, *((CACHE_SERVICE,) if scope.rate_limits else ())),
                ),
            ),
        ),
        Statement(
            sid="AccessLogs",
            actions=calls(
                "s3",
                *("CreateBucket", "DeleteBucket", "DeleteBucketPolicy", "ListBucketVersions"),
                *("PutBucketOwnershipControls", "PutBucketPolicy", "PutBucketPublicAccessBlock"),
                *("PutBucketTagging", "PutBucketVersioning", "PutEncryptionConfiguration"),
                *("PutLifecycleConfiguration", "TagResource", "UntagResource"),
            ),
            resources=(scope.access_logs,),
        ),
        Statement(
            sid="EmptyAccessLogs",
            actions=calls("s3", "DeleteObject", "DeleteObjectVersion"),
            resources=(f"{scope.access_logs}/*",),
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
        ),
        Statement(
            sid="Firewall",
            actions=calls(
                "wafv2",
                *("AssociateWebACL", "CreateWebACL", "DeleteLoggingConfiguration", "DeleteWebACL"),
                *("DisassociateWebACL", "PutLoggingConfiguration", "TagResource", "UntagResource", "UpdateWebACL"),
            ),
            resources=(scope.web_acl, scope.arn("wafv2", "regional/managedruleset/*"), scope.load_balancer),
        ),
        Statement(
            sid="KeyAliases",
            actions=calls("kms", "CreateAlias", "DeleteAlias", "UpdateAlias"),
            resources=tuple(
                scope.arn("kms", names.key_alias(purpose))
                for purpose in ("logs", "secrets", "images", "alarms", *(("usage",) if scope.usage else ()))
            ),
        ),
    )
