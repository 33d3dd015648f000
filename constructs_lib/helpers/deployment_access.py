"""What a deployment may do: the calls that Terraform makes for this stack, on what is this environment's.

The lists are the calls of deployments, changes and destroys on the embedded AWS (a test compares them with its log;
S3's and Route 53's it cannot), the update calls of the same resources, and what AWS asks for and moto does not: grants
on the images' key, log deliveries, service-linked roles.
"""

from constructs_lib.helpers.pipeline_access import Scope, calls
from constructs_lib.helpers.policies import Condition, Statement

NETWORK = (
    *("AllocateAddress", "AssociateRouteTable", "AttachInternetGateway", "AuthorizeSecurityGroup*", "CreateFlowLogs"),
    *("CreateInternetGateway", "CreateNatGateway", "CreateRoute", "CreateRouteTable", "CreateSecurityGroup"),
    *("CreateSubnet", "CreateTags", "CreateVpc", "CreateVpcEndpoint", "DeleteFlowLogs", "DeleteInternetGateway"),
    *("DeleteNatGateway", "DeleteRoute", "DeleteRouteTable", "DeleteSecurityGroup", "DeleteSubnet", "DeleteTags"),
    *("DeleteVpc", "DeleteVpcEndpoints", "DetachInternetGateway", "DisassociateAddress", "DisassociateRouteTable"),
    *("ModifySecurityGroupRules", "ModifySubnetAttribute", "ModifyVpcAttribute", "ModifyVpcEndpoint"),
    *("ReleaseAddress", "ReplaceRoute", "ReplaceRouteTableAssociation", "RevokeSecurityGroup*"),
    "UpdateSecurityGroupRuleDescriptions*",
)
ALARMS = (
    *("5xx", "provider-errors-*", "response-time-p99", "tasks-at-ceiling", "tasks-below-minimum", "unhealthy-hosts"),
    "waf-blocks",
)
"""Not every name that starts like this environment's: `dev-2` starts like `dev`."""
SERVICE_LINKED = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "wafv2.amazonaws.com",
)
"""The services that make a role of their own in an account at their first use."""


def named(scope: Scope) -> tuple[Statement, ...]:
    """Make, change and delete what AWS lets a policy name by the environment's own names."""
    names = scope.names
    logs = [scope.arn("logs", f"log-group:{name}") for name in names.log_groups]
    bucket = f"arn:{scope.partition}:s3:::{names.access_log_bucket(scope.account_id)}"
    balancer = scope.arn("elasticloadbalancing", f"loadbalancer/app/{names.load_balancer}/*")
    service_roles = f"arn:{scope.partition}:iam::{scope.account_id}:role/aws-service-role/*"
    roles = tuple(
        f"arn:{scope.partition}:iam::{scope.account_id}:role/{names.role(purpose)}"
        for purpose in ("execution", "task", "flow-logs")
    )
    return (
        Statement(sid="WriteState", actions=("s3:PutObject",), resources=(scope.state,)),
        Statement(
            sid="Alarms",
            actions=calls("cloudwatch", "DeleteAlarms", "PutMetricAlarm", "TagResource", "UntagResource"),
            resources=(
                *(scope.arn("cloudwatch", f"alarm:{names.alarm(what)}") for what in ALARMS),
                # Autoscaling makes them, with the rights of whoever puts its policy.
                scope.arn("cloudwatch", f"alarm:TargetTracking-service/{names.cluster}/{names.service}-*"),
            ),
        ),
        Statement(
            sid="Dashboard",
            actions=calls("cloudwatch", "DeleteDashboards", "PutDashboard"),
            resources=(f"arn:{scope.partition}:cloudwatch::{scope.account_id}:dashboard/{names.dashboard}",),
        ),
        Statement(
            sid="LogGroups",
            actions=calls(
                "logs",
                *(
                    "AssociateKmsKey",
                    "CreateLogGroup",
                    "DeleteLogGroup",
                    "DeleteMetricFilter",
                    "DisassociateKmsKey",
                ),
                *("DeleteRetentionPolicy", "PutMetricFilter", "PutRetentionPolicy", "TagResource", "UntagResource"),
            ),
            resources=(*logs, *(f"{arn}:*" for arn in logs)),
        ),
        Statement(
            sid="Service",
            actions=calls(
                "ecs",
                *(
                    "CreateCluster",
                    "CreateService",
                    "DeleteCluster",
                    "DeleteService",
                    "PutClusterCapacityProviders",
                ),
                *("RegisterTaskDefinition", "TagResource", "UntagResource", "UpdateCluster", "UpdateService"),
            ),
            resources=(
                scope.arn("ecs", f"cluster/{names.cluster}"),
                scope.arn("ecs", f"service/{names.cluster}/{names.service}"),
                scope.arn("ecs", f"task-definition/{names.family}:*"),
            ),
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
        Statement(
            sid="SecretsWithoutValues",
            actions=calls(
                "secretsmanager", "CreateSecret", "DeleteSecret", "TagResource", "UntagResource", "UpdateSecret"
            ),
            resources=(scope.arn("secretsmanager", f"secret:{names.path}/*"),),
        ),
        Statement(
            sid="Roles",
            actions=calls("iam", "DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole"),
            resources=roles,
        ),
        # What could give a role more is only for roles that the boundary holds.
        Statement(
            sid="BoundedRoles",
            actions=calls("iam", "CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"),
            resources=roles,
            conditions=(Condition("ArnEquals", "iam:PermissionsBoundary", (scope.boundary,)),),
        ),
        Statement(
            sid="PassRoles",
            actions=("iam:PassRole",),
            resources=roles,
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
                *("PutBucketTagging", "PutBucketVersioning"),
                *("PutEncryptionConfiguration", "PutLifecycleConfiguration"),
            ),
            resources=(bucket,),
        ),
        Statement(
            sid="EmptyAccessLogs",
            actions=calls("s3", "DeleteObject", "DeleteObjectVersion"),
            resources=(f"{bucket}/*",),
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
                balancer,
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
            resources=(
                scope.arn("wafv2", f"regional/webacl/{names.web_acl}/*"),
                scope.arn("wafv2", "regional/managedruleset/*"),
                balancer,
            ),
        ),
        Statement(
            sid="KeyAliases",
            actions=calls("kms", "CreateAlias", "DeleteAlias", "UpdateAlias"),
            resources=tuple(
                scope.arn("kms", names.key_alias(purpose)) for purpose in ("logs", "secrets", "images", "alarms")
            ),
        ),
    )


def numbered(scope: Scope, *, dns_suffix: str, zone: bool) -> tuple[Statement, ...]:
    """The same for what AWS numbers itself: bound to the region, and where it is not new, to the environment's tag.

    `zone`: whether the environment has a name of its own in Route 53, with a certificate.
    """
    here = Condition("StringEquals", "aws:RequestedRegion", (scope.region,))
    mine = scope.tagged
    new = (
        Condition("StringEquals", "aws:RequestTag/Environment", (scope.names.environment,)),
        Condition("Null", "aws:ResourceTag/Environment", ("true",)),
    )
    keys, pools = scope.arn("kms", "key/*"), scope.arn("cognito-idp", "userpool/*")
    certificates = Statement(
        sid="Certificate",
        actions=calls("acm", "AddTagsToCertificate", "DeleteCertificate", "RemoveTagsFromCertificate"),
        resources=(scope.arn("acm", "certificate/*"),),
    )
    records = Statement(
        sid="Records",
        actions=("route53:ChangeResourceRecordSets",),
        resources=(f"arn:{scope.partition}:route53:::hostedzone/*",),
    )
    return (
        Statement(sid="Network", actions=calls("ec2", *NETWORK), resources=("*",), conditions=(here,)),
        Statement(
            sid="WithoutResources",
            actions=(
                *(("acm:RequestCertificate",) if zone else ()),
                "cognito-idp:CreateUserPool",
                "ecs:DeregisterTaskDefinition",
                "elasticloadbalancing:SetWebAcl",
                "kms:CreateKey",
                "sns:Unsubscribe",
                *calls("logs", "CreateLogDelivery", "DeleteLogDelivery", "DeleteQueryDefinition"),
                *calls("logs", "PutQueryDefinition", "PutResourcePolicy", "UpdateLogDelivery"),
            ),
            resources=("*",),
            conditions=(here,),
        ),
        Statement(
            sid="Scaling",
            actions=calls(
                "application-autoscaling",
                *("DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy"),
                *("RegisterScalableTarget", "TagResource", "UntagResource"),
            ),
            resources=(scope.arn("application-autoscaling", "scalable-target/*"),),
        ),
        # A tag counts for KMS some minutes after it was written, so a new key's first calls cannot ask for it.
        Statement(sid="NewKeys", actions=calls("kms", "CreateAlias", "EnableKeyRotation"), resources=(keys,)),
        Statement(
            sid="GrantsToImages",
            actions=calls("kms", "CreateGrant", "RetireGrant"),
            resources=(keys,),
            conditions=(Condition("StringEquals", "kms:ViaService", (f"ecr.{scope.region}.{dns_suffix}",)),),
        ),
        Statement(
            sid="TagNew",
            actions=("cognito-idp:TagResource", "kms:TagResource"),
            resources=(keys, pools),
            conditions=new,
        ),
        Statement(
            sid="OurKeys",
            actions=calls(
                "kms",
                *("CancelKeyDeletion", "DeleteAlias", "DisableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion"),
                *("TagResource", "UntagResource", "UpdateAlias", "UpdateKeyDescription"),
            ),
            resources=(keys,),
            conditions=(mine,),
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
            conditions=(mine,),
        ),
        # Private DNS of an interface endpoint is a hosted zone, and Route 53 has no region.
        Statement(sid="EndpointNames", actions=("route53:AssociateVPCWithHostedZone",), resources=("*",)),
        *((certificates, records) if zone else ()),
    )
