"""Who may assume a pipeline's roles, and what a plan may ask AWS; what a deployment may do is in deployment_access."""

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.policies import Condition, Statement, policy

import attrs

ISSUER = "token.actions.githubusercontent.com"
"""GitHub's OpenID Connect provider, of which an account has one (its documentation)."""
AUDIENCE = "sts.amazonaws.com"
DEPLOYED_BRANCH = "main"
"""Whose workflows may plan; a deployment is bound to GitHub's environment instead, where approvals are."""
STATE_KEY = "terraform.tfstate"
PATH = "/pipelines/"
"""Where a pipeline's roles and policies are: not where the environment's own are, which the pipeline may write."""

READS = {
    "acm": ("DescribeCertificate", "ListTagsForCertificate"),
    "application-autoscaling": ("DescribeScalableTargets", "DescribeScalingPolicies", "ListTagsForResource"),
    "cloudwatch": ("DescribeAlarms", "GetDashboard", "ListTagsForResource"),
    "cognito-idp": ("DescribeUserPoolDomain",),
    "dynamodb": ("DescribeContinuousBackups", "DescribeTable", "ListTagsOfResource"),
    "ec2": ("Describe*", "GetSecurityGroupsForVpc"),
    "ecr": ("DescribeRepositories", "GetLifecyclePolicy", "GetRepositoryPolicy", "ListTagsForResource"),
    "ecs": ("Describe*", "ListServiceDeployments", "ListTagsForResource"),
    "elasticloadbalancing": ("Describe*",),
    "iam": ("GetRole", "GetRolePolicy", "List*"),
    "kms": ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListAliases", "ListGrants", "ListResourceTags"),
    "logs": ("Describe*", "GetLogDelivery", "ListLogDeliveries", "ListTagsForResource"),
    "route53": ("GetChange", "GetHostedZone", "ListHostedZones*", "ListResourceRecordSets", "ListTagsForResource"),
    "s3": (
        "GetAccelerateConfiguration",
        "GetBucket*",
        "GetEncryptionConfiguration",
        "GetLifecycleConfiguration",
        "GetReplicationConfiguration",
        "ListAllMyBuckets",
        "ListBucket",
        "ListTagsForResource",
    ),
    "secretsmanager": ("DescribeSecret", "GetResourcePolicy"),
    "sns": ("GetSubscriptionAttributes", "GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource"),
    "wafv2": ("GetLoggingConfiguration", "GetWebACL", "GetWebACLForResource", "ListTagsForResource"),
}
"""What a refresh reads, by service: settings and names of the whole account, no object, log line or secret's value."""
USERS = (
    *("DescribeResourceServer", "DescribeUserPool", "DescribeUserPoolClient", "GetUserPoolMfaConfig"),
    "ListTagsForResource",
)
"""What it reads of this environment's user pool alone: a client's secret comes with its settings."""


def calls(service: str, *names: str) -> tuple[str, ...]:
    """A service's actions as IAM writes them."""
    return tuple(f"{service}:{name}" for name in names)


def oidc_provider_arn(partition: str, account_id: str) -> str:
    """The account's OpenID Connect provider for GitHub."""
    return f"arn:{partition}:iam::{account_id}:oidc-provider/{ISSUER}"


def trust(provider_arn: str, subject: str) -> str:
    """Who may assume a role: workflow runs whose token has exactly this subject."""
    return policy(
        Statement(
            sid="AssumedByWorkflow",
            actions=("sts:AssumeRoleWithWebIdentity",),
            federated=(provider_arn,),
            conditions=(
                Condition("StringEquals", f"{ISSUER}:aud", (AUDIENCE,)),
                Condition("StringEquals", f"{ISSUER}:sub", (subject,)),
            ),
        )
    )


@attrs.frozen(kw_only=True)
class Scope:
    """One environment in one account and region."""

    names: Names
    partition: str
    region: str
    account_id: str

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    @property
    def tagged(self) -> Condition:
        """That a resource carries this environment's tag."""
        return Condition("StringEquals", "aws:ResourceTag/Environment", (self.names.environment,))

    @property
    def boundary(self) -> str:
        """The ARN of the most that a role of the environment may do where a pipeline writes it."""
        return f"arn:{self.partition}:iam::{self.account_id}:policy{PATH}{self.names.pipeline_role('boundary')}"

    @property
    def state(self) -> str:
        """The ARN of the environment's state."""
        return f"arn:{self.partition}:s3:::{self.names.state_bucket}/{STATE_KEY}"


def plan(scope: Scope) -> tuple[Statement, ...]:
    """Read the state and what it describes, and hold the state's lock meanwhile.

    The state holds the secrets of the environment's Cognito clients; whoever may plan may read them.
    """
    actions = [action for service, names in READS.items() for action in calls(service, *names)]
    return (
        Statement(sid="ReadSettings", actions=tuple(actions), resources=("*",)),
        Statement(
            sid="ReadUsers",
            actions=calls("cognito-idp", *USERS),
            resources=(scope.arn("cognito-idp", "userpool/*"),),
            conditions=(scope.tagged,),
        ),
        Statement(sid="ReadState", actions=("s3:GetObject",), resources=(scope.state,)),
        Statement(
            sid="LockTable",
            actions=calls("dynamodb", "DeleteItem", "GetItem", "PutItem"),
            resources=(scope.arn("dynamodb", f"table/{scope.names.lock_table}"),),
        ),
        Statement(
            sid="LockFile",
            actions=calls("s3", "DeleteObject", "GetObject", "PutObject"),
            resources=(f"{scope.state}.tflock",),
        ),
    )
