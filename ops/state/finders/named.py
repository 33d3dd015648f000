"""Finds what has a name of ours."""

from ops.aws import Aws
from ops.state.finders.shape import Finder, Found, Values, only, unless_absent


def _log_group(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    answer = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    item = next((item for item in answer if item["logGroupName"] == name), None)
    return Found(name, {"id": name, "name": name, "arn": item["arn"].removesuffix(":*")}) if item else None


def _kms_key(aws: Aws, values: Values) -> Found | None:
    kms = aws.client("kms")
    keys = [
        kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        for page in kms.get_paginator("list_keys").paginate()
        for key in page["Keys"]
    ]
    # The description names the environment and the purpose; an alias comes only after the key.
    alive = [key for key in keys if key["Description"] == values["description"] and key["KeyState"] == "Enabled"]
    key = only(f"KMS key {values['description']!r}", alive)
    if key is None:
        return None
    return Found(key["KeyId"], {"id": key["KeyId"], "key_id": key["KeyId"], "arn": key["Arn"]})


def _kms_alias(aws: Aws, values: Values) -> Found | None:
    pages = aws.client("kms").get_paginator("list_aliases").paginate()
    exists = any(alias["AliasName"] == values["name"] for page in pages for alias in page["Aliases"])
    return Found.by_id(values["name"]) if exists else None


def _role(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    answer = unless_absent(lambda: aws.client("iam").get_role(RoleName=name), "NoSuchEntity")
    return Found(name, {"id": name, "name": name, "arn": answer["Role"]["Arn"]}) if answer else None


def _role_policy(aws: Aws, values: Values) -> Found | None:
    role, name = values["role"], values["name"]
    answer = unless_absent(lambda: aws.client("iam").get_role_policy(RoleName=role, PolicyName=name), "NoSuchEntity")
    return Found(f"{role}:{name}") if answer else None


def _bucket(aws: Aws, values: Values) -> Found | None:
    name = values["bucket"]
    answer = unless_absent(lambda: aws.client("s3").head_bucket(Bucket=name), "404", "NoSuchBucket")
    return Found(name, {"id": name, "arn": f"arn:{aws.partition}:s3:::{name}"}) if answer else None


def _load_balancer(aws: Aws, values: Values) -> Found | None:
    answer = unless_absent(
        lambda: aws.client("elbv2").describe_load_balancers(Names=[values["name"]]), "LoadBalancerNotFound"
    )
    arn = answer["LoadBalancers"][0]["LoadBalancerArn"] if answer and answer["LoadBalancers"] else None
    return Found(arn, {"id": arn, "arn": arn}) if arn else None


def _target_group(aws: Aws, values: Values) -> Found | None:
    answer = unless_absent(
        lambda: aws.client("elbv2").describe_target_groups(Names=[values["name"]]), "TargetGroupNotFound"
    )
    arn = answer["TargetGroups"][0]["TargetGroupArn"] if answer and answer["TargetGroups"] else None
    return Found(arn, {"id": arn, "arn": arn}) if arn else None


def _listener(aws: Aws, values: Values) -> Found | None:
    listeners = aws.client("elbv2").describe_listeners(LoadBalancerArn=values["load_balancer_arn"])["Listeners"]
    arn = next((item["ListenerArn"] for item in listeners if item["Port"] == values["port"]), None)
    return Found.by_id(arn) if arn else None


def _user_pool(aws: Aws, values: Values) -> Found | None:
    pages = aws.client("cognito-idp").get_paginator("list_user_pools").paginate(PaginationConfig={"PageSize": 60})
    same = [pool["Id"] for page in pages for pool in page["UserPools"] if pool["Name"] == values["name"]]
    found = only(f"user pools named {values['name']}", same)
    return Found.by_id(found) if found else None


def _user_pool_client(aws: Aws, values: Values) -> Found | None:
    pool, name = values["user_pool_id"], values["name"]
    pages = aws.client("cognito-idp").get_paginator("list_user_pool_clients").paginate(UserPoolId=pool)
    same = [item["ClientId"] for page in pages for item in page["UserPoolClients"] if item["ClientName"] == name]
    found = only(f"user pool clients named {name}", same)
    return Found(f"{pool}/{found}", {"id": found}) if found else None


def _user_pool_domain(aws: Aws, values: Values) -> Found | None:
    answer = aws.client("cognito-idp").describe_user_pool_domain(Domain=values["domain"])
    ours = answer["DomainDescription"].get("UserPoolId") == values["user_pool_id"]
    return Found.by_id(values["domain"]) if ours else None


def _resource_server(aws: Aws, values: Values) -> Found | None:
    pool, identifier = values["user_pool_id"], values["identifier"]
    answer = unless_absent(
        lambda: aws.client("cognito-idp").describe_resource_server(UserPoolId=pool, Identifier=identifier),
        "ResourceNotFoundException",
    )
    return Found(f"{pool}|{identifier}") if answer else None


def _repository(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    answer = unless_absent(
        lambda: aws.client("ecr").describe_repositories(repositoryNames=[name]), "RepositoryNotFoundException"
    )
    return Found(name, {"id": name, "name": name}) if answer else None


def _cluster(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    alive = [
        item for item in aws.client("ecs").describe_clusters(clusters=[name])["clusters"] if item["status"] == "ACTIVE"
    ]
    return Found(name, {"id": alive[0]["clusterArn"], "name": name}) if alive else None


def _service(aws: Aws, values: Values) -> Found | None:
    cluster, name = values["cluster"].rpartition("/")[2], values["name"]
    answer = aws.client("ecs").describe_services(cluster=cluster, services=[name])["services"]
    alive = [item for item in answer if item["status"] == "ACTIVE"]
    return Found(f"{cluster}/{name}", {"id": alive[0]["serviceArn"], "name": name}) if alive else None


def _task_definition(aws: Aws, values: Values) -> Found | None:
    pages = (
        aws.client("ecs")
        .get_paginator("list_task_definitions")
        .paginate(familyPrefix=values["family"], status="ACTIVE", sort="DESC")
    )
    arns = [arn for page in pages for arn in page["taskDefinitionArns"]]
    # The prefix also finds families that only start so.
    newest = next((arn for arn in arns if arn.rpartition("/")[2].rpartition(":")[0] == values["family"]), None)
    return Found(newest, {"arn": newest}) if newest else None


def _web_acl(aws: Aws, values: Values) -> Found | None:
    answer = aws.client("wafv2").list_web_acls(Scope=values["scope"])["WebACLs"]
    item = next((item for item in answer if item["Name"] == values["name"]), None)
    return Found(f"{item['Id']}/{item['Name']}/{values['scope']}", {"arn": item["ARN"]}) if item else None


def _secret(aws: Aws, values: Values) -> Found | None:
    answer = unless_absent(
        lambda: aws.client("secretsmanager").describe_secret(SecretId=values["name"]), "ResourceNotFoundException"
    )
    return Found(answer["ARN"], {"id": answer["ARN"], "arn": answer["ARN"]}) if answer else None


def _table(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    answer = unless_absent(lambda: aws.client("dynamodb").describe_table(TableName=name), "ResourceNotFoundException")
    return Found(name, {"id": name, "name": name, "arn": answer["Table"]["TableArn"]}) if answer else None


def _topic(aws: Aws, values: Values) -> Found | None:
    arn = f"arn:{aws.partition}:sns:{aws.environment.aws_region}:{aws.account_id}:{values['name']}"
    answer = unless_absent(lambda: aws.client("sns").get_topic_attributes(TopicArn=arn), "NotFound")
    return Found(arn, {"id": arn, "arn": arn}) if answer else None


def _query_definition(aws: Aws, values: Values) -> Found | None:
    name = values["name"]
    answer = aws.client("logs").describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"]
    item = only(f"saved query {name}", [item for item in answer if item["name"] == name])
    if item is None:
        return None
    where = f"{aws.environment.aws_region}:{aws.account_id}"
    return Found(f"arn:{aws.partition}:logs:{where}:query-definition:{item['queryDefinitionId']}")


def _certificate(aws: Aws, values: Values) -> Found | None:
    acm, name = aws.client("acm"), values["domain_name"]
    ours = {"Key": "Environment", "Value": aws.environment.environment}
    found = [
        summary["CertificateArn"]
        for page in acm.get_paginator("list_certificates").paginate()
        for summary in page["CertificateSummaryList"]
        if summary["DomainName"] == name
        and ours in acm.list_tags_for_certificate(CertificateArn=summary["CertificateArn"]).get("Tags", [])
    ]
    arn = only(f"certificate of {name}", found)
    return Found(arn, {"id": arn, "arn": arn}) if arn else None


def _record(aws: Aws, values: Values) -> Found | None:
    route53, name, type_ = aws.client("route53"), values["name"], values["type"]
    # The zone is only looked up by the stack, so no resource knows its id.
    wanted = f"{aws.environment.hosted_zone}."
    zones = route53.list_hosted_zones_by_name(DNSName=wanted)["HostedZones"]
    zone = next((one for one in zones if one["Name"] == wanted and not one["Config"]["PrivateZone"]), None)
    if zone is None:
        return None
    zone_id = zone["Id"].rpartition("/")[2]
    if "${" in f"{name}{type_}":
        return None  # ACM's record is known by its certificate only, and its creation may overwrite what is there
    records = route53.list_resource_record_sets(
        HostedZoneId=zone_id, StartRecordName=name, StartRecordType=type_, MaxItems="1"
    )["ResourceRecordSets"]
    exists = any((record["Name"].rstrip("."), record["Type"]) == (name, type_) for record in records)
    return Found(f"{zone_id}_{name}_{type_}") if exists else None


NAMED_FINDERS: dict[str, Finder] = {
    "aws_cloudwatch_log_group": _log_group,
    "aws_kms_key": _kms_key,
    "aws_kms_alias": _kms_alias,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_s3_bucket": _bucket,
    "aws_lb": _load_balancer,
    "aws_lb_target_group": _target_group,
    "aws_lb_listener": _listener,
    "aws_cognito_user_pool": _user_pool,
    "aws_cognito_user_pool_client": _user_pool_client,
    "aws_cognito_user_pool_domain": _user_pool_domain,
    "aws_cognito_resource_server": _resource_server,
    "aws_ecr_repository": _repository,
    "aws_ecs_cluster": _cluster,
    "aws_ecs_service": _service,
    "aws_ecs_task_definition": _task_definition,
    "aws_wafv2_web_acl": _web_acl,
    "aws_secretsmanager_secret": _secret,
    "aws_dynamodb_table": _table,
    "aws_sns_topic": _topic,
    "aws_cloudwatch_query_definition": _query_definition,
    "aws_acm_certificate": _certificate,
    "aws_route53_record": _record,
}
