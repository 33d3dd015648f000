"""The full environment is changed, recovered and destroyed by its pipeline's roles; the order of the tests matters.

The test modules that come earlier by name need the environment as it was deployed.
"""

import hashlib

from tests.support.cloud import Checkout, client, counted
from tests.support.full import BUCKET, OPENAI, alarms, deploying, planning, refused, secret
from tests.support.rights import asked, needed, policies

import pytest

pytestmark = [pytest.mark.deployment, pytest.mark.xdist_group("full")]


def test_a_rotated_key_survives_an_apply(full: Checkout) -> None:
    """A changed setting is applied. A key that was rotated meanwhile keeps its value, and no state contains it."""
    rotated = "sk-rotated"
    values = full.folder / "rotated"
    values.write_text(f"openai={rotated}\n", encoding="utf-8")
    done = full.ops("secrets", "full", "--from", str(values), "--rotate", "--yes")
    assert done.returncode == 0, done.stdout
    full.change("full", "gateway_cpu=1024", "gateway_cpu=2048")
    full.change("full", "gateway_memory=2048", "gateway_memory=4096")
    summary = full.folder / "summary"
    stored = full.folder / "stored"
    done = full.ops("diff", "full", "--exit-zero", "--summary", str(summary), "--store", str(stored), **planning(full))
    assert done.returncode == 0, done.stdout
    shown = summary.read_text(encoding="utf-8")
    assert shown.startswith("### What a deployment of full changes\n\n```text\n")
    assert "# aws_ecs_task_definition.Gateway_Task_48720B6B must be replaced" in shown
    sha256 = stored.read_text(encoding="utf-8").removeprefix("plan=").strip()
    assert "Plan: 1 to add, 1 to change, 1 to destroy.\n```\n\nStored at commit " in shown
    assert f", SHA-256 {sha256}.\n" in shown
    done = full.ops("diff", "full", "--summary", str(full.folder))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        1,
        f"{full.folder}: Is a directory; name a file that can be written",
    )
    s3 = client(full.environ, "s3")
    (kept,) = s3.list_objects_v2(Bucket=BUCKET, Prefix="plans/")["Contents"]
    held = s3.get_object(Bucket=BUCKET, Key=kept["Key"])
    plan, key = held["Body"].read(), held["SSEKMSKeyId"]
    assert hashlib.sha256(plan).hexdigest() == sha256
    assert key == client(full.environ, "kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    # If another plan was written in its place, nothing is applied.
    refusal = full.ops("deploy", "full", "--yes", "--plan", "0" * 64, **deploying(full))
    assert refusal.returncode == 1
    assert f"has SHA-256 {sha256}, but {'0' * 64} was approved; nothing was applied" in refusal.stdout
    done = full.ops("deploy", "full", "--yes", "--plan", sha256, **deploying(full))
    assert done.returncode == 0, done.stdout
    assert "Apply complete! Resources: 1 added, 1 changed, 1 destroyed." in done.stdout
    assert "Versions" not in s3.list_object_versions(Bucket=BUCKET, Prefix="plans/")
    again = full.ops("deploy", "full", "--yes", "--plan", sha256, **deploying(full))
    assert (again.returncode, "there is no stored plan of full for commit" in again.stdout) == (1, True)
    # The same plan, uploaded again, is stale because the state has changed since.
    s3.put_object(Bucket=BUCKET, Key=kept["Key"], Body=plan)
    stale = full.ops("deploy", "full", "--yes", "--plan", sha256, **deploying(full))
    assert (stale.returncode, "Saved plan is stale" in stale.stdout) == (1, True)
    assert [path.name for path in (full.folder / ".work").rglob("*.tfplan")] == []
    assert secret(full, OPENAI) == rotated
    state = s3.get_object(Bucket=BUCKET, Key="terraform.tfstate")
    text = state["Body"].read().decode()
    assert [value for value in (rotated, "sk-anthropic", "sk-openai", "redis://example") if value in text] == []


def test_what_a_dead_deployment_left_is_found(full: Checkout) -> None:
    """Resources that exist but are missing from the state are imported, and nothing is created twice."""
    kinds = (
        *("aws_cloudwatch_query_definition", "aws_dynamodb_table", "aws_sns_topic", "aws_acm_certificate"),
        *("aws_elasticache_parameter_group", "aws_elasticache_replication_group", "aws_elasticache_subnet_group"),
        *("aws_elasticache_user", "aws_elasticache_user_group", "aws_route53_record"),
    )
    listed = full.terraform("full", "state", "list").stdout.split()
    lost = [address for address in listed if address.partition(".")[0] in kinds]
    assert {address.partition(".")[0] for address in lost} == set(kinds)
    done = full.terraform("full", "state", "rm", *lost)
    assert done.returncode == 0, done.stdout
    before = counted(full.environ, "full")
    done = full.ops("recover", "full", "--yes")
    assert done.returncode == 0, done.stdout
    assert full.ops("diff", "full").returncode == 0
    assert counted(full.environ, "full") == before


def test_everything_goes_again(full: Checkout) -> None:
    """The deploy role destroys secrets, alarms, topic, table, certificate and access logs, without a denied call."""
    s3, bucket = client(full.environ, "s3"), "ai-gateway-full-alb-logs-123456789012"
    s3.put_object(Bucket=bucket, Key="by-hand", Body=b"")
    before = len(refused(full))
    done = full.ops("destroy", "full", "--yes", **deploying(full))
    assert done.returncode == 0, done.stdout
    assert refused(full)[before:] == []
    assert alarms(full) == []
    assert bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}
    assert client(full.environ, "sns").list_topics()["Topics"] == []
    assert client(full.environ, "dynamodb").list_tables()["TableNames"] == ["ai-gateway-tfstate-lock-full"]
    assert client(full.environ, "secretsmanager").list_secrets()["SecretList"] == []
    cache = client(full.environ, "elasticache")
    assert cache.describe_replication_groups()["ReplicationGroups"] == []
    assert [one["UserId"] for one in cache.describe_users()["Users"]] == ["default"]
    assert client(full.environ, "acm").list_certificates()["CertificateSummaryList"] == []


def test_every_statement_is_needed(full: Checkout) -> None:
    """Without any one statement of the roles' policies, a call of the tests above would have been denied."""
    held = policies(full.environ, "ai-gateway-full-deploy")
    used = {role: needed(held, asked(full.environ, f"ai-gateway-full-{role}")) for role in ("deploy", "plan")}
    sids = {one["Sid"] for document in held.values() for one in document["Statement"]}
    assert len(sids) > 40
    assert sorted(sids - used["deploy"] - used["plan"]) == []
    planned = policies(full.environ, "ai-gateway-full-plan")
    assert sorted({one["Sid"] for document in planned.values() for one in document["Statement"]} - used["plan"]) == []


def test_the_pipeline_goes(full: Checkout) -> None:
    """`pipeline --destroy` deletes the roles, after confirmation."""
    done = full.ops("pipeline", "full", "--destroy")
    assert (done.returncode, "no terminal to confirm" in done.stdout) == (1, True)
    done = full.ops("pipeline", "full", "--destroy", "--yes")
    assert done.returncode == 0, done.stdout
    assert client(full.environ, "iam").list_roles(PathPrefix="/pipelines/")["Roles"] == []
