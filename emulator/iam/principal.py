"""The caller of a call: the session of a role, with the role's policies and permissions boundary."""

import functools
import json
from typing import Any

from emulator.iam.evaluator import Document, Rights
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

import attrs
from moto.backends import get_backend
from moto.iam.models import AccessKey


@attrs.frozen
class Session:
    """An assumed role."""

    arn: str
    role_arn: str
    rights: Rights

    @property
    def keys(self) -> dict[str, str]:
        """The condition keys about the caller."""
        return {
            "aws:PrincipalArn": self.role_arn,
            "aws:PrincipalAccount": self.role_arn.split(":")[4],
            "aws:PrincipalType": "AssumedRole",
        }


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> Document:
    found: Document = json.loads(text)
    return found


def _document(text: Any) -> Document:
    return text if isinstance(text, dict) else _parsed(text)


def managed_document(policy: Any) -> Document:
    """The document of a managed policy's default version."""
    version = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return _document(version.document)


def rights_of(cloud: Cloud, role: Any) -> Rights:
    """The policies of a role by their names, ` (inline)` appended to inline ones, and its permissions boundary."""
    policies = cloud.backend("iam").managed_policies
    inline = {name: _document(text) for name, text in role.policies.items()}
    attached = {policy.name: managed_document(policy) for policy in role.managed_policies.values()}
    boundary = policies.get(role.permissions_boundary_arn) if role.permissions_boundary_arn else None
    return Rights(
        identity={**attached, **{f"{name} (inline)": document for name, document in inline.items()}},
        boundary=managed_document(boundary) if boundary is not None else None,
    )


def session_of(key: str) -> Any:
    """moto's session with an access key id; None where there is none."""
    backends: Any = get_backend("sts")
    for account in backends.values():
        for backend in account.values():
            if found := backend.get_assumed_role_from_access_key(key):
                return found
    return None


def caller(call: Call, cloud: Cloud) -> Session | None:
    """The caller's session of a role; None for the operator, who may do everything.

    moto also creates sessions of roles that do not exist. They count as the operator: tests use them to call as an
    account's administrator.
    """
    found = session_of(call.access_key)
    role = cloud.role(found.role_arn) if found is not None else None
    return Session(found.arn, found.role_arn, rights_of(cloud, role)) if role is not None else None


def session_for(cloud: Cloud, role_arn: str, name: str) -> AccessKey:
    """The access key of a new session of a role, with no check of the role's trust policy."""
    backends: Any = get_backend("sts")
    made = backends[cloud.account_id][cloud.partition].assume_role(cloud.region, name, role_arn, None, 3600, None)
    key: AccessKey = made.access_key
    return key
