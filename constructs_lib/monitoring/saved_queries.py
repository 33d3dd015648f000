"""Saved queries of CloudWatch Logs Insights."""

from constructs_lib.helpers.monitoring.access_log import QUERIES, TEAM_QUERIES
from constructs_lib.helpers.naming import Names
from constructs_lib.log_groups import LogGroups

from cdktf_cdktf_provider_aws.cloudwatch_query_definition import CloudwatchQueryDefinition
from constructs import Construct

GATEWAY_ERRORS = (
    "fields @timestamp, @logStream, @message\n"
    '| filter (not ispresent(log) or log != "access") and @message like /(?i)error/\n'
    "| sort @timestamp desc"
)
WAF_BLOCKS = (
    'filter action = "BLOCK"\n'
    "| stats count(*) as requests by terminatingRuleId, httpRequest.clientIp, httpRequest.uri\n"
    "| sort requests desc"
)


class SavedQueries(Construct):
    """Saved queries for operators, each on the log group that it reads."""

    def __init__(self, scope: Construct, id_: str, *, names: Names, log_groups: LogGroups, with_teams: bool) -> None:
        super().__init__(scope, id_)
        wanted = [("gateway-errors", log_groups.gateway, GATEWAY_ERRORS)]
        wanted += [
            (name, log_groups.gateway, query)
            for name, query in (QUERIES | (TEAM_QUERIES if with_teams else {})).items()
        ]
        if log_groups.waf is not None:
            wanted.append(("waf-blocks", log_groups.waf, WAF_BLOCKS))
        for name, log_group, query in wanted:
            CloudwatchQueryDefinition(
                self, name, name=names.query(name), log_group_names=[log_group.name], query_string=query
            )
