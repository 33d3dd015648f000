"""What a deployment may do to networks: create with this environment's tags, and change only what carries them."""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement

CREATING = (
    *("AllocateAddress", "CreateFlowLogs", "CreateInternetGateway", "CreateNatGateway", "CreateRouteTable"),
    *("CreateSecurityGroup", "CreateSubnet", "CreateVpc", "CreateVpcEndpoint"),
)
OF_RULES = ("AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress")
CHANGING = (
    *("AssociateRouteTable", "AttachInternetGateway", "CreateFlowLogs", "CreateNatGateway", "CreateRoute"),
    *("CreateRouteTable", "CreateSecurityGroup", "CreateSubnet", "CreateTags", "CreateVpcEndpoint", "DeleteFlowLogs"),
    *("DeleteInternetGateway", "DeleteNatGateway", "DeleteRoute", "DeleteRouteTable", "DeleteSecurityGroup"),
    *("DeleteSubnet", "DeleteTags", "DeleteVpc", "DeleteVpcEndpoints", "DetachInternetGateway"),
    *("DisassociateAddress", "DisassociateRouteTable", "ModifySecurityGroupRules", "ModifySubnetAttribute"),
    *("ModifyVpcAttribute", "ModifyVpcEndpoint", "ReleaseAddress", "ReplaceRoute", "ReplaceRouteTableAssociation"),
    *("RevokeSecurityGroup*", "UpdateSecurityGroupRuleDescriptions*"),
)


def network(scope: Access) -> tuple[Statement, ...]:
    """Create, change and delete the environment's network, or its security groups in a VPC of somebody else's."""
    every = scope.arn("ec2", "*")
    theirs = Statement(
        sid="GroupsInTheirVpc",
        actions=("ec2:CreateSecurityGroup",),
        resources=(scope.arn("ec2", f"vpc/{scope.vpc_id}"),),
    )
    # A VPC comes with a security group that has no tags, and AWS has no condition that tells it from any other one.
    default_group = Statement(
        sid="TagDefaultGroup",
        actions=("ec2:CreateTags",),
        resources=(scope.arn("ec2", "security-group/*"),),
        conditions=(*scope.requested, *scope.untagged),
    )
    return (
        # EC2 asks about the tags of a request on what it creates alone, so a parent has to be in the next statement.
        Statement(
            sid="NewNetwork", actions=calls("ec2", *CREATING, *OF_RULES), resources=(every,), conditions=scope.requested
        ),
        Statement(
            sid="TagNewNetwork",
            actions=("ec2:CreateTags",),
            resources=(every,),
            conditions=(Condition("StringEquals", "ec2:CreateAction", (*CREATING, *OF_RULES)), *scope.requested),
        ),
        Statement(
            sid="OurNetwork",
            actions=calls("ec2", *CHANGING, *OF_RULES),
            resources=(every,),
            conditions=(*scope.tagged, *scope.kept),
        ),
        theirs if scope.vpc_id else default_group,
    )
