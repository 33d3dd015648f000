"""The newest 6.x provider's calls for roles, user pools, certificates, records and web ACLs, made with boto3."""

import json
from typing import Any

from tests.emulator.conftest import ACCOUNT, Contract

import pytest

pytestmark = pytest.mark.xdist_group("contracts")

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
VISIBLE = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}


def test_a_role_and_its_policy(contract: Contract) -> None:
    """The names of inline and attached policies are listed, and documents are returned as they were sent."""
    iam, name = contract.client("iam"), {"RoleName": "contract"}
    iam.create_role(**name, AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "a", "Value": "b"}])
    found = iam.get_role(**name)["Role"]
    assert (found["MaxSessionDuration"], found["Path"], found["Tags"]) == (3600, "/", [{"Key": "a", "Value": "b"}])
    assert found["AssumeRolePolicyDocument"] == json.loads(TRUST)
    iam.put_role_policy(**name, PolicyName="p", PolicyDocument=json.dumps(POLICY))
    assert iam.list_role_policies(**name)["PolicyNames"] == ["p"]
    assert iam.list_attached_role_policies(**name)["AttachedPolicies"] == []
    assert iam.get_role_policy(**name, PolicyName="p")["PolicyDocument"] == POLICY
    iam.update_role(**name, Description="changed", MaxSessionDuration=7200)
    iam.update_assume_role_policy(**name, PolicyDocument=TRUST)
    changed = iam.get_role(**name)["Role"]
    assert (changed["Description"], changed["MaxSessionDuration"]) == ("changed", 7200)
    assert contract.refused("iam", "delete_role", **name) == "DeleteConflict"
    iam.delete_role_policy(**name, PolicyName="p")
    assert contract.refused("iam", "get_role_policy", **name, PolicyName="p") == "NoSuchEntity"
    assert iam.list_instance_profiles_for_role(**name)["InstanceProfiles"] == []
    iam.delete_role(**name)
    assert contract.refused("iam", "get_role", **name) == "NoSuchEntity"


def test_a_user_pool(contract: Contract) -> None:
    """Cognito's defaults are returned, MFA is a separate call, and the name can be changed in place (6.6)."""
    cognito = contract.client("cognito-idp")
    made = cognito.create_user_pool(PoolName="contract")["UserPool"]["Id"]
    found = cognito.describe_user_pool(UserPoolId=made)["UserPool"]
    filled: dict[str, Any] = {
        "DeletionProtection": "INACTIVE", "MfaConfiguration": "OFF", "UserPoolTier": "ESSENTIALS", "LambdaConfig": {},
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"}, "EstimatedNumberOfUsers": 0,
    }  # fmt: skip
    assert {name: found[name] for name in filled} == filled
    assert found["Policies"]["SignInPolicy"] == {"AllowedFirstAuthFactors": ["PASSWORD"]}
    assert found["Policies"]["PasswordPolicy"]["MinimumLength"] == 8
    assert found["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is False
    assert found["VerificationMessageTemplate"]["DefaultEmailOption"] == "CONFIRM_WITH_CODE"
    assert len(found["SchemaAttributes"]) == 20
    assert cognito.get_user_pool_mfa_config(UserPoolId=made)["MfaConfiguration"] == "OFF"
    cognito.update_user_pool(UserPoolId=made, PoolName="renamed", MfaConfiguration="OFF")
    assert cognito.describe_user_pool(UserPoolId=made)["UserPool"]["Name"] == "renamed"
    cognito.delete_user_pool(UserPoolId=made)
    assert contract.refused("cognito-idp", "describe_user_pool", UserPoolId=made) == "ResourceNotFoundException"


def test_a_user_pools_client(contract: Contract) -> None:
    """Default lifetimes and flags are returned, and an update that repeats them changes nothing else."""
    cognito = contract.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="contract-client")["UserPool"]["Id"]
    scope = {"ScopeName": "invoke", "ScopeDescription": "i"}
    cognito.create_resource_server(UserPoolId=pool, Identifier="https://x", Name="x", Scopes=[scope])
    asked: dict[str, Any] = {
        "ClientName": "c", "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthScopes": ["https://x/invoke"], "AccessTokenValidity": 1,
        "TokenValidityUnits": {"AccessToken": "hours"},
    }  # fmt: skip
    made = cognito.create_user_pool_client(UserPoolId=pool, GenerateSecret=True, **asked)["UserPoolClient"]["ClientId"]
    which = {"UserPoolId": pool, "ClientId": made}
    filled = {
        "RefreshTokenValidity": 30, "AuthSessionValidity": 3, "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
    }  # fmt: skip

    def client() -> dict[str, Any]:
        return dict(cognito.describe_user_pool_client(**which)["UserPoolClient"])

    before = client()
    assert {name: before[name] for name in filled | asked} == filled | asked
    cognito.update_user_pool_client(**which, **{**asked, "ClientName": "d"})
    after = client()
    assert {name for name in before if after[name] != before[name]} <= {"ClientName", "LastModifiedDate"}
    assert after["ClientName"] == "d"
    cognito.delete_user_pool_client(**which)
    gone = contract.refused("cognito-idp", "describe_user_pool_client", **which)
    assert gone == "ResourceNotFoundException"


def test_a_user_pools_domain(contract: Contract) -> None:
    """The account and the version of the login pages are returned (6.3 can change it); an unknown domain is empty."""
    cognito = contract.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="contract-domain")["UserPool"]["Id"]
    which = {"UserPoolId": pool, "Domain": "contract-domain"}
    assert cognito.create_user_pool_domain(**which)["ManagedLoginVersion"] == 1

    def domain() -> dict[str, Any]:
        return dict(cognito.describe_user_pool_domain(Domain="contract-domain")["DomainDescription"])

    expected = {"AWSAccountId": ACCOUNT, "Status": "ACTIVE", "UserPoolId": pool, "ManagedLoginVersion": 1}
    assert {name: domain()[name] for name in expected} == expected
    assert cognito.update_user_pool_domain(**which, ManagedLoginVersion=2)["ManagedLoginVersion"] == 2
    assert domain()["ManagedLoginVersion"] == 2
    cognito.delete_user_pool_domain(**which)
    assert domain() == {}


def test_a_certificate_and_its_proof(contract: Contract) -> None:
    """A certificate is not exportable (6.4) and has no dates while pending. Its validation record can be changed."""
    acm, route53 = contract.client("acm"), contract.client("route53")
    zone = route53.create_hosted_zone(Name="contract.example", CallerReference="1")["HostedZone"]["Id"]
    options = {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}
    made = acm.request_certificate(
        DomainName="www.contract.example", ValidationMethod="DNS", IdempotencyToken="contract1", Options=options,
        KeyAlgorithm="RSA_2048", Tags=[{"Key": "a", "Value": "b"}],
    )["CertificateArn"]  # fmt: skip
    found = acm.describe_certificate(CertificateArn=made)["Certificate"]
    assert (found["Status"], found["Type"], found["Options"]) == ("PENDING_VALIDATION", "AMAZON_ISSUED", options)
    assert {"IssuedAt", "NotAfter", "NotBefore", "Serial"}.isdisjoint(found)
    record = found["DomainValidationOptions"][0]["ResourceRecord"]
    changed = route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Comment": "Managed by Terraform",
            "Changes": [
                {
                    "Action": "UPSERT",
                    "ResourceRecordSet": {
                        "Name": record["Name"], "Type": record["Type"], "TTL": 60,
                        "ResourceRecords": [{"Value": record["Value"]}],
                    },
                }
            ],
        },
    )  # fmt: skip
    assert route53.get_change(Id=changed["ChangeInfo"]["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    start = {"StartRecordName": record["Name"], "StartRecordType": "CNAME", "MaxItems": "1"}
    shown = route53.list_resource_record_sets(HostedZoneId=zone, **start)["ResourceRecordSets"]
    assert [(one["Name"], one["TTL"]) for one in shown] == [(record["Name"], 60)]
    assert acm.list_tags_for_certificate(CertificateArn=made)["Tags"] == [{"Key": "a", "Value": "b"}]
    acm.delete_certificate(CertificateArn=made)
    gone = contract.refused("acm", "describe_certificate", CertificateArn=made)
    assert gone == "ResourceNotFoundException"


def test_a_firewall(contract: Contract) -> None:
    """Rules are returned as sent, an update requires the newest lock token, and associations can be read and ended."""
    waf = contract.client("wafv2")
    rule = {
        "Name": "r", "Priority": 1, "VisibilityConfig": VISIBLE, "OverrideAction": {"None": {}},
        "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
    }  # fmt: skip
    content = {"DefaultAction": {"Allow": {}}, "VisibilityConfig": VISIBLE, "Rules": [rule]}
    made = waf.create_web_acl(Name="contract", Scope="REGIONAL", Tags=[{"Key": "a", "Value": "b"}], **content)[
        "Summary"
    ]
    which = {"Name": "contract", "Scope": "REGIONAL", "Id": made["Id"]}
    found = waf.get_web_acl(**which)
    assert {name: found["WebACL"][name] for name in content} == content
    waf.update_web_acl(**which, LockToken=found["LockToken"], **content)
    stale = contract.refused("wafv2", "update_web_acl", **which, LockToken=found["LockToken"], **content)
    assert stale == "WAFOptimisticLockException"
    tags = waf.list_tags_for_resource(ResourceARN=made["ARN"])["TagInfoForResource"]["TagList"]
    assert tags == [{"Key": "a", "Value": "b"}]
    contract.client("logs").create_log_group(logGroupName="aws-waf-logs-contract")
    logged = {
        "ResourceArn": made["ARN"],
        "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:aws-waf-logs-contract"],
        "RedactedFields": [{"SingleHeader": {"Name": "authorization"}}],
    }
    waf.put_logging_configuration(LoggingConfiguration=logged)
    configuration = waf.get_logging_configuration(ResourceArn=made["ARN"])["LoggingConfiguration"]
    assert {name: configuration[name] for name in logged} == logged
    waf.delete_logging_configuration(ResourceArn=made["ARN"])
    gone = contract.refused("wafv2", "get_logging_configuration", ResourceArn=made["ARN"])
    assert gone == "WAFNonexistentItemException"
    elb = contract.client("elbv2")
    balancer = elb.create_load_balancer(Name="contract-waf", Subnets=list(contract.subnets))["LoadBalancers"][0]
    waf.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=balancer["LoadBalancerArn"])
    arn = {"ResourceArn": balancer["LoadBalancerArn"]}
    assert waf.get_web_acl_for_resource(**arn)["WebACL"]["ARN"] == made["ARN"]
    token = waf.get_web_acl(**which)["LockToken"]
    assert contract.refused("wafv2", "delete_web_acl", **which, LockToken=token) == "WAFAssociatedItemException"
    waf.disassociate_web_acl(**arn)
    assert "WebACL" not in waf.get_web_acl_for_resource(**arn)
    waf.delete_web_acl(**which, LockToken=waf.get_web_acl(**which)["LockToken"])
    assert contract.refused("wafv2", "get_web_acl", **which) == "WAFNonexistentItemException"
