"""Policies of the VPC endpoints: they allow only the task's calls, by principals of this account.

Without a policy an endpoint accepts credentials of any account, so data could leave to another account.
"""

from collections.abc import Iterable

from constructs_lib.helpers.policies import Condition, Statement, calls, policy
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.calls import INVOKE, ITEM_ACTIONS, PULL, SEND_TRACES, WRITE_LOGS
from constructs_lib.helpers.task.images import image_parts

ELSEWHERE = ("public.ecr.aws", "ghcr.io", "docker.io")
"""Registries whose layers do not come through the S3 endpoint; Docker Hub's short names do not either."""


def _keeps_layers_in_s3(image: str) -> bool:
    """Whether a registry may store the image's layers in an S3 bucket other than ECR's."""
    first, _, rest = image_parts(image)[0].partition("/")
    is_host = bool(rest) and ("." in first or ":" in first or first == "localhost")
    return is_host and first not in ELSEWHERE and ".dkr.ecr." not in first


def endpoint_policies(where: Scope, images: Iterable[str]) -> dict[str, str]:
    """Service, e.g. `ecr.api`, to the policy of its endpoint."""
    own = Condition("StringEquals", "aws:PrincipalAccount", (where.account_id,))

    def statement(sid: str, actions: tuple[str, ...], *resources: str) -> str:
        """A policy that allows principals of this account to call `actions`."""
        return policy(Statement(sid=sid, actions=actions, resources=resources, accounts=("*",), conditions=(own,)))

    groups = (where.arn("logs", f"log-group:{name}:*") for name in where.names.log_groups)
    pull = statement("PullThroughEndpoint", PULL, "*")  # repositories of any account; the login supports no resource
    # ECR returns signed URLs of a bucket of AWS (ECR user guide, "Minimum Amazon S3 bucket permissions").
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
