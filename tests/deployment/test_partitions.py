"""An environment in GovCloud, with the ARNs, endpoints and names of its partition.

A log group exists before the deployment, because Container Insights recreates its own after a destroy.
"""

from tests.deployment.conftest import Start
from tests.support.cloud import client

import pytest

pytestmark = pytest.mark.deployment

REGION = "us-gov-west-1"
WRITTEN_AGAIN = "/aws/ecs/containerinsights/ai-gateway-gov/performance"


def test_govcloud_reaches_an_empty_plan(start: Start) -> None:
    """GovCloud deploys like dev: every ARN has its partition, recreated log groups are adopted, the plan is empty."""
    checkout = start()
    logs = client(checkout.environ, "logs", REGION)
    logs.create_log_group(logGroupName=WRITTEN_AGAIN)
    folder = checkout.folder / "envs"
    text = (folder / "dev.py").read_text(encoding="utf-8")
    for old, new in (
        ('environment="dev"', 'environment="gov",\n    accept_public_plain_http=True'),
        ("us-east-1", REGION),
        ("ai-gateway-dev", "ai-gateway-gov"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "gov.py").write_text(text, encoding="utf-8")
    done = checkout.ops("deploy", "gov", "--yes")
    assert done.returncode == 0, done.stdout
    assert "https://ai-gateway-gov.auth-fips.us-gov-west-1.amazoncognito.com/oauth2/token" in done.stdout
    balancers = client(checkout.environ, "elbv2", REGION).describe_load_balancers()["LoadBalancers"]
    assert [one["LoadBalancerArn"].split(":")[1] for one in balancers] == ["aws-us-gov"]
    roles = client(checkout.environ, "iam", REGION).list_roles()["Roles"]
    assert {one["Arn"].split(":")[1] for one in roles if one["RoleName"].startswith("ai-gateway-gov")} == {"aws-us-gov"}
    (group,) = logs.describe_log_groups(logGroupNamePrefix=WRITTEN_AGAIN)["logGroups"]
    assert (group["retentionInDays"], "kmsKeyId" in group) == (365, True)
    done = checkout.ops("diff", "gov")
    assert done.returncode == 0, done.stdout
