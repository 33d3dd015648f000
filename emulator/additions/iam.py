"""IAM: AWS's own managed policies, which every account can attach, and the names of service-linked roles."""

import json
from functools import cache
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend
from moto.iam.responses import IamResponse

_attach_role_policy = IamResponse.attach_role_policy
_create_service_linked_role = IamResponse.create_service_linked_role


@cache
def _managed() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return found


def _know(backend: IAMBackend, arn: str) -> None:
    """Put one of AWS's policies into the account; all of them, as moto would, take a second to read."""
    account, _, path = arn.partition(":iam::")[2].partition(":policy/")
    name = path.rpartition("/")[2]
    if account != "aws" or arn in backend.managed_policies or name not in _managed():
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _managed()[name])
    if policy.arn == arn:
        backend.aws_managed_policies.append(policy)
        backend.managed_policies[arn] = policy


def attach_role_policy(self: IamResponse) -> ActionResult:
    """Moto's own, which knows AWS's policies only where all of them were loaded."""
    _know(self.backend, self._get_param("PolicyArn"))
    return _attach_role_policy(self)


def create_service_linked_role(self: IamResponse) -> ActionResult:
    """Moto's own, which writes the names of these services' roles otherwise than AWS."""
    from emulator.iam import linked_roles  # noqa: PLC0415 (which reads records whose functions need the additions)

    service = self._get_param("AWSServiceName")
    if service in linked_roles.NAMES:
        return ActionResult({"Role": linked_roles.create(self.backend, service)})
    return _create_service_linked_role(self)
