"""What may be called through each VPC endpoint: what the task calls, by this account's principals.

Without a policy an endpoint lets credentials of any account through, and so lets data out to another account.
"""

from collections.abc import Iterable

from constructs_lib.helpers.policies import Condition, Statement, calls, policy
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.calls import INVOKE, ITEM_ACTIONS, PULL, SEND_TRACES, WRITE_LOGS
from constructs_lib.helpers.task.images import image_parts

ELSEWHERE = ("public.ecr.aws", "ghcr.io", "docker.io")
"""Registries beyond Docker Hub's short names whose layers do not come from S3, or from a host in front of it."""


def _keeps_layers_in_s3(image: str) -> bool:
    """Whether an image's layers may come from a bucket that is not ECR's, through the endpoint for S3."""
    first, _, rest = image_parts(image)[0].partition("/")
    is_host = bool(rest) and ("." in first or ":" in first or first == "localhost")
    return is_host and first not in ELSEWHERE and ".dkr.ecr." not in first


def endpoint_policies(where: Scope, images: Iterable[str]) -> dict[str, str]:
    """The policy of each service's endpoint by the service's name, e.g. `ecr.api`."""
    own = Condition("StringEquals", "aws:PrincipalAccount", (where.account_id,))

    def statement(sid: str, actions: tuple[str, ...], *resources: str) -> str:
        """The policy of an endpoint that lets this account's principals call these."""
        return policy(Statement(sid=sid, actions=actions, resources=resources, accounts=("*",), conditions=(own,)))

    groups = (where.arn("logs", f"log-group:{name}:*") for name in where.names.log_groups)
    pull = statement("PullThroughEndpoint", PULL, "*")  # of any account's repository, and the login takes no resource
    # ECR hands out signed addresses in a bucket of AWS's (ECR user guide, "Minimum Amazon S3 bucket permissions").
    layers = where.bucket(f"prod-{where.region}-starport-layer-bucket/*")
    if any(map(_keeps_layers_in_s3, images)):
        layers = "*"
    return {
        "bedrock-runtime": statement(
            "InvokeThroughEndpoint",
            INVOKE,
            where.arn("bedrock", "foundation-model/*", region="*", account_id=""),
            where.arn("bedrock", "inference-profile/*", region="*"),
        ),
        "dynamodb": statement(
            "CountThroughEndpoint",
            calls("dynamodb", *ITEM_ACTIONS),
            where.arn("dynamodb", f"table/{where.names.usage_table}"),
        ),
        "ecr.api": pull,
        "ecr.dkr": pull,
        "logs": statement("LogThroughEndpoint", WRITE_LOGS, *groups),
        "s3": policy(Statement(sid="ImageLayers", actions=("s3:GetObject",), resources=(layers,), accounts=("*",))),
        "secretsmanager": statement(
            "ReadSecretsThroughEndpoint",
            ("secretsmanager:GetSecretValue",),
            where.arn("secretsmanager", f"secret:{where.names.path}/*"),
        ),
        "xray": statement("TraceThroughEndpoint", SEND_TRACES, "*"),
    }
