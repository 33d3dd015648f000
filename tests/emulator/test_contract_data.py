"""The newest 6.x provider's calls for buckets, keys, secrets, tables and repositories, made with boto3."""

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.conftest import ACCOUNT, Contract

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.xdist_group("contracts")

NOT_THERE = {
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_cors": "NoSuchCORSConfiguration",
    "get_bucket_website": "NoSuchWebsiteConfiguration",
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
    "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    "get_bucket_tagging": "NoSuchTagSet",
}
"""The calls with which the provider reads a new bucket, and S3's error for each setting that was never set."""
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}


@pytest.fixture(scope="module")
def bucket(contract: Contract) -> str:
    """A new bucket."""
    contract.client("s3").create_bucket(Bucket="contract-bucket")
    return "contract-bucket"


def code(call: Callable[..., Any], **arguments: Any) -> str:  # noqa: ANN401 (members of the API)
    """S3's error code."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return str(refusal.value.response["Error"]["Code"])


def test_a_new_bucket_has_what_aws_sets(contract: Contract, bucket: str) -> None:
    """HeadBucket returns the region (6.0), each unset setting has its own error, and public access is blocked."""
    s3 = contract.client("s3")
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert {name: code(getattr(s3, name), Bucket=bucket) for name in NOT_THERE} == NOT_THERE
    for empty in ("get_bucket_versioning", "get_bucket_logging", "get_bucket_accelerate_configuration"):
        answer = getattr(s3, empty)(Bucket=bucket)
        assert answer.keys() == {"ResponseMetadata"}, empty
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == BLOCK
    owned = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owned == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert code(s3.head_bucket, Bucket="contract-no-bucket") == "404"


def test_a_bucket_is_of_the_accounts_namespace(contract: Contract) -> None:
    """From 6.37 on, `bucket_namespace` is sent as a header, and S3 refuses a name that does not match it."""
    s3, name = contract.client("s3"), f"contract-{ACCOUNT}-us-east-1-an"
    assert code(s3.create_bucket, Bucket=name) == "MissingNamespaceHeader"
    regional = {"BucketNamespace": "account-regional"}
    assert code(s3.create_bucket, Bucket="contract-other", **regional) == "InvalidNamespaceHeader"
    assert s3.create_bucket(Bucket=name, **regional)["Location"] == f"/{name}"


def test_a_bucket_in_govcloud_gets_its_tags_later(contract: Contract) -> None:
    """As in GovCloud, tags in CreateBucket and S3 Control are refused; 6.29 and later fall back to PutBucketTagging."""
    s3, control = contract.client("s3", "us-gov-west-1"), contract.client("s3control", "us-gov-west-1")
    place, tags = {"LocationConstraint": "us-gov-west-1"}, [{"Key": "a", "Value": "b"}]
    assert (
        code(s3.create_bucket, Bucket="gov", CreateBucketConfiguration={**place, "Tags": tags}) == "UnsupportedArgument"
    )
    s3.create_bucket(Bucket="gov", CreateBucketConfiguration=place)
    resource = {"AccountId": ACCOUNT, "ResourceArn": "arn:aws-us-gov:s3:::gov"}
    assert code(control.list_tags_for_resource, **resource) == "MethodNotAllowed"
    s3.put_bucket_tagging(Bucket="gov", Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket="gov")["TagSet"] == tags


def test_a_buckets_parts_come_and_go(contract: Contract, bucket: str) -> None:
    """Lifecycle, policy, ownership and public access block are set, read and deleted, and then not found."""
    s3 = contract.client("s3")
    rules = [{"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}]
    size = "all_storage_classes_128K"
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, TransitionDefaultMinimumObjectSize=size, LifecycleConfiguration={"Rules": rules}
    )
    found = s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    assert (found["Rules"], found["TransitionDefaultMinimumObjectSize"]) == (rules, size)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
    owned = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=owned)
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"] == owned
    open_to_policies = {**BLOCK, "BlockPublicPolicy": False}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=open_to_policies)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == open_to_policies
    for name in ("bucket_lifecycle", "bucket_policy", "bucket_ownership_controls", "public_access_block"):
        getattr(s3, f"delete_{name}")(Bucket=bucket)
    gone = {
        "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
        "get_bucket_policy": "NoSuchBucketPolicy",
        "get_bucket_ownership_controls": "OwnershipControlsNotFoundError",
        "get_public_access_block": "NoSuchPublicAccessBlockConfiguration",
    }
    assert {name: code(getattr(s3, name), Bucket=bucket) for name in gone} == gone


def test_a_key(contract: Contract) -> None:
    """Usage, policy, rotation period, tags and alias are returned, as is the state of a key pending deletion."""
    kms = contract.client("kms")
    made = kms.create_key(Description="a", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    key = made["KeyId"]
    shape = {"KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False, "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}
    assert {name: made[name] for name in shape} == shape
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=made["Arn"])["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    rotation = kms.get_key_rotation_status(KeyId=key)
    assert (rotation["KeyId"], rotation["KeyRotationEnabled"], rotation["RotationPeriodInDays"]) == (key, True, 180)
    assert rotation["NextRotationDate"] > made["CreationDate"]
    kms.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")
    assert policy["PolicyName"] == "default"
    assert kms.get_key_policy(KeyId=made["Arn"])["Policy"] == policy["Policy"]
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    kms.create_alias(AliasName="alias/contract", TargetKeyId=key)
    aliases = {one["AliasName"]: one.get("TargetKeyId") for one in kms.list_aliases()["Aliases"]}
    assert aliases["alias/contract"] == key
    kms.delete_alias(AliasName="alias/contract")
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    states = []
    for call in ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion"):
        getattr(kms, call)(KeyId=made["Arn"])
        states.append(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
    assert states == ["Disabled", "Enabled", "PendingDeletion", "Disabled"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert contract.refused("kms", "describe_key", KeyId="12345678-1234-1234-1234-123456789012") == "NotFoundException"


def test_a_secret(contract: Contract) -> None:
    """A secret without a value has no version, its policy can be read, and once deleted it has a deletion date."""
    secrets = contract.client("secretsmanager")
    made = secrets.create_secret(
        Name="contract/secret", Description="a", ClientRequestToken="0" * 32, Tags=[{"Key": "a", "Value": "b"}]
    )["ARN"]
    found = secrets.describe_secret(SecretId=made)
    assert (found["Name"], found["Description"], found["Tags"]) == (
        "contract/secret",
        "a",
        [{"Key": "a", "Value": "b"}],
    )
    assert "VersionIdsToStages" not in found
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=made)
    secrets.update_secret(SecretId=made, Description="b")
    assert secrets.describe_secret(SecretId=made)["Description"] == "b"
    secrets.delete_secret(SecretId=made, RecoveryWindowInDays=7)
    assert "DeletedDate" in secrets.describe_secret(SecretId=made)
    assert contract.refused("secretsmanager", "describe_secret", SecretId="none") == "ResourceNotFoundException"


def test_a_table(contract: Contract) -> None:
    """Warm throughput is active at once, which the provider waits for since 6.13. Expiry and recovery are returned."""
    dynamodb, name = contract.client("dynamodb"), "contract-usage"
    key = contract.client("kms").create_key()["KeyMetadata"]["Arn"]
    made = dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        Tags=[{"Key": "a", "Value": "b"}],
    )["TableDescription"]
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    found = dynamodb.describe_table(TableName=name)["Table"]
    assert found["WarmThroughput"] == {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    assert found["SSEDescription"]["KMSMasterKeyArn"] == key
    assert dynamodb.list_tags_of_resource(ResourceArn=made["TableArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    dynamodb.delete_table(TableName=name)
    assert contract.refused("dynamodb", "describe_table", TableName=name) == "ResourceNotFoundException"


def test_a_cache_of_rates(contract: Contract) -> None:
    """Nodes are in the subnets' zones. Users, parameters and subnets can be changed, and are deleted in AWS's order."""
    cache, ec2, name = contract.client("elasticache"), contract.client("ec2"), "contract-rates"
    tags = [{"Key": "a", "Value": "b"}]
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.77.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    user = {"UserId": name, "UserName": name, "Engine": "valkey", "AccessString": "on ~* -@all", "Tags": tags}
    cache.create_user(**user, AuthenticationMode={"Type": "iam"})
    users = cache.create_user_group(UserGroupId=name, Engine="valkey", UserIds=[name], Tags=tags)
    assert (users["Status"], users["UserIds"]) == ("active", [name])
    group = cache.create_cache_subnet_group(
        CacheSubnetGroupName=name, CacheSubnetGroupDescription="a", SubnetIds=[subnets[0]["SubnetId"]], Tags=tags
    )["CacheSubnetGroup"]
    assert group["VpcId"] == vpc
    cache.modify_cache_subnet_group(CacheSubnetGroupName=name, SubnetIds=[one["SubnetId"] for one in subnets])
    cache.create_cache_parameter_group(
        CacheParameterGroupName=name, CacheParameterGroupFamily="valkey8", Description="a", Tags=tags
    )
    policy = [{"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}]
    cache.modify_cache_parameter_group(CacheParameterGroupName=name, ParameterNameValues=policy)
    made = cache.create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription="a",
        Engine="valkey",
        EngineVersion="8.1",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=2,
        AutomaticFailoverEnabled=True,
        TransitEncryptionEnabled=True,
        UserGroupIds=[name],
        CacheSubnetGroupName=name,
        CacheParameterGroupName=name,
        Tags=tags,
    )["ReplicationGroup"]
    assert (made["Status"], made["ARN"].rpartition(":")[2]) == ("creating", name)
    (found,) = cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
    assert found["NodeGroups"][0]["PrimaryEndpoint"]["Address"].startswith(f"master.{name}.")
    assert found["MemberClusters"] == [f"{name}-001", f"{name}-002"]
    (node,) = cache.describe_cache_clusters(CacheClusterId=f"{name}-002", ShowCacheNodeInfo=True)["CacheClusters"]
    assert (node["PreferredAvailabilityZone"], node["EngineVersion"], node["ReplicationGroupId"]) == (
        "us-east-1b",
        "8.1.0",
        name,
    )
    for arn in (made["ARN"], users["ARN"], group["ARN"]):
        assert cache.list_tags_for_resource(ResourceName=arn)["TagList"] == tags
    cache.increase_replica_count(ReplicationGroupId=name, NewReplicaCount=2, ApplyImmediately=True)
    assert (
        len(cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]["MemberClusters"]) == 3
    )
    cache.modify_replication_group(
        ReplicationGroupId=name, MultiAZEnabled=True, CacheNodeType="cache.t4g.small", ApplyImmediately=True
    )
    (found,) = cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
    assert (found["MultiAZ"], found["AutomaticFailover"], found["CacheNodeType"]) == (
        "enabled",
        "enabled",
        "cache.t4g.small",
    )
    cache.modify_user(UserId=name, AccessString="on ~rate:* -@all")
    (held,) = cache.describe_users(UserId=name)["Users"]
    assert (held["AccessString"], held["UserGroupIds"]) == ("on ~rate:* -@all", [name])
    assert contract.refused("elasticache", "delete_user_group", UserGroupId=name) == "InvalidUserGroupState"
    cache.delete_replication_group(ReplicationGroupId=name)
    wanted = {"ReplicationGroupId": name}
    assert contract.refused("elasticache", "describe_replication_groups", **wanted) == "ReplicationGroupNotFoundFault"
    cache.delete_user_group(UserGroupId=name)
    cache.delete_cache_parameter_group(CacheParameterGroupName=name)
    cache.delete_cache_subnet_group(CacheSubnetGroupName=name)
    assert contract.refused("elasticache", "describe_user_groups", UserGroupId=name) == "UserGroupNotFound"
    missing = {"CacheParameterGroupName": name}
    assert (
        contract.refused("elasticache", "describe_cache_parameter_groups", **missing) == "CacheParameterGroupNotFound"
    )


def test_a_repository(contract: Contract) -> None:
    """Exclusions from immutable tags (6.8), scanning and the lifecycle policy are set and returned."""
    ecr, name = contract.client("ecr"), "contract/gateway"
    kept = {
        "imageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
        "imageTagMutabilityExclusionFilters": [{"filterType": "WILDCARD", "filter": "latest*"}],
        "imageScanningConfiguration": {"scanOnPush": True},
    }
    ecr.create_repository(repositoryName=name, **kept)
    found = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    assert {part: found[part] for part in kept} == kept
    assert found["encryptionConfiguration"] == {"encryptionType": "AES256"}
    ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability="IMMUTABLE")
    ecr.put_image_scanning_configuration(repositoryName=name, imageScanningConfiguration={"scanOnPush": False})
    changed = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    assert (changed["imageTagMutability"], changed["imageScanningConfiguration"]) == (
        "IMMUTABLE",
        {"scanOnPush": False},
    )
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10}
    text = json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})
    ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)
    assert ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"] == text
    ecr.delete_lifecycle_policy(repositoryName=name)
    gone = contract.refused("ecr", "get_lifecycle_policy", repositoryName=name)
    assert gone == "LifecyclePolicyNotFoundException"
    ecr.delete_repository(repositoryName=name)
    assert contract.refused("ecr", "describe_repositories", repositoryNames=[name]) == "RepositoryNotFoundException"
