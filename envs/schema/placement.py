"""Settings about where an environment is: its name, account and region, its state, and who else works on it."""

from collections.abc import Iterator

from constructs_lib.helpers.naming import LONGEST, Names
from constructs_lib.helpers.provider_release import BUCKET_TAGS, BUCKET_TAGS_ELSEWHERE, lowest_release, stays_below
from constructs_lib.helpers.regions import botocore_version, lacks_service, partition_of, partitions
from envs.schema.rules import PairRule, Problem, about, each, matches, refusing

import attrs

NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
NAME_SAYS = "lower-case letters, digits and hyphens, with no hyphen at either end"
COGNITO = "cognito-idp"
OWN_TAGS = ("Project", "ManagedBy", "Environment")
"""The tags that the provider writes on everything."""
_CONSTRAINT = r"(?:(?:~>|>=|<=|!=|=|>|<)?\s*\d+(?:\.\d+){0,2})"
_OWNER, _REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", r"[A-Za-z0-9._-]{1,100}"


def _aws_region(value: str) -> str | None:
    """A region that botocore lists."""
    names = [region for partition in partitions() for region in partition.regions]
    if value in names:
        if lacks_service(value, COGNITO):
            return (
                f"has no Amazon Cognito, which issues the gateway's tokens (botocore {botocore_version()}): "
                "choose a region of the partition aws, aws-us-gov or aws-eusc"
            )
        return None
    if (meant := value.strip().lower().replace("_", "-")) in names:
        return f"AWS has no such region; did you mean {meant!r}?"
    family = value.split("-", maxsplit=1)[0]
    if near := sorted(region for region in names if region.split("-", maxsplit=1)[0] == family):
        return f"AWS has no such region; those that begin with {family}- are {', '.join(near)}"
    return f"AWS has no such region; it has {', '.join(sorted(names))}"


def _ignored_tag(value: str) -> str | None:
    prefix = value.removesuffix("*")
    if any(tag == value or (value != prefix and tag.startswith(prefix)) for tag in OWN_TAGS):
        return f"must not be one of this project's own tags, {', '.join(OWN_TAGS)}"
    return matches(r"[^*]+\*?", "a tag's key, or the start of one followed by *", longest=128)(value)


@attrs.frozen(kw_only=True, slots=False)
class Placement:
    """Name, account and region, state, and who else works on it."""

    environment: str = attrs.field(
        metadata=about("Name of the environment; equal to its file's name", matches(NAME, NAME_SAYS, longest=63))
    )
    aws_region: str = attrs.field(metadata=about("AWS region it lives in, its state included", _aws_region))
    project_name: str = attrs.field(
        metadata=about(
            "What every physical name starts with",
            refusing(
                {"internal-.*": "must not start with internal-, which AWS keeps for load balancers of its own naming"},
                matches(NAME, NAME_SAYS, longest=32),
            ),
        )
    )
    aws_account_id: str = attrs.field(
        default="",
        metadata=about(
            "The only account it may be deployed to; empty: any account the credentials belong to",
            matches(r"(?:[0-9]{12})?", "twelve digits", longest=12),
        ),
    )
    deletion_protection: bool = attrs.field(
        default=False,
        metadata=about(
            "Refuse to delete the load balancer, the user pool and buckets and repositories that are not empty"
        ),
    )
    ignored_tags: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            'Keys of tags that your organization adds and Terraform leaves alone, e.g. `("CostCenter", "org:*")`; one '
            "that ends in `*` is a prefix",
            each(_ignored_tag),
        ),
    )
    github_repository: str = attrs.field(
        default="",
        metadata=about(
            "Repository whose workflows may plan and deploy it, as GitHub's tokens name it: `owner/name`, since "
            "2026-07-15 `owner@id/name@id`; `make pipeline` makes their roles; empty: none",
            matches(
                rf"(?:{_OWNER}/{_REPOSITORY}|{_OWNER}@[0-9]+/{_REPOSITORY}@[0-9]+)?",
                "owner/name, or owner@id/name@id for a repository made, renamed or moved since 2026-07-15",
                longest=180,
            ),
        ),
    )
    use_lockfile: bool = attrs.field(
        default=False, metadata=about("Lock the state with a file in the bucket, in addition to the DynamoDB table")
    )
    state_kms_key_arn: str = attrs.field(
        default="",
        metadata=about(
            "KMS key that encrypts the state's bucket, a key that exists already; empty: S3's own keys",
            # Not of an alias, which may come to mean another key.
            matches(
                r"(?:arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+)?",
                "empty or the ARN of a KMS key, arn:aws:kms:<region>:<12 digits>:key/<id>",
                longest=2048,
            ),
        ),
    )
    aws_provider_version: str = attrs.field(
        default="",
        metadata=about(
            "Version constraint of the AWS provider; empty: the release of the bindings and later ones of its major",
            matches(
                rf"(?:{_CONSTRAINT}(?:\s*,\s*{_CONSTRAINT})*)?",
                "a Terraform version constraint, e.g. ~> 6.25",
                longest=100,
            ),
        ),
    )


def _names_fit(*, project_name: str, environment: str) -> Iterator[Problem]:
    if too_long := Names(project_name=project_name, environment=environment).too_long():
        kind, name = max(too_long, key=lambda one: len(one[1]) - LONGEST[one[0]])
        yield Problem(
            "environment",
            environment,
            f"makes the {kind} name {name} {len(name)} characters long, AWS "
            f"allows {LONGEST[kind]}: shorten it or project_name={project_name!r} by {len(name) - LONGEST[kind]}",
        )


def region_of(arn: str) -> tuple[str, str]:
    """The partition and the region in an ARN."""
    _, partition, _, region, _ = arn.split(":", maxsplit=4)
    return partition, region


def _state_key_region(*, state_kms_key_arn: str, aws_region: str) -> Iterator[Problem]:
    if state_kms_key_arn and region_of(state_kms_key_arn) != (partition_of(aws_region).name, aws_region):
        partition, found = region_of(state_kms_key_arn)
        yield Problem(
            "state_kms_key_arn",
            state_kms_key_arn,
            f"is of {found} in partition {partition}; the state's bucket is in aws_region={aws_region!r} and takes "
            "keys of its own region only",
        )


def _provider_makes_buckets(*, aws_provider_version: str, aws_region: str) -> Iterator[Problem]:
    if not aws_provider_version or partition_of(aws_region).name == "aws":
        return
    if lowest_release(aws_provider_version) >= BUCKET_TAGS and stays_below(aws_provider_version, BUCKET_TAGS_ELSEWHERE):
        yield Problem(
            "aws_provider_version",
            aws_provider_version,
            f"6.23 to 6.28 cannot create a bucket in aws_region={aws_region!r}, where S3 refuses tags in CreateBucket "
            "(hashicorp/terraform-provider-aws#46122): choose 6.29.0 or later, or leave it empty",
        )


PAIR_RULES: tuple[PairRule, ...] = (_names_fit, _state_key_region, _provider_makes_buckets)
