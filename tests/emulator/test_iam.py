"""IAM on the embedded AWS: what a role's session may do, with each service's error codes and messages."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from emulator.rehearsal import copy_of
from tests.support.cloud import ACCOUNT_ID, client
from tests.support.rights import asked

import attrs
import pytest
from botocore.exceptions import ClientError

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}
MINE = {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}
TAGGED = [{"Key": "Environment", "Value": "dev"}]
Statement = dict[str, Any]
Signed = Callable[..., dict[str, str]]


@pytest.fixture
def environ(empty_aws: dict[str, str]) -> Iterator[dict[str, str]]:
    """The variables of a copy of the embedded AWS, with the operator's access key."""
    with copy_of(empty_aws) as made:
        yield made


def document(*statements: Statement) -> str:
    """An IAM document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str = "*", **more: object) -> Statement:
    """A statement that allows these actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


@pytest.fixture
def signed(environ: dict[str, str]) -> Signed:
    """A function that signs in to a role with these statements, and returns the session's variables."""

    def sign(
        *statements: Statement, trusted: dict[str, str] = ROOT, boundary: tuple[Statement, ...] = ()
    ) -> dict[str, str]:
        iam = client(environ, "iam")
        trust = document({"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"})
        limits = {}
        if boundary:
            made = iam.create_policy(PolicyName="limit", PolicyDocument=document(*boundary))
            limits = {"PermissionsBoundary": made["Policy"]["Arn"]}
        role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust, **limits)["Role"]
        iam.put_role_policy(RoleName="worker", PolicyName="work", PolicyDocument=document(*statements))
        key = client(environ, "sts").assume_role(RoleArn=role["Arn"], RoleSessionName="run")["Credentials"]
        return {
            **environ,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    return sign


def refusal(call: Callable[..., Any], **params: object) -> tuple[str, int, str]:
    """The code, status and message of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


WORKER = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/worker/run"


@attrs.frozen
class Refused:
    """A call that no policy allows, and the service's error for it."""

    service: str
    call: str
    params: dict[str, Any]
    code: str
    status: int


@pytest.mark.parametrize(
    "case",
    [
        Refused("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, "UnauthorizedOperation", 403),
        Refused("ecs", "create_cluster", {"clusterName": "c"}, "AccessDeniedException", 400),
        Refused("s3", "create_bucket", {"Bucket": "some-bucket"}, "AccessDenied", 403),
        Refused("sns", "create_topic", {"Name": "t"}, "AuthorizationError", 403),
        Refused("iam", "delete_role", {"RoleName": "worker"}, "AccessDenied", 403),
        Refused("elbv2", "describe_load_balancers", {}, "AccessDenied", 403),
        Refused("logs", "create_log_group", {"logGroupName": "/g"}, "AccessDeniedException", 400),
    ],
    ids=lambda case: case.service,
)
def test_each_service_refuses_in_its_own_way(signed: Signed, case: Refused) -> None:
    """Each service has its own code and status. The message has the user, the action, and that no policy allows it."""
    got = refusal(getattr(client(signed(allow("kms:ListAliases")), case.service), case.call), **case.params)
    assert got[:2] == (case.code, case.status)
    assert f"User: {WORKER} is not authorized to perform: " in got[2]
    assert "because no identity-based policy allows the" in got[2]


def test_a_condition_that_is_not_met_refuses_nothing_that_another_statement_allows(signed: Signed) -> None:
    """An unmet condition does not deny what another statement allows. moto's own evaluator gets this wrong."""
    may = signed(
        allow("sns:CreateTopic", Condition={"Bool": {"aws:SecureTransport": "false"}}), allow("sns:CreateTopic")
    )
    assert client(may, "sns").create_topic(Name="t")["TopicArn"]


def test_tags_of_a_resource_decide(environ: dict[str, str], signed: Signed) -> None:
    """A VPC with the required tag may be deleted, one without it may not."""
    ec2 = client(environ, "ec2")
    specified = [{"ResourceType": "vpc", "Tags": TAGGED}]
    ours = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=specified)["Vpc"]["VpcId"]
    theirs = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    worker = client(signed(allow("ec2:DeleteVpc", Condition=MINE)), "ec2")
    worker.delete_vpc(VpcId=ours)
    code, _, said = refusal(worker.delete_vpc, VpcId=theirs)
    assert code == "UnauthorizedOperation"
    assert f"on resource: arn:aws:ec2:us-east-1:{ACCOUNT_ID}:vpc/{theirs}" in said


def test_tags_of_a_request_decide_and_have_an_action_of_their_own(signed: Signed) -> None:
    """CreateVpc with tags requires the tags in the policy, and CreateTags on the new VPC."""
    wanted = {"StringEquals": {"aws:RequestTag/Environment": "dev"}}
    creating = {"StringEquals": {"ec2:CreateAction": "CreateVpc"}}
    worker = client(
        signed(allow("ec2:CreateVpc", Condition=wanted), allow("ec2:CreateTags", Condition=creating)), "ec2"
    )
    specified = [{"ResourceType": "vpc", "Tags": TAGGED}]
    made = worker.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=specified)["Vpc"]["VpcId"]
    assert refusal(worker.create_vpc, CidrBlock="10.2.0.0/16")[0] == "UnauthorizedOperation"
    assert "ec2:CreateTags" in refusal(worker.create_tags, Resources=[made], Tags=TAGGED)[2]


def test_a_role_has_to_be_passed(environ: dict[str, str], signed: Signed) -> None:
    """Registering a task definition requires iam:PassRole on each of its roles, for the service that gets them."""
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    role = client(environ, "iam").create_role(RoleName="task", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    task = {
        "family": "f",
        "taskRoleArn": role,
        "containerDefinitions": [{"name": "c", "image": "i", "memory": 128}],
    }
    worker = client(signed(allow("ecs:RegisterTaskDefinition")), "ecs")
    assert f"iam:PassRole on resource: {role}" in refusal(worker.register_task_definition, **task)[2]
    passing = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    client(environ, "iam").put_role_policy(
        RoleName="worker",
        PolicyName="work",
        PolicyDocument=document(allow("ecs:RegisterTaskDefinition"), allow("iam:PassRole", on=role, Condition=passing)),
    )
    assert worker.register_task_definition(**task)["taskDefinition"]["revision"] == 1


def test_a_boundary_bounds(signed: Signed) -> None:
    """What the boundary does not allow is denied, even if the role's policy allows it, and the message says so."""
    may = signed(allow("sns:*", "sts:*"), boundary=(allow("sns:CreateTopic"),))
    topic = client(may, "sns").create_topic(Name="t")["TopicArn"]
    assert (
        "because no permissions boundary allows the sns:DeleteTopic action"
        in (refusal(client(may, "sns").delete_topic, TopicArn=topic)[2])
    )


def test_a_keys_policy_has_to_agree(environ: dict[str, str], signed: Signed) -> None:
    """If a key's policy gives the account's IAM policies no effect, a role with full access cannot use the key."""
    kms = client(environ, "kms")
    alone = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:user/keeper"}}
    locked = document({**alone, "Action": "kms:*", "Resource": "*"})
    theirs = kms.create_key(Policy=locked, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["KeyId"]
    ours = kms.create_key()["KeyMetadata"]["KeyId"]
    worker = client(signed(allow("*")), "kms")
    assert worker.describe_key(KeyId=ours)["KeyMetadata"]["KeyId"] == ours
    assert refusal(worker.describe_key, KeyId=theirs)[0] == "AccessDeniedException"


def test_a_secret_is_read_with_its_key(environ: dict[str, str], signed: Signed) -> None:
    """With a customer managed key, GetSecretValue also requires kms:Decrypt through Secrets Manager."""
    key = client(environ, "kms").create_key()["KeyMetadata"]["KeyId"]
    client(environ, "secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId=key)
    reading = allow("secretsmanager:GetSecretValue")
    worker = client(signed(reading), "secretsmanager")
    assert "kms:Decrypt" in refusal(worker.get_secret_value, SecretId="s")[2]
    via = {"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}}
    client(environ, "iam").put_role_policy(
        RoleName="worker",
        PolicyName="work",
        PolicyDocument=document(reading, allow("kms:Decrypt", Condition=via)),
    )
    assert worker.get_secret_value(SecretId="s")["SecretString"] == "x"


def test_a_table_is_used_with_its_key(environ: dict[str, str], signed: Signed) -> None:
    """Item calls require kms:Decrypt through DynamoDB. A transaction requires what each of its parts requires."""
    key = client(environ, "kms").create_key()["KeyMetadata"]["Arn"]
    client(environ, "dynamodb").create_table(
        TableName="usage",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    mine = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["team"]}}
    writing = allow("dynamodb:PutItem", Condition=mine)
    worker = client(signed(writing), "dynamodb")
    put = {"TableName": "usage", "Item": {"pk": {"S": "team"}, "sk": {"S": "month"}}}
    assert "kms:Decrypt" in refusal(worker.put_item, **put)[2]
    via = {"StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}}
    client(environ, "iam").put_role_policy(
        RoleName="worker", PolicyName="work", PolicyDocument=document(writing, allow("kms:Decrypt", Condition=via))
    )
    worker.put_item(**put)
    worker.transact_write_items(TransactItems=[{"Put": put}])
    update = {"TableName": "usage", "Key": put["Item"], "UpdateExpression": "SET n = n"}
    said = refusal(worker.transact_write_items, TransactItems=[{"Put": put}, {"Update": update}])[2]
    assert "dynamodb:UpdateItem" in said
    other = {"TableName": "usage", "Item": {"pk": {"S": "other"}, "sk": {"S": "month"}}}
    assert "dynamodb:PutItem" in refusal(worker.put_item, **other)[2]


def test_only_whom_a_role_trusts_gets_a_session(signed: Signed) -> None:
    """AssumeRole requires a matching trust policy, even for the operator."""
    with pytest.raises(ClientError, match="is not authorized to perform: sts:AssumeRole on resource"):
        signed(allow("*"), trusted={"Service": "ecs-tasks.amazonaws.com"})


def test_a_key_of_no_session_is_refused(environ: dict[str, str]) -> None:
    """A session's key that the emulator does not know, e.g. after a reset, is refused."""
    lost = {**environ, "AWS_ACCESS_KEY_ID": "ASIAAAAAAAAAAAAAAAAA"}
    assert refusal(client(lost, "sns").list_topics)[0] == "InvalidClientTokenId"


def test_what_was_asked_can_be_read_back(environ: dict[str, str], signed: Signed) -> None:
    """Each call of a role is recorded once, with action, resource and decision. Calls of the operator are not."""
    worker = client(signed(allow("sns:CreateTopic")), "sns")
    topic = worker.create_topic(Name="t")["TopicArn"]
    worker.create_topic(Name="t")
    refusal(worker.delete_topic, TopicArn=topic)
    assert [(one["action"], one["resource"], one["allowed"]) for one in asked(environ, "worker")] == [
        ("sns:CreateTopic", topic, True),
        ("sns:DeleteTopic", topic, False),
    ]


def test_a_call_whose_resource_cannot_be_told_is_not_answered(signed: Signed) -> None:
    """The 501 error names the action, so that it is not mistaken for a permission."""
    code, status, said = refusal(client(signed(allow("*")), "sqs").create_queue, QueueName="q")
    assert (code, status) == ("NotImplemented", 501)
    assert (
        said
        == "the embedded AWS does not know the resource of sqs:CreateQueue: add the call to emulator/iam/targets.toml"
    )
