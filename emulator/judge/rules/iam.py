"""IAM: the grammar and the size of policies, how many a role has, and principals that exist."""

from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.documents import listed, malformed, size, statements
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.judge.rules.principals import missing_roles
from emulator.wire.calls import Call

QUOTAS = "IAM/latest/UserGuide/reference_iam-quotas.html"
INLINE, MANAGED, TRUST = 10_240, 6_144, 2_048
"""Characters of all inline policies of a role, of a managed policy, and of a trust policy."""
MANAGED_PER_ROLE = 10
MALFORMED = "MalformedPolicyDocument"


@rule("iam", "PutRolePolicy", "CreatePolicy", source="IAM/latest/UserGuide/reference_policies_grammar.html")
def identity_policy(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A policy of a role or on its own keeps the grammar and names resources."""
    text = str(call.params.get("PolicyDocument", ""))
    yield from malformed(text, member="PolicyDocument", code=MALFORMED, with_principal=False)
    for number, one in enumerate(statements(text)):
        if not listed(one.get("Resource")) and not listed(one.get("NotResource")):
            place = f"PolicyDocument.Statement[{number}].Resource"
            yield Refusal(MALFORMED, place, one.get("Resource"), "a statement must name resources")
        for resource in listed(one.get("Resource")):
            if resource != "*" and not str(resource).startswith(("arn:", "*")):
                place = f"PolicyDocument.Statement[{number}].Resource"
                yield Refusal(MALFORMED, place, resource, 'must be in ARN format or "*"')
        for action in listed(one.get("Action")):
            if action != "*" and ":" not in str(action):
                place = f"PolicyDocument.Statement[{number}].Action"
                yield Refusal(
                    MALFORMED, place, action, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb"
                )


@rule("iam", "PutRolePolicy", "CreatePolicy", source=QUOTAS)
def policy_size(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """All inline policies of a role together, or one managed policy."""
    text = str(call.params.get("PolicyDocument", ""))
    total, most = size(text), MANAGED
    if call.operation == "PutRolePolicy":
        role = cloud.role(str(call.params.get("RoleName")))
        held = dict(role.policies) if role is not None else {}
        held.pop(call.params.get("PolicyName"), None)
        total, most = total + sum(map(size, held.values())), INLINE
    if total > most:
        said = f"Maximum policy size of {most} characters exceeded"
        yield Refusal("LimitExceeded", "PolicyDocument", f"{total} characters", said, 409)


@rule("iam", "CreateRole", "UpdateAssumeRolePolicy", source=QUOTAS)
def trust_policy(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A trust policy keeps grammar and size, and trusts roles of this account that exist."""
    member = "AssumeRolePolicyDocument" if call.operation == "CreateRole" else "PolicyDocument"
    text = str(call.params.get(member, ""))
    yield from malformed(text, member=member, code=MALFORMED, with_principal=True)
    if size(text) > TRUST:
        yield Refusal("LimitExceeded", member, f"{size(text)} characters", f"at most {TRUST} are allowed", 409)
    for place, name in missing_roles(text, cloud, member):
        yield Refusal(MALFORMED, place, name, "Invalid principal in policy: there is no such role")
    for number, one in enumerate(statements(text)):
        if "Resource" in one or "NotResource" in one:
            place = f"{member}.Statement[{number}].Resource"
            yield Refusal(MALFORMED, place, one.get("Resource"), "Has prohibited field Resource")


@rule("iam", "CreateRole", "PutRolePermissionsBoundary", source="IAM/latest/APIReference/API_CreateRole.html")
def boundary(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A permissions boundary is a policy that exists."""
    arn = call.params.get("PermissionsBoundary")
    if arn is not None and arn not in cloud.backend("iam").managed_policies:
        said = "Scope ARN does not exist or is not attachable"
        yield Refusal("NoSuchEntity", "PermissionsBoundary", arn, said, 404)


@rule("iam", "AttachRolePolicy", source=QUOTAS)
def attachments(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """At most ten managed policies on a role."""
    role = cloud.role(str(call.params.get("RoleName")))
    held = set(role.managed_policies) if role is not None else set()
    if len(held | {call.params.get("PolicyArn")}) > MANAGED_PER_ROLE:
        said = f"Cannot exceed quota for PoliciesPerRole: {MANAGED_PER_ROLE}"
        yield Refusal("LimitExceeded", "PolicyArn", call.params.get("PolicyArn"), said, 409)
