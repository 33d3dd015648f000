"""Settings of an environment's place: name, account, region, state, provider, and the repository that deploys it."""

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
"""The tags that the provider sets on every resource."""
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
        return f"must not match the tags that this project sets, {', '.join(OWN_TAGS)}"
    return matches(r"[^*]+\*?", "a tag key, or a prefix of tag keys followed by *", longest=128)(value)


@attrs.frozen(kw_only=True, slots=False)
class Placement:
    """Name, account, region, state, provider, and the repository that deploys it."""

    environment: str = attrs.field(
        metadata=about("Name of the environment, and of its file", matches(NAME, NAME_SAYS, longest=63))
    )
    aws_region: str = attrs.field(metadata=about("AWS region of the environment and its state", _aws_region))
    project_name: str = attrs.field(
        metadata=about(
            "First part of every resource name",
            refusing(
                {"internal-.*": "must not start with internal-, which AWS reserves in load balancer names"},
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
            "Refuse to delete the load balancer, the user pool, the usage table, and buckets and repositories that are "
            "not empty"
        ),
    )
    ignored_tags: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            'Tag keys that your organization adds and Terraform ignores, e.g. `("CostCenter", "org:*")`; a key that '
            "ends in `*` is a prefix",
            each(_ignored_tag),
        ),
    )
    github_repository: str = attrs.field(
        default="",
        metadata=about(
            "GitHub repository whose workflows may plan and deploy the environment, as GitHub's tokens name it: "
            "`owner/name`, or `owner@id/name@id` for one created, renamed or moved since 2026-07-15. `make pipeline` "
            "creates their roles; empty: none",
            matches(
                rf"(?:{_OWNER}/{_REPOSITORY}|{_OWNER}@[0-9]+/{_REPOSITORY}@[0-9]+)?",
                "owner/name, or owner@id/name@id for a repository created, renamed or moved since 2026-07-15",
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
            "Existing KMS key that encrypts the state bucket; empty: S3's own keys",
            # Not an alias: it can be pointed at another key.
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
            "Version constraint of the AWS provider; empty: the minor release that the bindings were generated from, "
            "and later ones of the same major version",
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
            f"makes the {kind} name {name} {len(name)} characters long; AWS "
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
            f"is in {found} of partition {partition}; the state bucket needs a key in its own region, "
            f"aws_region={aws_region!r}: write the ARN of one there",
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
