"""What a deployment may do: the calls that Terraform makes for this stack, on what is this environment's.

The embedded AWS evaluates these policies, and a test wants every statement to be needed. What the embedded AWS's IAM
does not ask for, and AWS's documentation lists, is marked in emulator/iam/dependent.py.
"""

from constructs_lib.helpers.pipeline_access import Scope, calls
from constructs_lib.helpers.policies import Condition, Statement

SERVICE_LINKED = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "wafv2.amazonaws.com",
)
"""The services that make a role of their own in an account at their first use."""


def named(scope: Scope) -> tuple[Statement, ...]:
    """Create, change and delete what AWS lets a policy name by the environment's own names."""
    names = scope.names
    service_roles = f"arn:{scope.partition}:iam::{scope.account_id}:role/aws-service-role/*"
    item = scope.state.rpartition(":::")[2]
    return (
        Statement(sid="WriteState", actions=("s3:PutObject",), resources=(scope.state,)),
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
            conditions=(Condition("StringEquals", "iam:AWSServiceName", SERVICE_LINKED),),
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
                scope.arn("kms", names.key_alias(purpose)) for purpose in ("logs", "secrets", "images", "alarms")
            ),
        ),
    )


def _keys(scope: Scope) -> tuple[Statement, ...]:
    keys = scope.arn("kms", "key/*")
    nameless = Condition("Null", "kms:ResourceAliases", ("true",))
    return (
        Statement(
            sid="NewKeys",
            actions=calls(
                "kms",
                *("CreateAlias", "DescribeKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus"),
                "ListResourceTags",
            ),
            resources=(keys,),
            conditions=(*scope.tagged_or_new, nameless),
        ),
        Statement(
            sid="GrantsToImages",
            actions=calls("kms", "CreateGrant", "RetireGrant"),
            resources=(keys,),
            conditions=(
                *scope.tagged_or_new,
                Condition("StringEquals", "kms:ViaService", (f"ecr.{scope.region}.{scope.dns_suffix}",)),
            ),
        ),
        # On `*`: KMS names no resource where it refuses the tags of a new key.
        Statement(
            sid="TagNewKeys",
            actions=("kms:TagResource",),
            resources=("*",),
            conditions=(*scope.requested, *scope.untagged, nameless, scope.here),
        ),
        Statement(
            sid="OurKeys",
            actions=calls(
                "kms",
                *("CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DisableKeyRotation", "EnableKeyRotation"),
                *("PutKeyPolicy", "ScheduleKeyDeletion", "TagResource", "UntagResource", "UpdateAlias"),
                "UpdateKeyDescription",
            ),
            resources=(keys,),
            conditions=scope.tagged,
        ),
    )


def _users(scope: Scope) -> tuple[Statement, ...]:
    pools = scope.arn("cognito-idp", "userpool/*")
    return (
        Statement(
            sid="TagNewUsers",
            actions=("cognito-idp:TagResource",),
            resources=(pools,),
            conditions=(*scope.requested, *scope.untagged),
        ),
        Statement(
            sid="OurUsers",
            actions=calls(
                "cognito-idp",
                *("CreateResourceServer", "CreateUserPoolClient", "CreateUserPoolDomain", "DeleteResourceServer"),
                *("DeleteUserPool", "DeleteUserPoolClient", "DeleteUserPoolDomain", "SetUserPoolMfaConfig"),
                *("TagResource", "UntagResource", "UpdateResourceServer", "UpdateUserPool", "UpdateUserPoolClient"),
            ),
            resources=(pools,),
            conditions=scope.tagged,
        ),
    )


def _scaling(scope: Scope) -> tuple[Statement, ...]:
    targets = scope.arn("application-autoscaling", "scalable-target/*")
    return (
        Statement(
            sid="NewScaling",
            actions=calls("application-autoscaling", "RegisterScalableTarget", "TagResource"),
            resources=(targets,),
            conditions=(*scope.requested, *scope.untagged),
        ),
        Statement(
            sid="OurScaling",
            actions=calls(
                "application-autoscaling",
                *("DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy"),
                *("RegisterScalableTarget", "TagResource", "UntagResource"),
            ),
            resources=(targets,),
            conditions=scope.tagged,
        ),
    )


def _domain(scope: Scope) -> tuple[Statement, ...]:
    """A certificate for the environment's name, its proof and the alias, in the one zone."""
    certificates = scope.arn("acm", "certificate/*")
    names = Condition("ForAllValues:StringEquals", "acm:DomainNames", (scope.domain_name,))
    records = Condition(
        "ForAllValues:StringLike",
        "route53:ChangeResourceRecordSetsNormalizedRecordNames",
        (scope.domain_name.lower(), f"_*.{scope.domain_name.lower()}"),
    )
    return (
        Statement(
            sid="NewCertificate",
            actions=("acm:RequestCertificate",),
            resources=("*",),
            conditions=(scope.here, names, *scope.requested),
        ),
        Statement(
            sid="TagNewCertificate",
            actions=("acm:AddTagsToCertificate",),
            resources=(certificates,),
            conditions=(*scope.requested, *scope.untagged),
        ),
        Statement(
            sid="OurCertificate",
            actions=calls("acm", "AddTagsToCertificate", "DeleteCertificate", "RemoveTagsFromCertificate"),
            resources=(certificates,),
            conditions=scope.tagged,
        ),
        Statement(
            sid="Records",
            actions=("route53:ChangeResourceRecordSets",),
            resources=(scope.zone_arn,),
            conditions=(records,),
        ),
        Statement(
            sid="RecordsWritten",
            actions=("route53:GetChange",),
            resources=(f"arn:{scope.partition}:route53:::change/*",),
        ),
    )


def numbered(scope: Scope) -> tuple[Statement, ...]:
    """The same for what AWS numbers itself: what is new gets the environment's tags, and what is not has them."""
    return (
        Statement(
            sid="NewKeysAndUsers",
            actions=("cognito-idp:CreateUserPool", "kms:CreateKey"),
            resources=("*",),
            conditions=(scope.here, *scope.requested),
        ),
        # AWS lets none of these be limited to what is this environment's (ADR 19).
        Statement(
            sid="WithoutResources",
            actions=(
                "ecs:DeregisterTaskDefinition",
                "elasticloadbalancing:SetWebAcl",
                "sns:Unsubscribe",
                *calls("logs", "CreateLogDelivery", "DeleteLogDelivery", "DeleteQueryDefinition"),
                *calls("logs", "DescribeResourcePolicies", "PutQueryDefinition", "PutResourcePolicy"),
            ),
            resources=("*",),
            conditions=(scope.here,),
        ),
        *_keys(scope),
        *_users(scope),
        *_scaling(scope),
        # Private DNS of an interface endpoint is a hosted zone of AWS's making, and Route 53 has no region.
        *(
            ()
            if scope.vpc_id
            else (Statement(sid="EndpointNames", actions=("route53:AssociateVPCWithHostedZone",), resources=("*",)),)
        ),
        *(_domain(scope) if scope.zone_arn else ()),
    )
