"""Whether the account has the service-linked roles that AWS creates at the first use of a service."""

from constructs_lib.helpers.pipeline.linked_roles import LinkedRole, linked_roles
from ops.aws import Aws


def missing(aws: Aws) -> list[LinkedRole]:
    """The roles that the environment needs and the account lacks. Raises ClientError without iam:GetRole."""
    needed = linked_roles(waf=aws.environment.enable_waf, cache=aws.environment.rates_in_valkey)
    return [
        one
        for one in needed
        if aws.first("iam", "get_role", "[Role]", absent=("NoSuchEntity",), RoleName=one.name) is None
    ]
