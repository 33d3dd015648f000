"""Planted faults of ECR, after the API reference."""

import json

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy

ECR = "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/"


def expiry(priority: int, **selection: object) -> dict[str, object]:
    """A lifecycle rule that keeps ten images."""
    keep = {"countType": "imageCountMoreThan", "countNumber": 10}
    return {"rulePriority": priority, "selection": {**keep, **selection}, "action": {"type": "expire"}}


def lifecycle(*rules: dict[str, object]) -> str:
    """A lifecycle policy."""
    return json.dumps({"rules": list(rules)})


@fault("RepositoryAlreadyExistsException", "gateway", ECR + "API_CreateRepository.html")
def second_repository_of_a_name(aws: Account) -> Call:
    """Repository names are unique in a registry."""
    aws.ecr.create_repository(repositoryName="gateway")
    return lambda: aws.ecr.create_repository(repositoryName="gateway")


@fault("InvalidParameterException", "repositoryName", ECR + "API_CreateRepository.html", semantic=False)
def repository_in_capitals(aws: Account) -> Call:
    """A repository name is lower case."""
    return lambda: aws.ecr.create_repository(repositoryName="AI-Gateway")


@fault("InvalidParameterException", "LifecyclePolicyText", ECR + "API_PutLifecyclePolicy.html")
def rule_for_any_tag_before_another(aws: Account) -> Call:
    """A rule for any tag status must have the highest rulePriority."""
    aws.ecr.create_repository(repositoryName="gateway")
    wrong = lifecycle(expiry(1, tagStatus="any"), expiry(2, tagStatus="untagged"))
    return lambda: aws.ecr.put_lifecycle_policy(repositoryName="gateway", lifecyclePolicyText=wrong)


@twin
def rule_for_any_tag_after_another(aws: Account) -> Call:
    """A rule for any tag status with the highest priority is accepted."""
    aws.ecr.create_repository(repositoryName="gateway")
    valid = lifecycle(expiry(1, tagStatus="untagged"), expiry(2, tagStatus="any"))
    return lambda: aws.ecr.put_lifecycle_policy(repositoryName="gateway", lifecyclePolicyText=valid)


@fault("InvalidParameterException", "LifecyclePolicyText", ECR + "API_PutLifecyclePolicy.html")
def tagged_rule_without_prefixes(aws: Account) -> Call:
    """A rule for tagged images must have tag prefixes or patterns."""
    aws.ecr.create_repository(repositoryName="gateway")
    wrong = lifecycle(expiry(1, tagStatus="tagged"))
    return lambda: aws.ecr.put_lifecycle_policy(repositoryName="gateway", lifecyclePolicyText=wrong)


@fault("InvalidParameterException", "Principal not found|policyText", ECR + "API_SetRepositoryPolicy.html")
def repository_policy_for_a_missing_role(aws: Account) -> Call:
    """The principal of a repository policy must exist."""
    aws.ecr.create_repository(repositoryName="gateway")
    role = f"arn:aws:iam::{aws.id}:role/nobody"
    wrong = policy({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "ecr:BatchGetImage"})
    return lambda: aws.ecr.set_repository_policy(repositoryName="gateway", policyText=wrong)


def read(aws: Account, **changes: str) -> Call:
    """Put a policy that lets the account read a repository."""
    aws.ecr.create_repository(repositoryName="gateway")
    root = {"AWS": f"arn:aws:iam::{aws.id}:root"}
    document = policy({"Effect": "Allow", "Principal": root, "Action": "ecr:BatchGetImage", **changes})
    return lambda: aws.ecr.set_repository_policy(repositoryName="gateway", policyText=document)


@fault("InvalidParameterException", "repository policy", ECR + "API_SetRepositoryPolicy.html")
def repository_policy_with_a_resource(aws: Account) -> Call:
    """A repository policy cannot have a Resource."""
    return read(aws, Resource="*")


@twin
def repository_policy(aws: Account) -> Call:
    """A repository policy for an account is accepted."""
    return read(aws)
