"""Service-linked roles: what AWS creates in an account, once, at the first use of a service."""

import attrs


@attrs.frozen
class LinkedRole:
    """The role of one service ("Using service-linked roles" in each service's guide)."""

    service: str
    """Which service assumes it, e.g. `ecs.amazonaws.com`."""
    name: str
    made_by: str
    """The call of a deployment with which AWS creates it."""

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
    """Those that an environment needs, with WAF and a cache for rates or without."""
    return (*LINKED_ROLES, *((FIREWALL_ROLE,) if waf else ()), *((CACHE_ROLE,) if cache else ()))
