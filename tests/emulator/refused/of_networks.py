"""Refused calls of EC2, Route 53, WAF and ACM."""

from tests.emulator.refused.requests import BLOCK, NONE, Case, acl, endpoint, permission, record

from moto.core.models import DEFAULT_ACCOUNT_ID

CASES: tuple[Case, ...] = (
    ("ec2:CreateSecurityGroup", lambda _: {"GroupName": "ü", "Description": "d"}, "InvalidParameterValue", "GroupName"),
    (
        "ec2:CreateSecurityGroup",
        lambda _: {"GroupName": "sg-1", "Description": "d"},
        "InvalidParameterValue",
        "GroupName",
    ),
    (
        "ec2:CreateSecurityGroup",
        lambda _: {"GroupName": "g", "Description": "d", "VpcId": f"vpc-{NONE}"},
        "InvalidVpcID.NotFound",
        "VpcId",
    ),
    (
        "ec2:AuthorizeSecurityGroupIngress",
        lambda w: permission(w) | {"GroupId": f"sg-{NONE}"},
        "InvalidGroup.NotFound",
        "GroupId",
    ),
    (
        "ec2:AuthorizeSecurityGroupEgress",
        lambda w: permission(w, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "ü"}]),
        "InvalidParameterValue",
        "IpPermissions[0].IpRanges[0].Description",
    ),
    (
        "ec2:AuthorizeSecurityGroupIngress",
        lambda w: permission(w, UserIdGroupPairs=[{"GroupId": f"sg-{NONE}"}]),
        "InvalidGroup.NotFound",
        "IpPermissions[0].UserIdGroupPairs[0].GroupId",
    ),
    (
        "ec2:AuthorizeSecurityGroupEgress",
        lambda w: permission(w, IpRanges=[{"CidrIp": f"10.{n}.0.0/16"} for n in range(61)]),
        "RulesPerSecurityGroupLimitExceeded",
        "IpPermissions",
    ),
    ("ec2:CreateNatGateway", lambda _: {"SubnetId": f"subnet-{NONE}"}, "InvalidSubnetID.NotFound", "SubnetId"),
    (
        "ec2:CreateRoute",
        lambda _: {"RouteTableId": f"rtb-{NONE}", "NatGatewayId": f"nat-{NONE}"},
        "InvalidNatGatewayID.NotFound",
        "NatGatewayId",
    ),
    ("ec2:CreateVpcEndpoint", lambda w: endpoint(w, VpcId=f"vpc-{NONE}"), "InvalidVpcId.NotFound", "VpcId"),
    (
        "ec2:CreateVpcEndpoint",
        lambda w: endpoint(w, SubnetIds=[w.other_subnet]),
        "InvalidSubnetId.NotFound",
        "SubnetIds[0]",
    ),
    (
        "ec2:CreateVpcEndpoint",
        lambda w: endpoint(w, SecurityGroupIds=[w.other_group]),
        "InvalidSecurityGroupId.NotFound",
        "SecurityGroupIds[0]",
    ),
    ("acm:RequestCertificate", lambda _: {"DomainName": "a..example.com"}, "ValidationException", "DomainName"),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet",
    ),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(ResourceRecords=[{"Value": "10.0.0.1"}]),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet.TTL",
    ),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(ResourceRecords=[{"Value": "::1"}], TTL=1),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet.ResourceRecords",
    ),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(Type="AAAA", ResourceRecords=[{"Value": "10.0.0.1"}], TTL=1),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet.ResourceRecords",
    ),
    (
        "wafv2:CreateWebACL",
        lambda _: acl({**BLOCK, "Priority": 1}, {**BLOCK, "Priority": 2}),
        "WAFInvalidParameterException",
        "Rules.Name",
    ),
    (
        "wafv2:CreateWebACL",
        lambda _: acl({**BLOCK, "Action": {}, "OverrideAction": {"None": {}}}),
        "WAFInvalidParameterException",
        "Rules[0].Action",
    ),
    (
        "wafv2:AssociateWebACL",
        lambda w: {"WebACLArn": w.web_acl, "ResourceArn": f"{w.balancer}x"},
        "WAFUnavailableEntityException",
        "ResourceArn",
    ),
    (
        "wafv2:AssociateWebACL",
        lambda w: {"WebACLArn": w.web_acl.replace("us-east-1", "eu-west-1"), "ResourceArn": w.balancer},
        "WAFInvalidParameterException",
        "WebACLArn",
    ),
    (
        "wafv2:AssociateWebACL",
        lambda w: {"WebACLArn": f"{w.web_acl[:-4]}0000", "ResourceArn": w.balancer},
        "WAFNonexistentItemException",
        "WebACLArn",
    ),
    (
        "wafv2:PutLoggingConfiguration",
        lambda w: {
            "LoggingConfiguration": {
                "ResourceArn": w.web_acl,
                "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{DEFAULT_ACCOUNT_ID}:log-group:aws-waf-logs-none"],
            }
        },
        "WAFLogDestinationPermissionIssueException",
        "LoggingConfiguration.LogDestinationConfigs[0]",
    ),
)
