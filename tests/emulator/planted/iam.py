"""Planted faults of IAM, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy, trust

IAM = "https://docs.aws.amazon.com/IAM/latest/APIReference/"
TASKS = "ecs-tasks.amazonaws.com"
LIST = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}


def large(size: int) -> str:
    """A policy document of more than `size` characters, not counting white space."""
    resources = [f"arn:aws:s3:::planted-gateway-{number:04}/*" for number in range(size // 30)]
    return policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": resources})


@fault("EntityAlreadyExists", "gateway", IAM + "API_CreateRole.html")
def second_role_of_a_name(aws: Account) -> Call:
    """Role names are unique in an account."""
    aws.role()
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=trust(TASKS))


@fault("MalformedPolicyDocument", "Invalid principal", IAM + "API_CreateRole.html")
def trust_in_a_missing_role(aws: Account) -> Call:
    """The principal of a trust policy must exist."""
    role = f"arn:aws:iam::{aws.id}:role/nobody"
    document = policy({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sts:AssumeRole"})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)


@twin
def trust_in_a_role(aws: Account) -> Call:
    """A trust policy with an existing role as principal is accepted."""
    role = aws.role("deployer")
    document = policy({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sts:AssumeRole"})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)


@fault("MalformedPolicyDocument", "Resource", IAM + "API_CreateRole.html", semantic=False)
def trust_policy_with_a_resource(aws: Account) -> Call:
    """A trust policy cannot have a Resource."""
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
    """Managed policies must be detached before a role is deleted."""
    aws.role()
    aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=aws.managed_policy())
    return lambda: aws.iam.delete_role(RoleName="gateway")


@fault("DeleteConflict", "delete policies", IAM + "API_DeleteRole.html")
def role_with_an_inline_policy_deleted(aws: Account) -> Call:
    """Inline policies must be deleted before a role is deleted."""
    aws.role()
    aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=policy(LIST))
    return lambda: aws.iam.delete_role(RoleName="gateway")


@twin
def role_without_policies_deleted(aws: Account) -> Call:
    """A role can be deleted after its policy."""
    aws.role()
    aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=policy(LIST))
    aws.iam.delete_role_policy(RoleName="gateway", PolicyName="gateway")
    return lambda: aws.iam.delete_role(RoleName="gateway")


@fault("MalformedPolicyDocument", "principal", IAM + "API_PutRolePolicy.html", semantic=False)
def role_policy_with_a_principal(aws: Account) -> Call:
    """A role's policy cannot have a Principal."""
    aws.role()
    document = policy(LIST | {"Principal": {"Service": TASKS}})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("MalformedPolicyDocument", "vendor", IAM + "API_PutRolePolicy.html", semantic=False)
def action_without_a_service(aws: Account) -> Call:
    """An action must begin with a service prefix."""
    aws.role()
    document = policy({"Effect": "Allow", "Action": "GetObject", "Resource": "*"})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("MalformedPolicyDocument", "ARN format", IAM + "API_PutRolePolicy.html", semantic=False)
def resource_that_is_a_name(aws: Account) -> Call:
    """A resource must be an ARN or *."""
    aws.role()
    document = policy({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "planted-gateway-logs"})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("MalformedPolicyDocument", "unique", IAM + "API_PutRolePolicy.html")
def statement_id_twice(aws: Account) -> Call:
    """The Sids in a policy must be unique."""
    aws.role()
    document = policy(LIST | {"Sid": "Read"}, LIST | {"Sid": "Read"})
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="gateway", PolicyDocument=document)


@fault("LimitExceeded", "10240", IAM + "API_PutRolePolicy.html")
def inline_policies_too_large_together(aws: Account) -> Call:
    """The inline policies of a role have at most 10240 characters in total."""
    aws.role()
    aws.iam.put_role_policy(RoleName="gateway", PolicyName="one", PolicyDocument=large(5000))
    return lambda: aws.iam.put_role_policy(RoleName="gateway", PolicyName="two", PolicyDocument=large(7000))


@fault("LimitExceeded", "6144", IAM + "API_CreatePolicy.html", semantic=False)
def managed_policy_too_large(aws: Account) -> Call:
    """A managed policy has at most 6144 characters."""
    return lambda: aws.iam.create_policy(PolicyName="gateway", PolicyDocument=large(7000))


@fault("NoSuchEntity", "nothing", IAM + "API_AttachRolePolicy.html")
def missing_policy_attached(aws: Account) -> Call:
    """An attached policy must exist."""
    aws.role()
    missing = f"arn:aws:iam::{aws.id}:policy/nothing"
    return lambda: aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=missing)


@fault("LimitExceeded", "PoliciesPerRole", IAM + "API_AttachRolePolicy.html")
def eleventh_policy_of_a_role(aws: Account) -> Call:
    """A role has at most ten managed policies by default."""
    aws.role()
    for number in range(10):
        aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=aws.managed_policy(f"gateway-{number}"))
    last = aws.managed_policy("gateway-10")
    return lambda: aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=last)


@fault("LimitExceeded", "5 versions", IAM + "API_CreatePolicyVersion.html")
def sixth_version_of_a_policy(aws: Account) -> Call:
    """A managed policy has at most five versions."""
    arn = aws.managed_policy()
    for _ in range(4):
        aws.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(LIST))
    return lambda: aws.iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy(LIST))


@fault("DeleteConflict", "attached", IAM + "API_DeletePolicy.html")
def attached_policy_deleted(aws: Account) -> Call:
    """A policy that is attached to a role cannot be deleted."""
    aws.role()
    arn = aws.managed_policy()
    aws.iam.attach_role_policy(RoleName="gateway", PolicyArn=arn)
    return lambda: aws.iam.delete_policy(PolicyArn=arn)


@fault("InvalidInput", "has been taken", IAM + "API_CreateServiceLinkedRole.html")
def service_linked_role_twice(aws: Account) -> Call:
    """An account has at most one service-linked role for ECS."""
    aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")
    return lambda: aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")


@fault("MalformedPolicyDocument", "STS", IAM + "API_CreateRole.html")
def trust_policy_for_another_service(aws: Account) -> Call:
    """A trust policy can only allow STS actions."""
    actions = ["sts:AssumeRole", "iam:PassRole"]
    document = policy({"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": actions})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)


@twin
def trust_policy_for_tagged_sessions(aws: Account) -> Call:
    """A trust policy that allows sts:TagSession is accepted."""
    actions = ["sts:AssumeRole", "sts:TagSession"]
    document = policy({"Effect": "Allow", "Principal": {"Service": TASKS}, "Action": actions})
    return lambda: aws.iam.create_role(RoleName="gateway", AssumeRolePolicyDocument=document)
