"""Planted faults of WAFv2, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.balancers import listening
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import acl, rule

WAF = "https://docs.aws.amazon.com/waf/latest/APIReference/"


GEO = {"GeoMatchStatement": {"CountryCodes": ["KP"]}}


def ip_set(aws: Account) -> dict[str, str]:
    """The summary of an IP set."""
    made = aws.wafv2.create_ip_set(
        Name="gateway", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["192.0.2.0/24"]
    )
    return dict(made["Summary"])


@fault("WAFDuplicateItemException", "", WAF + "API_CreateWebACL.html")
def second_web_acl_of_a_name(aws: Account) -> Call:
    """Web ACL names are unique in a scope."""
    aws.web_acl()
    return lambda: aws.wafv2.create_web_acl(**acl("gateway"))


@fault("WAFOptimisticLockException", "", WAF + "API_UpdateWebACL.html")
def web_acl_updated_with_a_stale_token(aws: Account) -> Call:
    """An update with a token that an earlier update has used is refused."""
    made = aws.web_acl()
    change = acl("gateway", Id=made["Id"], LockToken=made["LockToken"], Description="Changed")
    aws.wafv2.update_web_acl(**change)
    return lambda: aws.wafv2.update_web_acl(**change | {"Description": "Changed again"})


@twin
def web_acl_updated_with_the_next_token(aws: Account) -> Call:
    """An update with the token of the last response is accepted."""
    made = aws.web_acl()
    change = acl("gateway", Id=made["Id"], Description="Changed")
    token = aws.wafv2.update_web_acl(**change, LockToken=made["LockToken"])["NextLockToken"]
    return lambda: aws.wafv2.update_web_acl(**change, LockToken=token)


@fault("WAFAssociatedItemException", "", WAF + "API_DeleteWebACL.html")
def web_acl_of_a_load_balancer_deleted(aws: Account) -> Call:
    """A web ACL must be disassociated before it is deleted."""
    balancer, _, _ = listening(aws)
    made = aws.web_acl()
    aws.wafv2.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=balancer)
    return lambda: aws.wafv2.delete_web_acl(
        Name="gateway", Scope="REGIONAL", Id=made["Id"], LockToken=made["LockToken"]
    )


@twin
def web_acl_of_a_load_balancer(aws: Account) -> Call:
    """A regional web ACL can be associated with a load balancer."""
    balancer, _, _ = listening(aws)
    made = aws.web_acl(Rules=[rule("geo", 1, GEO)])
    return lambda: aws.wafv2.associate_web_acl(WebACLArn=made["ARN"], ResourceArn=balancer)


@fault("WAFAssociatedItemException", "", WAF + "API_DeleteIPSet.html")
def ip_set_of_a_web_acl_deleted(aws: Account) -> Call:
    """An IP set that a rule references cannot be deleted."""
    made = ip_set(aws)
    aws.web_acl(Rules=[rule("addresses", 1, {"IPSetReferenceStatement": {"ARN": made["ARN"]}})])
    return lambda: aws.wafv2.delete_ip_set(Name="gateway", Scope="REGIONAL", Id=made["Id"], LockToken=made["LockToken"])


@twin
def unused_ip_set_deleted(aws: Account) -> Call:
    """An IP set that no rule references can be deleted with the lock token from its creation."""
    made = ip_set(aws)
    return lambda: aws.wafv2.delete_ip_set(Name="gateway", Scope="REGIONAL", Id=made["Id"], LockToken=made["LockToken"])


@fault("WAFInvalidParameterException", "IP_ADDRESS|Addresses", WAF + "API_CreateIPSet.html", semantic=False)
def address_without_a_prefix(aws: Account) -> Call:
    """An address must be in CIDR notation; a single one ends in /32."""
    return lambda: aws.wafv2.create_ip_set(
        Name="gateway", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["192.0.2.1"]
    )


@fault("WAFInvalidParameterException", "exactly one value|OverrideAction", WAF + "API_Rule.html")
def rule_group_with_an_action(aws: Account) -> Call:
    """A managed rule group must have an OverrideAction, not an Action."""
    group = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}
    wrong = acl("gateway", Rules=[rule("common", 1, group)])
    return lambda: aws.wafv2.create_web_acl(**wrong)


@twin
def rule_group_with_an_override(aws: Account) -> Call:
    """A managed rule group with an OverrideAction is accepted."""
    group = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}
    common = rule("common", 1, group, OverrideAction={"None": {}})
    del common["Action"]
    return lambda: aws.wafv2.create_web_acl(**acl("gateway", Rules=[common]))


@fault("WAFInvalidParameterException", "AND_STATEMENT|AndStatement", WAF + "API_AndStatement.html", semantic=False)
def and_of_one_statement(aws: Account) -> Call:
    """AND requires at least two statements."""
    wrong = acl("gateway", Rules=[rule("one", 1, {"AndStatement": {"Statements": [GEO]}})])
    return lambda: aws.wafv2.create_web_acl(**wrong)


@fault("WAFInvalidParameterException", "priority", WAF + "API_Rule.html")
def priority_of_two_rules(aws: Account) -> Call:
    """The rules of a web ACL must have different priorities."""
    wrong = acl("gateway", Rules=[rule("one", 1, GEO), rule("two", 1, GEO)])
    return lambda: aws.wafv2.create_web_acl(**wrong)


@fault("WAFInvalidParameterException", "capacity", WAF + "API_CreateRuleGroup.html")
def rules_larger_than_their_group(aws: Account) -> Call:
    """A rule group's capacity must suffice for its rules. A SQL injection match needs at least 20 units."""
    injection = {
        "SqliMatchStatement": {
            "FieldToMatch": {"QueryString": {}},
            "TextTransformations": [{"Priority": 0, "Type": "URL_DECODE"}],
        }
    }
    wrong = acl("gateway", Capacity=5, Rules=[rule("injection", 1, injection)])
    del wrong["DefaultAction"]
    return lambda: aws.wafv2.create_rule_group(**wrong)


@fault(
    "WAFInvalidParameterException", "LOG_DESTINATION|LogDestinationConfigs", WAF + "API_PutLoggingConfiguration.html"
)
def web_acl_logs_to_a_group_of_another_name(aws: Account) -> Call:
    """The log group's name must begin with aws-waf-logs-."""
    made = aws.web_acl()
    aws.logs.create_log_group(logGroupName="gateway-waf")
    destination = f"arn:aws:logs:us-east-1:{aws.id}:log-group:gateway-waf"
    settings = {"ResourceArn": made["ARN"], "LogDestinationConfigs": [destination]}
    return lambda: aws.wafv2.put_logging_configuration(LoggingConfiguration=settings)


@twin
def web_acl_logs(aws: Account) -> Call:
    """A log group with the required name is accepted."""
    made = aws.web_acl()
    aws.logs.create_log_group(logGroupName="aws-waf-logs-gateway")
    destination = f"arn:aws:logs:us-east-1:{aws.id}:log-group:aws-waf-logs-gateway"
    settings = {"ResourceArn": made["ARN"], "LogDestinationConfigs": [destination]}
    return lambda: aws.wafv2.put_logging_configuration(LoggingConfiguration=settings)
