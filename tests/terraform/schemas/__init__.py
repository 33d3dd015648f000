"""Which of the attributes that the stacks use each release of the AWS provider supports.

A file `<release>.json` lists, for each resource type, the attributes and nested blocks that the stacks of
`every_stack` use and that the release's schema has. After a change of the stacks, generate the files again from a
checkout of https://github.com/lonegunmanb/terraform-aws-schema, which has the schema of every release under a tag:

    python -m tests.terraform.schemas <checkout>
"""

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from constructs_lib.helpers.provider_release import lowest_release
from envs.schema import Environment
from tests.support.synthesized import CERTIFICATE, EVERYTHING, settings

import attrs

FOLDER = Path(__file__).parent
RELEASES = ("5.100.0", "6.22.0", "6.25.0", "6.40.0", "6.47.0")
"""In order: the rehearsal's release, the first with the JWT action, the lowest of the default constraint, the first
with the fix of `blocked_encryption_types`, and the newest one checked.
"""
JWT_RELEASE = (6, 22, 0)
UNCHECKED = frozenset({"aws_wafv2_web_acl"})
"""The nested schema of a web ACL is too large to store here. `terraform validate` checks it on this machine."""
META = frozenset({"//", "provider", "lifecycle", "depends_on", "count", "for_each", "provisioner", "connection"})
"""Arguments that Terraform accepts in every resource block."""


def every_stack(release: str) -> Iterator[Environment]:
    """Settings that together use every resource, for one release of the provider."""
    exact = {"aws_provider_version": release}
    yield attrs.evolve(EVERYTHING, aws_provider_version=release)
    yield settings(**exact, nat_gateway_per_az=True, deletion_protection=True, fargate_spot_percent=50)
    yield settings(**exact, certificate_arn=CERTIFICATE, internal_load_balancer=True)
    yield settings(
        **exact,
        vpc_id="vpc-0123456789abcdef0",
        public_subnet_ids=("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
        private_subnet_ids=("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
    )
    if lowest_release(release) >= JWT_RELEASE:
        yield settings(**exact, certificate_arn=CERTIFICATE, enable_jwt_auth=True)


def used(document: Mapping[str, Any]) -> set[str]:
    """Every path that a stack uses, as `kind.type.attribute.nested…`."""
    found: set[str] = set()
    for kind in ("resource", "data"):
        for type_, blocks in document.get(kind, {}).items():
            if type_ in UNCHECKED:
                continue
            for block in blocks.values():
                found |= {
                    f"{kind}.{type_}.{path}" for path in _paths({k: v for k, v in block.items() if k not in META})
                }
    return found


def _paths(value: Any) -> set[str]:  # noqa: ANN401 (Terraform's JSON)
    if isinstance(value, list):
        return set(itertools.chain.from_iterable(map(_paths, value)))
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, item in value.items():
        found |= {key} | {f"{key}.{rest}" for rest in _paths(item)}
    return found
