"""Drift that only adds, which a plan does not see: Terraform looks at what it made, not at what stands next to it.

The resources that the state holds are read again for what somebody else hung on them. Nothing is removed: each line
names the command with which somebody who may can remove it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ops.aws import Aws, code_of
from ops.state.state_resources import LockTable, StateBucket
from resource_types.expressions import type_of

import attrs
from botocore.exceptions import ClientError

Managed = Mapping[str, Mapping[str, Any]]
SERVICES = ".amazonaws.com"
"""How the name of an AWS service ends that has a grant on a key, e.g. ECR's on the key of the images."""
RULE_TYPES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")


@attrs.frozen
class Addition:
    """Something on AWS that no configuration holds."""

    what: str
    where: str
    remove: str
    """The command that removes it."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}, which no configuration holds; remove it with `{self.remove}`"


def _of(managed: Managed, *types: str) -> list[Mapping[str, Any]]:
    return [values for address, values in managed.items() if type_of(address) in types]


def _roles(aws: Aws, managed: Managed) -> Iterator[Addition]:
    own = {(values["role"], values["name"]) for values in _of(managed, "aws_iam_role_policy")}
    attached = {(values["role"], values["policy_arn"]) for values in _of(managed, "aws_iam_role_policy_attachment")}
    for values in _of(managed, "aws_iam_role"):
        name = values["name"]
        for arn in aws.items("iam", "list_attached_role_policies", "AttachedPolicies[].PolicyArn", RoleName=name):
            if (name, arn) not in attached:
                command = f"aws iam detach-role-policy --role-name {name} --policy-arn {arn}"
                yield Addition(f"managed policy {arn}", f"role {name}", command)
        for policy in aws.items("iam", "list_role_policies", "PolicyNames[]", RoleName=name):
            if (name, policy) not in own:
                command = f"aws iam delete-role-policy --role-name {name} --policy-name {policy}"
                yield Addition(f"inline policy {policy}", f"role {name}", command)


def rules_of(aws: Aws, groups: list[str]) -> Iterator[dict[str, Any]]:
    """The rules of some security groups, as EC2 describes them."""
    filters = [{"Name": "group-id", "Values": groups}]
    return aws.items("ec2", "describe_security_group_rules", "SecurityGroupRules[]", Filters=filters)


def _security_groups(aws: Aws, managed: Managed) -> Iterator[Addition]:
    own = {values["id"] for values in _of(managed, *RULE_TYPES)}
    groups = [values["id"] for values in _of(managed, "aws_security_group")]
    if not groups:
        return
    for rule in rules_of(aws, groups):
        identifier, group = rule["SecurityGroupRuleId"], rule["GroupId"]
        if identifier in own:
            continue
        way = "egress" if rule["IsEgress"] else "ingress"
        peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or "a security group"
        command = f"aws ec2 revoke-security-group-{way} --group-id {group} --security-group-rule-ids {identifier}"
        yield Addition(
            f"{way} rule {identifier} ({peer}, port {rule.get('FromPort')})", f"security group {group}", command
        )


def _listeners(aws: Aws, managed: Managed) -> Iterator[Addition]:
    own = {values["arn"] for values in _of(managed, "aws_lb_listener_rule")}
    for values in _of(managed, "aws_lb_listener"):
        for rule in aws.items("elbv2", "describe_rules", "Rules[]", ListenerArn=values["arn"]):
            arn = rule["RuleArn"]
            if not rule["IsDefault"] and arn not in own:
                command = f"aws elbv2 delete-rule --rule-arn {arn}"
                yield Addition(f"rule {arn}", f"listener on port {values['port']}", command)


def _keys(aws: Aws, managed: Managed) -> Iterator[Addition]:
    for values in _of(managed, "aws_kms_key"):
        key = values["key_id"]
        # ECR alone makes a grant for each repository, so somebody's own may be on a later page.
        for grant in aws.items("kms", "list_grants", "Grants[]", KeyId=key):
            if not str(grant["GranteePrincipal"]).endswith(SERVICES):
                command = f"aws kms revoke-grant --key-id {key} --grant-id {grant['GrantId']}"
                what = f"grant {grant['GrantId']} for {grant['GranteePrincipal']}"
                yield Addition(what, f"key {key} ({values.get('description')})", command)


def _service(aws: Aws, managed: Managed) -> Iterator[Addition]:
    own = {values["arn"] for values in _of(managed, "aws_lb_target_group")}
    for values in _of(managed, "aws_ecs_service"):
        cluster, name = values["cluster"], values["name"]
        for found in aws.client("ecs").describe_services(cluster=cluster, services=[name])["services"]:
            for balancer in found.get("loadBalancers", []):
                arn = balancer.get("targetGroupArn")
                if arn and arn not in own:
                    environment = aws.environment.environment
                    yield Addition(f"target group {arn}", f"service {name}", f"make deploy ENV={environment}")


def _cluster(aws: Aws, managed: Managed) -> Iterator[Addition]:
    """A configuration of `aws ecs execute-command` of an earlier project; AWS keeps it when Terraform leaves it out."""
    ecs = aws.client("ecs")
    for name in (values["name"] for values in _of(managed, "aws_ecs_cluster")):
        for found in ecs.describe_clusters(clusters=[name], include=["CONFIGURATIONS"])["clusters"]:
            held = found.get("configuration", {}).get("executeCommandConfiguration", {})
            logs = held.get("logConfiguration", {})
            where = logs.get("cloudWatchLogGroupName") or logs.get("s3BucketName") or "no log group"
            # DEFAULT without a key is what a cluster without configuration does.
            if held.get("logging", "DEFAULT") != "DEFAULT" or held.get("kmsKeyId"):
                neutral = "executeCommandConfiguration={logging=DEFAULT}"
                command = f"aws ecs update-cluster --cluster {name} --configuration {neutral}"
                what = f"execute-command configuration (logging {held.get('logging', 'DEFAULT')}, {where})"
                yield Addition(what, f"cluster {name}", command)


def _state(aws: Aws) -> Iterator[Addition]:
    resources: list[StateBucket | LockTable] = [StateBucket(aws), LockTable(aws)]
    for difference in (one for resource in resources if resource.exists() for one in resource.differences()):
        command = f"make bootstrap ENV={aws.environment.environment} FIX=1"
        yield Addition(f"{difference.what} is {difference.now}, not {difference.wanted}", difference.resource, command)


CHECKS = (_roles, _security_groups, _listeners, _keys, _service, _cluster)


def additions(aws: Aws, managed: Managed) -> tuple[list[Addition], list[str]]:
    """What was added next to the state's resources, and what could not be read, e.g. without the permission."""
    found, unread = list(_state(aws)), []
    for check in CHECKS:
        try:
            found += check(aws, managed)
        except ClientError as error:
            unread.append(f"{error.operation_name}: {code_of(error)}")
    return found, unread


def _clients(aws: Aws, managed: Managed) -> Iterator[Addition]:
    own = {values["id"] for values in _of(managed, "aws_cognito_user_pool_client")}
    for values in _of(managed, "aws_cognito_user_pool"):
        pool = values["id"]
        for client in aws.items("cognito-idp", "list_user_pool_clients", "UserPoolClients[]", UserPoolId=pool):
            if client["ClientId"] not in own:
                command = (
                    f"aws cognito-idp delete-user-pool-client --user-pool-id {pool} --client-id {client['ClientId']}"
                )
                yield Addition(f"client {client['ClientName']}", f"user pool {pool}", command)


def _resource_policies(aws: Aws, managed: Managed) -> Iterator[Addition]:
    secrets, ecr = aws.client("secretsmanager"), aws.client("ecr")
    for values in _of(managed, "aws_secretsmanager_secret"):
        name = values["name"]
        if secrets.get_resource_policy(SecretId=values["arn"]).get("ResourcePolicy"):
            command = f"aws secretsmanager delete-resource-policy --secret-id {name}"
            yield Addition("a resource policy", f"secret {name}", command)
    for values in _of(managed, "aws_ecr_repository"):
        name = values["name"]
        try:
            ecr.get_repository_policy(repositoryName=name)
        except ClientError as error:
            if code_of(error) != "RepositoryPolicyNotFoundException":
                raise
            continue
        command = f"aws ecr delete-repository-policy --repository-name {name}"
        yield Addition("a repository policy", f"repository {name}", command)


DEFAULT_EGRESS = re.compile(r"egress rule \S+ \(0\.0\.0\.0/0, port (?:-1|None)\)")
"""The rule that EC2 adds to each new security group; recovery removes it."""


def hung_on(aws: Aws, managed: Managed, addresses: Collection[str]) -> list[Addition]:
    """What is attached to the resources at some addresses, and no fresh deployment would have. Raises ClientError."""
    parts = {"aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_cognito_user_pool_client", *RULE_TYPES}
    # Of the others only what they own counts, e.g. the rules of a security group that is looked at.
    looked_at = {
        address: values for address, values in managed.items() if address in addresses or type_of(address) in parts
    }
    checks = (_roles, _security_groups, _listeners, _keys, _clients, _resource_policies)
    found = [one for check in checks for one in check(aws, looked_at)]
    return [one for one in found if not DEFAULT_EGRESS.fullmatch(one.what)]
