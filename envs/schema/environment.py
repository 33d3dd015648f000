"""The settings of an environment: the groups of this folder in one class, checked together.

Variables of the Terraform version of this gateway keep their exact names. Settings that it does not have default to its
behaviour, so its values mean the same here.
"""

import sys
from typing import Self

from constructs_lib.helpers.naming import Names
from envs.schema import entrance, monitoring, network, placement, routing, task, teams
from envs.schema.rules import InvalidSettingsError, PairRule, problems_of

import attrs

PROVIDER_VERSION_VARIABLE = "GATEWAY_AWS_PROVIDER_VERSION"
"""Environment variable with the AWS provider's version constraint for one run; overrides `aws_provider_version`."""
PIPELINE_SUFFIX = "-pipeline"
"""Suffix of the pipeline's stack: `<environment>-pipeline`."""

REMOVED = dict.fromkeys(
    ("edge_image", "edge_cpu", "edge_memory"),
    "was removed together with the edge container: delete this line; the gateway gets its CPU and memory",
)
"""Settings of earlier versions, each with the message for files that still set it."""


@attrs.frozen(kw_only=True, slots=False)
class Environment(  # attrs puts the fields of the last group first
    monitoring.Monitoring,
    teams.Teams,
    routing.Routing,
    task.Task,
    entrance.Entrance,
    network.Network,
    placement.Placement,
):
    """One environment of the gateway. Raises InvalidSettingsError with every problem at once."""

    def __new__(cls, **settings: object) -> Self:
        """Check all settings before attrs assigns the first one, so that all problems are reported together (ADR 5)."""
        if problems := list(problems_of(cls, settings, PAIR_RULES, REMOVED)):
            raise InvalidSettingsError(problems, settings)
        return super().__new__(cls)

    @property
    def needs_acceptance(self) -> bool:
        """Whether a deployment is refused until `accept_public_plain_http` is set; never in `dev`."""
        return self.is_public_plain_http and self.environment != "dev" and not self.accept_public_plain_http

    @property
    def names(self) -> Names:
        """The physical names of this environment."""
        return Names(project_name=self.project_name, environment=self.environment)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every resource. Keys are those of the Terraform version of this gateway."""
        return {"Project": self.project_name, "ManagedBy": "cdktf", "Environment": self.environment}


PAIR_RULES: tuple[PairRule, ...] = tuple(
    rule for group in reversed(Environment.__bases__) for rule in sys.modules[group.__module__].PAIR_RULES
)
"""The rules about several settings, of the files of all groups."""
