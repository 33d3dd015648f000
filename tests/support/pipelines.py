"""The policies of a pipeline's roles in environments that share an account."""

import json

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.pipeline.access import Access
from constructs_lib.helpers.policies import policy
from emulator.iam.evaluator import Document
from tests.support.isolation import ACCOUNT_ID

PROJECT, REGION = "ai-gateway", "eu-west-1"
ZONE = "arn:aws:route53:::hostedzone/Z0123456789"


def scope_of(environment: str) -> Access:
    """An environment with a name of its own in a zone that environments share."""
    return Access(
        names=Names(project_name=PROJECT, environment=environment),
        region=REGION,
        account_id=ACCOUNT_ID,
        domain_name=f"{environment}.example.com",
        zone_arn=ZONE,
        usage=True,
        waf=True,
        bedrock=True,
    )


def documents(scope: Access, *names: str) -> dict[str, Document]:
    """Policies of the pipeline by their names."""
    return {name: json.loads(policy(*scope.statements(name))) for name in names}


def roles(scope: Access) -> dict[str, dict[str, Document]]:
    """The policies of the pipeline's roles and the boundary, by role and name."""
    planning = documents(scope, "planning", "locking")
    changing = documents(scope, "usage", "named", "running", "numbered", "domain", "network")
    return {"plan": planning, "deploy": planning | changing, "boundary": documents(scope, "boundary")}
