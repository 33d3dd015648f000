"""IAM: the size of policies. Other rules are in iam.toml and principals.toml."""

from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.documents import size
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

INLINE, MANAGED = 10_240, 6_144
"""Characters, without white space, of all inline policies of a role together, and of one managed policy."""


@rule("iam", "PutRolePolicy", "CreatePolicy", source="IAM/latest/UserGuide/reference_iam-quotas.html")
def policy_size(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The inline policies of a role, or a managed policy, are within the quota."""
    total, most = size(str(call.params.get("PolicyDocument", ""))), MANAGED
    if call.operation == "PutRolePolicy":
        role = cloud.role(str(call.params.get("RoleName")))
        held = dict(role.policies) if role is not None else {}
        held.pop(call.params.get("PolicyName"), None)
        total, most = total + sum(map(size, held.values())), INLINE
    if total > most:
        said = f"Maximum policy size of {most} characters exceeded"
        yield Refusal("LimitExceeded", "PolicyDocument", f"{total} characters", said, 409)
