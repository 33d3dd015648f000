"""The load balancer's web ACL and its log."""

from typing import Any

from constructs_lib.helpers.naming import Names
from constructs_lib.network.load_balancer import LoadBalancer

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
    Wafv2WebAclLoggingConfigurationRedactedFieldsQueryString,
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
"""Rules of the common rule set that ordinary prompts match: bodies over 8 KB, or with code, paths and URLs."""
COMMON_LABELS = "awswaf:managed:aws:core-rule-set"
"""Namespace of the labels that the common rule set adds to requests that its rules match."""
API_PATH = "/v1/"
"""Path prefix on which COUNTED_COMMON_RULES only count; on other paths they block."""
REDACTED_HEADERS = (
    "authorization",
    "proxy-authorization",
    "cookie",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    *(
        f"x-portkey-{name}"
        for name in (
            "api-key",
            "virtual-key",
            "config",
            "aws-access-key-id",
            "aws-secret-access-key",
            "aws-session-token",
            "aws-external-id",
            "azure-ad-token",
            "azure-entra-client-secret",
            "oracle-fingerprint",
            "oracle-key-passphrase",
            "oracle-private-key",
            "vertex-service-account-json",
        )
    ),
)
"""Headers with credentials, in lower case as WAF requires. A test derives the list from Portkey's source."""
RATE_LIMIT_WINDOW_SECONDS = 300


class Waf(Construct):
    """AWS's managed rules and a rate limit per IP address. Requests that no rule blocks are allowed."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        load_balancer: LoadBalancer,
        log_group: CloudwatchLogGroup,
        rate_limit: int,
        client_rate_limit: int,
    ) -> None:
        super().__init__(scope, id_)
        self._metric_prefix = names.web_acl
        acl = Wafv2WebAcl(
            self,
            "WebAcl",
            name=names.web_acl,
            scope="REGIONAL",
            default_action=Wafv2WebAclDefaultAction(allow=Wafv2WebAclDefaultActionAllow()),
            # The four rules of the Terraform version of this gateway in its order, then this project's own.
            rule=[
                self._managed("common", 1, "AWSManagedRulesCommonRuleSet", counted=COUNTED_COMMON_RULES),
                self._managed("ip-reputation", 2, "AWSManagedRulesAmazonIpReputationList"),
                self._rate_limit(3, rate_limit),
                self._managed("known-bad-inputs", 4, "AWSManagedRulesKnownBadInputsRuleSet"),
                self._bodies_elsewhere(5),
                *([self._client_rate_limit(6, client_rate_limit)] if client_rate_limit else []),
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
            ]
            # Callers may put a key into it.
            + [
                Wafv2WebAclLoggingConfigurationRedactedFields(
                    query_string=Wafv2WebAclLoggingConfigurationRedactedFieldsQueryString()
                )
            ],
        )

    def _visibility(self, name: str) -> Wafv2WebAclRuleVisibilityConfig:
        return Wafv2WebAclRuleVisibilityConfig(
            cloudwatch_metrics_enabled=True,
            metric_name=f"{self._metric_prefix}-{name}",
            # Samples would store complete headers, including authorization, for three hours.
            sampled_requests_enabled=False,
        )

    def _managed(self, name: str, priority: int, rule_set: str, counted: tuple[str, ...] = ()) -> Wafv2WebAclRule:
        # The bindings have no class for statements, because they nest. Keys are Terraform's, in snake case.
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
        return self._blocking(
            "rate-limit",
            priority,
            {
                "rate_based_statement": {
                    "limit": limit,
                    "evaluation_window_sec": RATE_LIMIT_WINDOW_SECONDS,
                    "aggregate_key_type": "IP",
                }
            },
        )

    def _client_rate_limit(self, priority: int, limit: int) -> Wafv2WebAclRule:
        """A rate limit per `Authorization` header, so that one client cannot use up a shared IP address's limit."""
        return self._blocking(
            "client-rate-limit",
            priority,
            {
                "rate_based_statement": {
                    "limit": limit,
                    "evaluation_window_sec": RATE_LIMIT_WINDOW_SECONDS,
                    "aggregate_key_type": "CUSTOM_KEYS",
                    "custom_key": [
                        {"header": {"name": "authorization", "text_transformation": [{"priority": 0, "type": "NONE"}]}}
                    ],
                }
            },
        )

    def _bodies_elsewhere(self, priority: int) -> Wafv2WebAclRule:
        """Block requests that the counted rules matched, except under API_PATH."""
        labels = [
            {"label_match_statement": {"scope": "LABEL", "key": f"{COMMON_LABELS}:{rule.replace('_BODY', '_Body')}"}}
            for rule in COUNTED_COMMON_RULES
        ]
        on_the_api = {
            "byte_match_statement": {
                "field_to_match": {"uri_path": {}},
                "positional_constraint": "STARTS_WITH",
                "search_string": API_PATH,
                "text_transformation": [{"priority": 0, "type": "NORMALIZE_PATH"}],
            }
        }
        return self._blocking(
            "common-bodies",
            priority,
            {
                "and_statement": {
                    "statement": [
                        {"or_statement": {"statement": labels}},
                        {"not_statement": {"statement": [on_the_api]}},
                    ]
                }
            },
        )

    def _blocking(self, name: str, priority: int, statement: dict[str, Any]) -> Wafv2WebAclRule:
        return Wafv2WebAclRule(
            name=name,
            priority=priority,
            action=Wafv2WebAclRuleAction(block=Wafv2WebAclRuleActionBlock()),
            statement=statement,
            visibility_config=self._visibility(name),
        )
