"""The caller: the session of a role, its policies and its boundary, as they are on the embedded AWS."""

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
    """A managed policy's default version."""
    version = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return _document(version.document)


def rights_of(cloud: Cloud, role: Any) -> Rights:
    """The policies of a role, inline and attached ones by their names, and its permissions boundary."""
    policies = cloud.backend("iam").managed_policies
    inline = {name: _document(text) for name, text in role.policies.items()}
    attached = {policy.name: managed_document(policy) for policy in role.managed_policies.values()}
    boundary = policies.get(role.permissions_boundary_arn) if role.permissions_boundary_arn else None
    return Rights(
        identity={**attached, **{f"{name} (inline)": document for name, document in inline.items()}},
        boundary=managed_document(boundary) if boundary is not None else None,
    )


def session_of(key: str) -> Any:
    """moto's session with an access key; None where there is none."""
    backends: Any = get_backend("sts")
    for account in backends.values():
        for backend in account.values():
            if found := backend.get_assumed_role_from_access_key(key):
                return found
    return None


def caller(call: Call, cloud: Cloud) -> Session | None:
    """The session of a role that exists; None for the operator, who may do everything.

    moto gives sessions of roles that do not exist, which are another way for a test to be an account's operator.
    """
    found = session_of(call.access_key)
    role = cloud.role(found.role_arn) if found is not None else None
    return Session(found.arn, found.role_arn, rights_of(cloud, role)) if role is not None else None


def session_for(cloud: Cloud, role_arn: str, name: str) -> AccessKey:
    """The key of a new session of a role, as a service gets one to start a task with."""
    backends: Any = get_backend("sts")
    made = backends[cloud.account_id][cloud.partition].assume_role(cloud.region, name, role_arn, None, 3600, None)
    key: AccessKey = made.access_key
    return key
