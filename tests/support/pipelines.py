"""A pipeline's synthesized stack, with accessors for tests."""

import json
from pathlib import Path
from typing import Any

from envs.schema import Environment
from main import build_app
from resource_types.stack import SynthesizedStack
from tests.support.synthesized import WITH_TEAMS, Synthesized

import attrs

ACCESS = "constructs_lib/helpers/pipeline/access.toml"
ACCOUNT = "${data.aws_caller_identity.Account.account_id}"


@attrs.frozen
class Pipeline:
    """A synthesized pipeline stack."""

    stack: Synthesized

    @classmethod
    def of(cls, environment: Environment, folder: Path) -> "Pipeline":
        """Synthesize the pipeline of an environment."""
        build_app([environment], outdir=str(folder)).synth()
        at = folder / "stacks" / f"{environment.environment}-pipeline"
        return cls(Synthesized(SynthesizedStack.read(at.parent.parent, at.name), at))

    @property
    def policies(self) -> dict[str, list[dict[str, Any]]]:
        """The statements of each policy, by construct."""
        held = {**self.stack.by_type("aws_iam_policy"), **self.stack.by_type("aws_iam_role_policy")}
        return {path.partition("/")[2]: json.loads(block["policy"])["Statement"] for path, block in held.items()}

    def statements(self, role: str) -> list[dict[str, Any]]:
        """The statements of a role."""
        held = self.policies
        planning = held["Planning"] + held["Locking"]
        changing = ("Numbered", "Network", "Running", "Usage", "Domain", "DeployNamed")
        return planning if role == "Plan" else planning + [one for name in changing for one in held[name]]

    def actions(self, role: str) -> set[str]:
        """The actions of all of these statements."""
        return {action for statement in self.statements(role) for action in statement["Action"]}


def with_pipeline(name: str = "test") -> Environment:
    """An environment with every setting on and a repository."""
    return attrs.evolve(
        WITH_TEAMS,
        environment=name,
        cognito_domain_prefix=f"ai-gateway-{name}",
        domain_name=f"{name}.example.com",
        github_repository="example/gateway",
    )
