"""IAM: AWS managed policies, and the names of service-linked roles."""

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


def _load(backend: IAMBackend, arn: str) -> None:
    """Load one AWS managed policy into the account; moto would load all of them, which takes a second."""
    account, _, path = arn.partition(":iam::")[2].partition(":policy/")
    name = path.rpartition("/")[2]
    if account != "aws" or arn in backend.managed_policies or name not in _managed():
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, _managed()[name])
    if policy.arn == arn:
        backend.aws_managed_policies.append(policy)
        backend.managed_policies[arn] = policy


def attach_role_policy(self: IamResponse) -> ActionResult:
    """Moto's call, which needs the AWS managed policy to be loaded first."""
    _load(self.backend, self._get_param("PolicyArn"))
    return _attach_role_policy(self)


def create_service_linked_role(self: IamResponse) -> ActionResult:
    """Moto's call, with AWS's role names for the services in `linked_roles.NAMES`."""
    from emulator.iam import linked_roles  # noqa: PLC0415 (a cycle: its records' functions import the additions)

    service = self._get_param("AWSServiceName")
    if service in linked_roles.NAMES:
        return ActionResult({"Role": linked_roles.create(self.backend, service)})
    return _create_service_linked_role(self)
