"""Planted faults of IAM, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy, trust

IAM = "https://docs.aws.amazon.com/IAM/latest/APIReference/"
TASKS = "ecs-tasks.amazonaws.com"
LIST = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}


def large(size: int) -> str:
    """A policy document of more than `size` characters that are not white space."""
    resources = [f"arn:aws:s3:::planted-gateway-{number:04}/*" for number in range(size // 30)]
    return policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources})


@fault("EntityAlreadyExists", "gateway", IAM + "API_CreateRole.html")
def second_role_of_a_name(aws: Account) -> Call:
    """The names of an account's roles differ."""
    aws.role()
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=trust(TASKS))


@fault("MalformedPolicyDocument", "Invalid principal", IAM + "API_CreateRole.html")
def trust_in_a_missing_role(aws: Account) -> Call:
    """The principal of a trust policy exists."""
    role = f"arn:aws:iam::{aws.id}:role/nobody"
    document = policy({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sts:AssumeRole"})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)


@twin
def trust_in_a_role(aws: Account) -> Call:
    """A role trusts a role that exists."""
    role = aws.role("deployer")
    document = policy({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sts:AssumeRole"})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)


@fault("MalformedPolicyDocument", "Resource", IAM + "API_CreateRole.html", semantic=False)
def trust_policy_with_a_resource(aws: Account) -> Call:
    """A trust policy has no Resource."""
    document = policy({"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": "sts:AssumeRole", "Resource": "*"})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)


@fault("ValidationError", "maxSessionDuration", IAM + "API_CreateRole.html", semantic=False)
def session_of_ten_minutes(aws: Account) -> Call:
    """The maximum session duration is 3600 to 43200 seconds."""
    return lambda: aws.iam.create_role(
        RoleName="gateway", AssumeRolePolicyDocument=trust(TASKS), MaxSessionDuration=600
    )


@fault("DeleteConflict", "detach", IAM + "API_DeleteRole.html")
def role_with_an_attached_policy_deleted(aws: Account) -> Call:
    """Managed policies are detached before a role is deleted."""
    aws.role()
    aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=aws.managed_policy())
    return lambda: aws.iam.delete_role(RoleName="gateway")


@fault("DeleteConflict", "delete policies", IAM + "API_DeleteRole.html")
def role_with_an_inline_policy_deleted(aws: Account) -> Call:
    """Inline policies are deleted before a role is deleted."""
    aws.role()
    aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=policy(LIST))
    return lambda: aws.iam.delete_role(RoleName="gateway")


@twin
def role_without_policies_deleted(aws: Account) -> Call:
    """A role goes after its policy."""
    aws.role()
    aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=policy(LIST))
    aws.iam.delete_role_policy(RoleName="gateway", PolicyName="gateway")
    return lambda: aws.iam.delete_role(RoleName="gateway")


@fault("MalformedPolicyDocument", "principal", IAM + "API_PutRolePolicy.html", semantic=False)
def role_policy_with_a_principal(aws: Account) -> Call:
    """The policy of a role has no Principal."""
    aws.role()
    document = policy(LIST | {"Principal": {"Service": TASKS}})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("MalformedPolicyDocument", "vendor", IAM + "API_PutRolePolicy.html", semantic=False)
def action_without_a_service(aws: Account) -> Call:
    """An action begins with the prefix of its service."""
    aws.role()
    document = policy({"Effect": "Allow", "Action": "GetObject", "Resource": "*"})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("MalformedPolicyDocument", "ARN format", IAM + "API_PutRolePolicy.html", semantic=False)
def resource_that_is_a_name(aws: Account) -> Call:
    """A resource is an ARN or *."""
    aws.role()
    document = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "planted-gateway-logs"})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("MalformedPolicyDocument", "unique", IAM + "API_PutRolePolicy.html")
def statement_id_twice(aws: Account) -> Call:
    """The Sids of a policy differ."""
    aws.role()
    document = policy(LIST | {"Sid": "Read"}, LIST | {"Sid": "Read"})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("LimitExceeded", "10240", IAM + "API_PutRolePolicy.html")
def inline_policies_too_large_together(aws: Account) -> Call:
    """The inline policies of a role have 10240 characters together."""
    aws.role()
    aws.iam.put_role_policy(RoleName="gateway", PolicyName="one", PolicyDocument=large(5000))
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="two", PolicyDocument=large(7000))


@fault("LimitExceeded", "6144", IAM + "API_CreatePolicy.html", semantic=False)
def managed_policy_too_large(aws: Account) -> Call:
    """A managed policy has 6144 characters."""
    return lambda: aws.iam.create_policy(PolicyName="gateway", PolicyDocument=large(7000))


@fault("NoSuchEntity", "nothing", IAM + "API_AttachRolePolicy.html")
def missing_policy_attached(aws: Account) -> Call:
    """The policy that is attached exists."""
    aws.role()
    missing = f"arn:aws:iam::{aws.id}:policy/nothing"
    return lambda: aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=missing)


@fault("LimitExceeded", "PoliciesPerRole", IAM + "API_AttachRolePolicy.html")
def eleventh_policy_of_a_role(aws: Account) -> Call:
    """A role has ten managed policies by default."""
    aws.role()
    for number in range(10):
        aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=aws.managed_policy(f"gateway-{number}"))
    last = aws.managed_policy("gateway-10")
    return lambda: aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=last)


@fault("LimitExceeded", "5 versions", IAM + "API_CreatePolicyVersion.html")
def sixth_version_of_a_policy(aws: Account) -> Call:
    """A managed policy has five versions."""
    arn = aws.managed_policy()
    for _ in range(4):
        aws.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(LIST))
    return lambda: aws.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(LIST))


@fault("DeleteConflict", "attached", IAM + "API_DeletePolicy.html")
def attached_policy_deleted(aws: Account) -> Call:
    """A policy that a role has stays."""
    aws.role()
    arn = aws.managed_policy()
    aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=arn)
    return lambda: aws.iam.delete_policy(PolicyArn=arn)


@fault("InvalidInput", "has been taken", IAM + "API_CreateServiceLinkedRole.html")
def service_linked_role_twice(aws: Account) -> Call:
    """An account has one service-linked role of ECS."""
    aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    return lambda: aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")


@fault("MalformedPolicyDocument", "STS", IAM + "API_CreateRole.html")
def trust_policy_for_another_service(aws: Account) -> Call:
    """A trust policy allows actions of STS."""
    actions = ["sts:AssumeRole", "iam:PassRole"]
    document = policy({"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": actions})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)


@twin
def trust_policy_for_tagged_sessions(aws: Account) -> Call:
    """Sessions may have tags."""
    actions = ["sts:AssumeRole", "sts:TagSession"]
    document = policy({"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": actions})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)
