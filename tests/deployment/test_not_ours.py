"""Recovery imports nothing that only looks like ours, and a state cannot make Terraform run another provider."""

import json
import stat
from pathlib import Path

from tests.support.cloud import Checkout, client
from tests.support.provider_mirror import EVIL, Mirror

import pytest

pytestmark = pytest.mark.deployment

BUCKET, STATE = "ai-gateway-tfstate-dev", "terraform.tfstate"
ROLE = "ai-gateway-dev-task"
FOREIGN = "arn:aws:iam::210987654321:root"


def lose(checkout: Checkout, *types: str) -> dict[str, list[str]]:
    """Remove the resources of these types from the state, as if a deployment had died. Returns their ids by type."""
    s3 = client(checkout.environ, "s3")
    state = json.loads(s3.get_object(Bucket=BUCKET, Key=STATE)["Body"].read())
    ids: dict[str, list[str]] = {}
    for resource in state["resources"]:
        if resource["type"] in types:
            ids.setdefault(resource["type"], []).append(resource["instances"][0]["attributes"]["id"])
    state["resources"] = [one for one in state["resources"] if one["type"] not in types]
    state["serial"] += 1
    write(checkout, state)
    return ids


def write(checkout: Checkout, state: dict[str, object]) -> None:
    """Write a state to its bucket, and delete the checksum of the old one."""
    client(checkout.environ, "s3").put_object(Bucket=BUCKET, Key=STATE, Body=json.dumps(state).encode())
    client(checkout.environ, "dynamodb").delete_item(
        TableName="ai-gateway-tfstate-lock-dev", Key={"LockID": {"S": f"{BUCKET}/{STATE}-md5"}}
    )


def test_recovery_takes_nothing_that_is_not_ours(checkout: Checkout) -> None:
    """Recovery imports nothing with a foreign trust, policy, grant or client, or a missing tag, and prints the fix."""
    iam, kms, cognito = (client(checkout.environ, name) for name in ("iam", "kms", "cognito-idp"))
    lost = lose(
        checkout, "aws_iam_role", "aws_iam_role_policy", "aws_kms_key", "aws_kms_alias", "aws_cognito_user_pool",
        "aws_cognito_user_pool_client", "aws_sns_topic",
    )  # fmt: skip
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    theirs = {"Effect": "Allow", "Principal": {"AWS": FOREIGN}, "Action": "sts:AssumeRole"}
    iam.update_assume_role_policy(
        RoleName=ROLE, PolicyDocument=json.dumps({**trust, "Statement": [*trust["Statement"], theirs]})
    )
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    wide = iam.create_policy(PolicyName="wide", PolicyDocument=json.dumps(everything))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=wide)
    key = lost["aws_kms_key"][0]
    grant = kms.create_grant(KeyId=key, GranteePrincipal=FOREIGN, Operations=["Decrypt"])["GrantId"]
    (pool,) = lost["aws_cognito_user_pool"]
    cognito.create_user_pool_client(UserPoolId=pool, ClientName="theirs")
    (topic,) = lost["aws_sns_topic"]
    client(checkout.environ, "sns").untag_resource(ResourceArn=topic, TagKeys=["Project"])
    done = checkout.ops("recover", "dev", "--yes")
    assert done.returncode == 1
    assert "Import" not in done.stdout
    for line in (
        "assume_role_policy differs from that of a new deployment",
        f"role {ROLE}: managed policy {wide} is not managed by Terraform",
        f"aws kms revoke-grant --key-id {key} --grant-id {grant}",
        f"user pool {pool}: client theirs is not managed by Terraform",
        "has a name of this environment but not the tags Project=ai-gateway, Environment=dev; it may belong to somebody else",
        "nothing changed: a new deployment would not have this.",
    ):
        assert line in done.stdout, done.stdout
    state = json.loads(client(checkout.environ, "s3").get_object(Bucket=BUCKET, Key=STATE)["Body"].read())
    assert {one["type"] for one in state["resources"]}.isdisjoint({"aws_iam_role", "aws_kms_key", "aws_sns_topic"})


def test_a_state_that_names_another_provider_runs_nothing(checkout: Checkout, tmp_path: Path) -> None:
    """A diff fails before it requests the state's other provider from the user's mirror. Its files are private."""
    s3 = client(checkout.environ, "s3")
    state = json.loads(s3.get_object(Bucket=BUCKET, Key=STATE)["Body"].read())
    write(checkout, {**state, "serial": state["serial"] + 1, "resources": [*state["resources"], *EVIL["resources"]]})
    user = tmp_path / "user.rc"
    rehearsed = Path(checkout.environ["TF_CLI_CONFIG_FILE"]).read_text(encoding="utf-8")
    with Mirror(tmp_path) as mirror:
        user.write_text(
            rehearsed.rstrip().removesuffix("}") + f'  network_mirror {{ url = "{mirror.url}" }}\n}}\n',
            encoding="utf-8",
        )
        own = {"SSL_CERT_FILE": str(mirror.authority), "TF_CLI_CONFIG_FILE": str(user)}
        done = checkout.ops("diff", "dev", **own)
        assert done.returncode == 1
        assert "hashicorp/aws only, whatever other providers the state names" in done.stdout
        assert [path for path in mirror.asked if "attacker" in path] == []
    private = [checkout.folder / ".work", checkout.folder / ".work" / "dev.diff" / "terraform.rc"]
    assert [oct(stat.S_IMODE(path.stat().st_mode)) for path in private] == ["0o700", "0o600"]
