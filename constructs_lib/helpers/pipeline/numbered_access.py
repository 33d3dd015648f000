"""What a deployment may do to what AWS numbers: keys, user pools and scalable targets, certificates and records."""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement

OF_FIREWALL = (
    "elasticloadbalancing:SetWebAcl",
    *calls("logs", "CreateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies", "PutResourcePolicy"),
)
"""What a web ACL and its log need (AWS WAF developer guide, "Sending web ACL traffic logs to a CloudWatch Logs log
group")."""


def _keys(scope: Access) -> tuple[Statement, ...]:
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
                Condition("StringEquals", "kms:ViaService", (scope.host("ecr"),)),
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
            conditions=(*scope.tagged, *scope.kept),
        ),
    )


def _users(scope: Access) -> tuple[Statement, ...]:
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
            conditions=(*scope.tagged, *scope.kept),
        ),
    )


def _scaling(scope: Access) -> tuple[Statement, ...]:
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
            conditions=(*scope.tagged, *scope.kept),
        ),
    )


def domain(scope: Access) -> tuple[Statement, ...]:
    """A certificate for the environment's name, its proof and the alias, in the one zone."""
    certificates = scope.arn("acm", "certificate/*")
    names = Condition("ForAllValues:StringEquals", "acm:DomainNames", (scope.domain_name,))
    # An NS record would take every name below along, and `_*` every proof of those names: ACM's are `_` and 32 digits.
    name, proof = scope.domain_name.lower(), f"_{'?' * 32}"
    change = "route53:ChangeResourceRecordSets"
    records = (
        Condition("ForAllValues:StringLike", f"{change}NormalizedRecordNames", (name, f"{proof}.{name}")),
        Condition("ForAllValues:StringEquals", f"{change}RecordTypes", ("A", "AAAA", "CNAME")),
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
            conditions=(*scope.tagged, *scope.kept),
        ),
        Statement(
            sid="Records",
            actions=("route53:ChangeResourceRecordSets",),
            resources=(scope.zone_arn,),
            conditions=records,
        ),
        Statement(
            sid="RecordsWritten",
            actions=("route53:GetChange",),
            resources=(scope.arn("route53", "change/*", region="", account_id=""),),
        ),
    )


def numbered(scope: Access) -> tuple[Statement, ...]:
    """Create what AWS numbers with the environment's tags, and change and delete what has them."""
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
                "sns:Unsubscribe",
                *calls("logs", "DeleteQueryDefinition", "PutQueryDefinition"),
                *(OF_FIREWALL if scope.waf else ()),
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
    )
