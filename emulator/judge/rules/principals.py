"""Policies of resources whose principals exist, and that stay within their service."""

from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.documents import listed, statements
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

OBJECT_ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:RestoreObject", "s3:AbortMultipartUpload")


def missing_roles(text: str, cloud: Cloud, member: str) -> Iterator[tuple[str, str]]:
    """Each role of this account that a policy names and that is not there, with its place in the policy."""
    for number, one in enumerate(statements(text)):
        principal = one.get("Principal")
        for name in listed(principal.get("AWS")) if isinstance(principal, dict) else []:
            if f"::{cloud.account_id}:role/" in str(name) and cloud.role(str(name)) is None:
                yield f"{member}.Statement[{number}].Principal", str(name)


@rule("kms", "CreateKey", "PutKeyPolicy", source="kms/latest/APIReference/API_PutKeyPolicy.html")
def of_a_key(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The principals of a key's policy exist."""
    for place, name in missing_roles(str(call.params.get("Policy") or ""), cloud, "Policy"):
        said = "Policy contains a statement with one or more invalid principals."
        yield Refusal("MalformedPolicyDocumentException", place, name, said)


@rule("s3", "PutBucketPolicy", source="AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html")
def of_a_bucket(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The principals exist, and an action on objects has objects among its resources."""
    text = str(call.params.get("Policy", ""))
    for place, name in missing_roles(text, cloud, "Policy"):
        yield Refusal("MalformedPolicy", place, name, "Invalid principal in policy")
    for number, one in enumerate(statements(text)):
        objects = any("/" in str(resource) or str(resource).endswith("*") for resource in listed(one.get("Resource")))
        for action in listed(one.get("Action")):
            if str(action).startswith(OBJECT_ACTIONS) and "Resource" in one and not objects:
                said = "Action does not apply to any resource(s) in statement"
                yield Refusal("MalformedPolicy", f"Policy.Statement[{number}].Action", action, said)


@rule("ecr", "SetRepositoryPolicy", source="AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html")
def of_a_repository(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The principals of a repository's policy exist."""
    for place, name in missing_roles(str(call.params.get("policyText", "")), cloud, "policyText"):
        yield Refusal("InvalidParameterException", place, name, "Principal not found")


@rule("sns", "CreateTopic", "SetTopicAttributes", source="sns/latest/api/API_SetTopicAttributes.html")
def of_a_topic(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The principals of a topic's policy exist, and its actions are those of topics."""
    member = "AttributeValue" if call.params.get("AttributeName") == "Policy" else "Attributes.Policy"
    given = call.params.get("AttributeValue") if member == "AttributeValue" else None
    text = str(given or (call.params.get("Attributes") or {}).get("Policy", ""))
    for place, name in missing_roles(text, cloud, member):
        yield Refusal("InvalidParameter", place, name, "Invalid parameter: Policy Error: PrincipalNotFound")
    for number, one in enumerate(statements(text)):
        for action in listed(one.get("Action")):
            if action != "*" and not str(action).lower().startswith("sns:"):
                said = "Invalid parameter: Policy statement action out of service scope!"
                yield Refusal("InvalidParameter", f"{member}.Statement[{number}].Action", action, said)


@rule("secretsmanager", "PutResourcePolicy", source="secretsmanager/latest/apireference/API_PutResourcePolicy.html")
def of_a_secret(call: Call, _: Cloud) -> Iterator[Refusal]:
    """BlockPublicPolicy refuses a policy that lets everybody in."""
    if not call.params.get("BlockPublicPolicy"):
        return
    for number, one in enumerate(statements(str(call.params.get("ResourcePolicy", "")))):
        if one.get("Effect") == "Allow" and one.get("Principal") in ("*", {"AWS": "*"}) and not one.get("Condition"):
            said = "the policy is public: it grants broad access to the secret"
            yield Refusal("PublicPolicyException", f"ResourcePolicy.Statement[{number}].Principal", "*", said)
