"""The settings of an environment: the groups of this folder in one class, checked together.

The Terraform version's variables keep their names, to the letter. What goes beyond them has a default with which that
version's files still mean the same.
"""

from typing import Self

from constructs_lib.helpers.naming import Names
from envs.schema import entrance, network, placement, routing, task, teams
from envs.schema.monitoring import Monitoring
from envs.schema.rules import InvalidSettingsError, problems_of

import attrs

PROVIDER_VERSION_VARIABLE = "GATEWAY_AWS_PROVIDER_VERSION"
"""Names the version constraint of the AWS provider for one run; goes before the setting `aws_provider_version`."""
PIPELINE_SUFFIX = "-pipeline"
"""What follows the environment's name in the name of its pipeline's stack."""

REMOVED = dict.fromkeys(
    ("edge_image", "edge_cpu", "edge_memory"),
    "was removed together with the edge container: delete this line; the gateway has the whole share again",
)
"""Settings of earlier versions, and what to do about them."""
PAIR_RULES = tuple(rule for group in (placement, network, entrance, task, routing, teams) for rule in group.PAIR_RULES)


@attrs.frozen(kw_only=True, slots=False)
class Environment(  # attrs puts the fields of the last group first
    Monitoring, teams.Teams, routing.Routing, task.Task, entrance.Entrance, network.Network, placement.Placement
):
    """One environment of the gateway. Raises InvalidSettingsError with every problem at once."""

    def __new__(cls, **settings: object) -> Self:
        """Check everything before attrs fills the first field, so that all problems come out together."""
        if problems := list(problems_of(cls, settings, PAIR_RULES, REMOVED)):
            raise InvalidSettingsError(problems)
        return super().__new__(cls)

    @property
    def needs_acceptance(self) -> bool:
        """Whether a deployment waits for `accept_public_plain_http`; `dev` never does."""
        return self.is_public_plain_http and self.environment != "dev" and not self.accept_public_plain_http

    @property
    def names(self) -> Names:
        """The physical names of this environment."""
        return Names(project_name=self.project_name, environment=self.environment)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every resource that Terraform creates for it, as in the Terraform version of this gateway."""
        return {"Project": self.project_name, "ManagedBy": "cdktf", "Environment": self.environment}
