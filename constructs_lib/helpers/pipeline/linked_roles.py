"""Service-linked roles, which AWS creates once per account when a service is first used."""

import attrs


@attrs.frozen
class LinkedRole:
    """The role of one service ("Using service-linked roles" in each service's guide)."""

    service: str
    """The service that assumes it, e.g. `ecs.amazonaws.com`."""
    name: str
    made_by: str
    """The API call on which AWS creates it."""

    @property
    def path(self) -> str:
        """Its path in IAM, without the first slash."""
        return f"aws-service-role/{self.service}/"


LINKED_ROLES = (
    LinkedRole("ecs.amazonaws.com", "AWSServiceRoleForECS", "ecs:CreateCluster"),
    LinkedRole(
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "application-autoscaling:RegisterScalableTarget",
    ),
    LinkedRole(
        "elasticloadbalancing.amazonaws.com",
        "AWSServiceRoleForElasticLoadBalancing",
        "elasticloadbalancing:CreateLoadBalancer",
    ),
)
FIREWALL_ROLE = LinkedRole("wafv2.amazonaws.com", "AWSServiceRoleForWAFV2Logging", "wafv2:PutLoggingConfiguration")
CACHE_ROLE = LinkedRole(
    "elasticache.amazonaws.com", "AWSServiceRoleForElastiCache", "elasticache:CreateReplicationGroup"
)


def linked_roles(*, waf: bool, cache: bool) -> tuple[LinkedRole, ...]:
    """The service-linked roles that an environment needs, with or without WAF and a rate limit cache."""
    return (*LINKED_ROLES, *((FIREWALL_ROLE,) if waf else ()), *((CACHE_ROLE,) if cache else ()))
