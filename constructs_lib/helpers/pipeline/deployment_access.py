"""What a deployment may do to what has the environment's own names: the calls that Terraform makes for this stack.

The embedded AWS evaluates these policies, and a test wants every statement to be needed. What AWS does in the caller's
name comes from its documentation (emulator/iam/dependent.py).
"""

from constructs_lib.helpers.pipeline.linked_roles import linked_roles
from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement


def _models() -> Statement:
    """Whether the account may invoke a model, in whichever region a route calls it; AWS's own have no owner."""
    reads = calls("bedrock", "GetFoundationModel", "GetFoundationModelAvailability", "GetInferenceProfile")
    return Statement(sid="LookForModels", actions=reads, resources=("*",))


def named(scope: Access) -> tuple[Statement, ...]:
    """Create, change and delete what AWS lets a policy name by the environment's own names."""
    names = scope.names
    linked = linked_roles(waf=scope.waf)
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
            sid="LogGroups",
            actions=calls(
                "logs",
                *("AssociateKmsKey", "CreateLogGroup", "DeleteLogGroup", "DeleteMetricFilter", "DisassociateKmsKey"),
                *("DeleteRetentionPolicy", "PutMetricFilter", "PutRetentionPolicy", "TagResource", "UntagResource"),
            ),
            resources=scope.log_groups,
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
            conditions=(Condition("StringEquals", "iam:AWSServiceName", tuple(one.service for one in linked)),),
        ),
        Statement(
            sid="LookForLinkedRoles",
            actions=("iam:GetRole",),
            # One that does not exist has no path yet, and is refused under its name alone.
            resources=tuple(
                scope.arn("iam", f"role/{path}{one.name}", region="")
                for one in linked
                for path in (f"aws-service-role/{one.service}/", "")
            ),
        ),
        *((_models(),) if scope.bedrock else ()),
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
            sid="KeyAliases",
            actions=calls("kms", "CreateAlias", "DeleteAlias", "UpdateAlias"),
            resources=tuple(
                scope.arn("kms", names.key_alias(purpose))
                for purpose in ("logs", "secrets", "images", "alarms", *(("usage",) if scope.usage else ()))
            ),
        ),
    )
