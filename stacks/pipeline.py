"""What an environment's pipeline needs on AWS, apart from the environment: people deploy this, and no pipeline may."""

from constructs_lib.helpers.pipeline.access import Access
from constructs_lib.helpers.pipeline.trust import Repository
from constructs_lib.pipeline_roles import PipelineRoles
from envs.schema import Environment
from stacks.state import state_and_provider

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from constructs import Construct


class PipelineStack(TerraformStack):
    """The roles that `github_repository` may assume; its state is in the environment's bucket."""

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)
        state_and_provider(self, environment, key="pipeline.tfstate")
        zone = None
        if environment.domain_name:
            zone = DataAwsRoute53Zone(self, "Zone", name=environment.hosted_zone, private_zone=False)
        access = Access(
            names=environment.names,
            region=environment.aws_region,
            account_id=DataAwsCallerIdentity(self, "Account").account_id,
            domain_name=environment.domain_name,
            zone_arn=zone.arn if zone is not None else "",
            vpc_id=environment.vpc_id,
            usage=bool(environment.clients),
            rate_limits=environment.rates_in_valkey,
            state_key_arn=environment.state_kms_key_arn,
        )
        roles = PipelineRoles(self, "Roles", access=access, repository=Repository(environment.github_repository))
        for name, arn in (("deploy_role_arn", roles.deploy_arn), ("plan_role_arn", roles.plan_arn)):
            TerraformOutput(self, name, value=arn, description=f"Role of the workflows that {name.split('_')[0]}")
