"""The VPC and what belongs to it, and the load balancer."""

from resource_types.record import ONLY_IN_TERRAFORM, Detail, Lookup, Loss, ResourceType

GONE = ("deleted", "deleting", "failed")
"""States in which EC2 still lists what no longer exists."""
_EXPOSURE, _TRAFFIC = "Public exposure", "Ingress and egress"
_ROUTED = "drawn as the frame or the edge that its routes make"


def _tagged(call: str, query: str, identifier: str) -> Lookup:
    """EC2 numbers its resources; all have our tags from the moment they exist."""
    return Lookup(service="ec2", call=call, query=query, by_tags=True, attributes={"id": f"{{{identifier}}}"})


def _rule(*, egress: bool) -> ResourceType:
    return ResourceType(
        type=f"aws_vpc_security_group_{'e' if egress else 'in'}gress_rule",
        iam="ec2",
        lookup=Lookup(
            service="ec2",
            call="describe_security_group_rules",
            arguments={"Filters": [{"Name": "group-id", "Values": ["{security_group_id}"]}]},
            query="SecurityGroupRules[]",
            same={
                "IsEgress": egress,
                "IpProtocol": "{ip_protocol}",
                "FromPort": "{from_port}",
                "ToPort": "{to_port}",
                "CidrIpv4": "{cidr_ipv4}",
                "ReferencedGroupInfo.GroupId": "{referenced_security_group_id}",
            },
            attributes={"id": "{SecurityGroupRuleId}"},
        ),
        place=("security_group_id", "from_port", "cidr_ipv4", "referenced_security_group_id"),
        reviewed={_TRAFFIC: ""},
    )


TYPES = (
    ResourceType(
        type="aws_vpc",
        iam="ec2",
        lookup=_tagged("describe_vpcs", "Vpcs[]", "VpcId"),
        loses=Loss.ADDRESS,
    ),
    ResourceType(
        type="aws_subnet",
        iam="ec2",
        lookup=_tagged("describe_subnets", "Subnets[]", "SubnetId"),
        place=("vpc_id", "cidr_block"),
        unique=(("vpc_id", "cidr_block"),),
    ),
    ResourceType(
        type="aws_internet_gateway",
        iam="ec2",
        lookup=_tagged("describe_internet_gateways", "InternetGateways[]", "InternetGatewayId"),
        place=("vpc_id",),
        unique=(("vpc_id",),),
        reviewed={_EXPOSURE: ""},
    ),
    ResourceType(type="aws_eip", iam="ec2", lookup=_tagged("describe_addresses", "Addresses[]", "AllocationId")),
    ResourceType(
        type="aws_nat_gateway",
        iam="ec2",
        lookup=_tagged("describe_nat_gateways", "NatGateways[]", "NatGatewayId"),
        place=("subnet_id",),
        reviewed={_EXPOSURE: ""},
    ),
    ResourceType(
        type="aws_route_table",
        iam="ec2",
        lookup=_tagged("describe_route_tables", "RouteTables[]", "RouteTableId"),
        undrawn=_ROUTED,
    ),
    ResourceType(
        type="aws_route",
        iam="ec2",
        lookup=Lookup(
            service="ec2",
            call="describe_route_tables",
            arguments={"RouteTableIds": ["{route_table_id}"]},
            query="RouteTables[].Routes[]",
            same={"DestinationCidrBlock": "{destination_cidr_block}"},
        ),
        import_id="{route_table_id}_{destination_cidr_block}",
        place=("route_table_id", "destination_cidr_block"),
        unique=(("route_table_id", "destination_cidr_block"),),
        reviewed={_TRAFFIC: ""},
    ),
    ResourceType(
        type="aws_route_table_association",
        iam="ec2",
        lookup=Lookup(
            service="ec2",
            call="describe_route_tables",
            arguments={"RouteTableIds": ["{route_table_id}"]},
            query="RouteTables[].Associations[]",
            same={"SubnetId": "{subnet_id}"},
        ),
        import_id="{subnet_id}/{route_table_id}",
        place=("subnet_id",),
        unique=(("subnet_id",),),
        undrawn=_ROUTED,
    ),
    ResourceType(
        type="aws_vpc_endpoint",
        iam="ec2",
        lookup=_tagged("describe_vpc_endpoints", "VpcEndpoints[]", "VpcEndpointId"),
        place=("vpc_id", "service_name"),
        unique=(("vpc_id", "service_name"),),
    ),
    ResourceType(
        type="aws_flow_log",
        iam="ec2",
        lookup=_tagged("describe_flow_logs", "FlowLogs[]", "FlowLogId"),
        place=("vpc_id",),
        reviewed={"Audit": ""},
    ),
    ResourceType(
        type="aws_default_security_group",
        iam="ec2",
        lookup="each VPC has one: Terraform takes it over and empties it",
        place=("vpc_id",),
        reviewed={_TRAFFIC: ""},
        undrawn="nothing uses it",
    ),
    ResourceType(
        type="aws_security_group",
        iam="ec2",
        lookup=_tagged("describe_security_groups", "SecurityGroups[]", "GroupId"),
        name="name",
        unique=(("vpc_id", "name"),),
        reviewed={_TRAFFIC: ""},
        undrawn="its rules are the edges",
    ),
    _rule(egress=False),
    _rule(egress=True),
    ResourceType(
        type="aws_lb",
        iam="elasticloadbalancing",
        lookup=Lookup(
            service="elbv2",
            call="describe_load_balancers",
            arguments={"Names": ["{name}"]},
            query="LoadBalancers[]",
            absent=("LoadBalancerNotFound",),
            attributes={"id": "{LoadBalancerArn}", "arn": "{LoadBalancerArn}"},
        ),
        name="name",
        loses=Loss.ADDRESS,
        protection=("enable_deletion_protection", True),
        reviewed={_EXPOSURE: "$|internal|subnets|drop_invalid"},
    ),
    ResourceType(
        type="aws_lb_target_group",
        iam="elasticloadbalancing",
        lookup=Lookup(
            service="elbv2",
            call="describe_target_groups",
            arguments={"Names": ["{name}"]},
            query="TargetGroups[]",
            absent=("TargetGroupNotFound",),
            attributes={"id": "{TargetGroupArn}", "arn": "{TargetGroupArn}"},
        ),
        name="name",
    ),
    ResourceType(
        type="aws_lb_listener",
        iam="elasticloadbalancing",
        lookup=Lookup(
            service="elbv2",
            call="describe_listeners",
            arguments={"LoadBalancerArn": "{load_balancer_arn}"},
            query="Listeners[]",
            same={"Port": "{port}"},
            attributes={"id": "{ListenerArn}"},
        ),
        place=("load_balancer_arn", "port"),
        unique=(("load_balancer_arn", "port"),),
        reviewed={"Authentication": "default_action", _EXPOSURE: "$|protocol|port"},
    ),
    ResourceType(
        type="aws_wafv2_web_acl",
        iam="wafv2",
        lookup=Lookup(
            service="wafv2",
            call="list_web_acls",
            arguments={"Scope": "{scope}", "Limit": 100},
            query="WebACLs[]",
            same={"Name": "{name}"},
            attributes={"id": "{Id}", "arn": "{ARN}"},
        ),
        import_id="{id}/{name}/{scope}",
        name="name",
        reviewed={_EXPOSURE: ""},
    ),
    ResourceType(
        type="aws_wafv2_web_acl_association",
        iam="wafv2",
        lookup="a property of the load balancer",
        import_id="{web_acl_arn},{resource_arn}",
        place=("resource_arn",),
        reviewed={_EXPOSURE: ""},
    ),
    ResourceType(
        type="aws_wafv2_web_acl_logging_configuration",
        iam="wafv2",
        lookup="a property of the web ACL",
        place=("resource_arn",),
        reviewed={_EXPOSURE: ""},
    ),
    ResourceType(
        type="aws_acm_certificate",
        iam="acm",
        lookup=Lookup(
            service="acm",
            call="list_certificates",
            query="CertificateSummaryList[]",
            same={"DomainName": "{domain_name}"},
            detail=Detail(
                call="list_tags_for_certificate",
                arguments={"CertificateArn": "{CertificateArn}"},
                same={"Tags[?Key=='Environment'].Value | [0]": "{environment}"},
            ),
            attributes={"id": "{CertificateArn}", "arn": "{CertificateArn}"},
        ),
        name="domain_name",
        unique=(),
        reviewed={"Encryption": ""},
    ),
    ResourceType(
        type="aws_acm_certificate_validation",
        iam="acm",
        lookup=ONLY_IN_TERRAFORM,
        reviewed={"Encryption": ""},
        undrawn=ONLY_IN_TERRAFORM,
    ),
    ResourceType(
        type="aws_route53_record",
        iam="route53",
        lookup=Lookup(
            service="route53",
            call="list_resource_record_sets",
            arguments={
                "HostedZoneId": "{zone_id}",
                "StartRecordName": "{name}",
                "StartRecordType": "{type}",
                "MaxItems": "1",
            },
            query="ResourceRecordSets[]",
            same={"Name": "{name}.", "Type": "{type}"},
            first_page=True,
        ),
        import_id="{zone_id}_{name}_{type}",
        name="name",
        reviewed={_EXPOSURE: ""},
    ),
)
ZONE = Lookup(
    service="route53",
    call="list_hosted_zones_by_name",
    arguments={"DNSName": "{name}"},
    query="HostedZones[]",
    same={"Name": "{name}.", "Config.PrivateZone": False},
    attributes={"zone_id": "{Id:last}"},
)
"""The hosted zone, which the stack only looks up."""
