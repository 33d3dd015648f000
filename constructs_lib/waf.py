"""The web ACL before the load balancer and the log of what it did."""

from typing import Any

from constructs_lib.helpers.naming import Names
from constructs_lib.load_balancer import LoadBalancer

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.wafv2_web_acl import (
    Wafv2WebAcl,
    Wafv2WebAclDefaultAction,
    Wafv2WebAclDefaultActionAllow,
    Wafv2WebAclRule,
    Wafv2WebAclRuleAction,
    Wafv2WebAclRuleActionBlock,
    Wafv2WebAclRuleOverrideAction,
    Wafv2WebAclRuleOverrideActionNone,
    Wafv2WebAclRuleVisibilityConfig,
    Wafv2WebAclVisibilityConfig,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import Wafv2WebAclAssociation
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfiguration,
    Wafv2WebAclLoggingConfigurationRedactedFields,
    Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader,
)
from constructs import Construct

COUNTED_COMMON_RULES = (
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
)
"""Rules of the common set that ordinary prompts trip: over 8 KB, or with code, paths and URLs in the text."""
REDACTED_HEADERS = ("authorization", "cookie", "x-api-key", "x-portkey-api-key", "x-portkey-config")
"""Headers that carry credentials, a provider's key among them; WAF wants them in lower case."""
RATE_LIMIT_WINDOW_SECONDS = 300


class Waf(Construct):
    """AWS's managed rules and a rate limit per address, in the document's order; everything else passes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        load_balancer: LoadBalancer,
        log_group: CloudwatchLogGroup,
        rate_limit: int,
    ) -> None:
        super().__init__(scope, id_)
        self._metric_prefix = names.web_acl
        acl = Wafv2WebAcl(
            self,
            "WebAcl",
            name=names.web_acl,
            scope="REGIONAL",
            default_action=Wafv2WebAclDefaultAction(allow=Wafv2WebAclDefaultActionAllow()),
            rule=[
                self._managed("common", 1, "AWSManagedRulesCommonRuleSet", counted=COUNTED_COMMON_RULES),
                self._managed("ip-reputation", 2, "AWSManagedRulesAmazonIpReputationList"),
                self._rate_limit(3, rate_limit),
                self._managed("known-bad-inputs", 4, "AWSManagedRulesKnownBadInputsRuleSet"),
            ],
            visibility_config=Wafv2WebAclVisibilityConfig(
                cloudwatch_metrics_enabled=True, metric_name=names.web_acl, sampled_requests_enabled=False
            ),
        )
        acl_arn = acl.arn
        Wafv2WebAclAssociation(self, "Association", resource_arn=load_balancer.arn, web_acl_arn=acl_arn)
        Wafv2WebAclLoggingConfiguration(
            self,
            "Logging",
            resource_arn=acl_arn,
            log_destination_configs=[log_group.arn],
            redacted_fields=[
                Wafv2WebAclLoggingConfigurationRedactedFields(
                    single_header=Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader(name=header)
                )
                for header in REDACTED_HEADERS
            ],
        )

    def _visibility(self, name: str) -> Wafv2WebAclRuleVisibilityConfig:
        return Wafv2WebAclRuleVisibilityConfig(
            cloudwatch_metrics_enabled=True,
            metric_name=f"{self._metric_prefix}-{name}",
            # Samples would keep whole headers, authorization among them, for three hours.
            sampled_requests_enabled=False,
        )

    def _managed(self, name: str, priority: int, rule_set: str, counted: tuple[str, ...] = ()) -> Wafv2WebAclRule:
        # The bindings have no class for a statement (it nests in itself): here alone keys are Terraform's own.
        statement: dict[str, Any] = {"managed_rule_group_statement": {"vendor_name": "AWS", "name": rule_set}}
        if counted:
            statement["managed_rule_group_statement"]["rule_action_override"] = [
                {"name": rule, "action_to_use": {"count": {}}} for rule in counted
            ]
        return Wafv2WebAclRule(
            name=name,
            priority=priority,
            override_action=Wafv2WebAclRuleOverrideAction(none=Wafv2WebAclRuleOverrideActionNone()),
            statement=statement,
            visibility_config=self._visibility(name),
        )

    def _rate_limit(self, priority: int, limit: int) -> Wafv2WebAclRule:
        name = "rate-limit"
        return Wafv2WebAclRule(
            name=name,
            priority=priority,
            action=Wafv2WebAclRuleAction(block=Wafv2WebAclRuleActionBlock()),
            statement={
                "rate_based_statement": {
                    "limit": limit,
                    "evaluation_window_sec": RATE_LIMIT_WINDOW_SECONDS,
                    "aggregate_key_type": "IP",
                }
            },
            visibility_config=self._visibility(name),
        )
