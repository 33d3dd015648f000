"""The stack of an environment's pipeline roles. Only people deploy it, with `make pipeline` (ADR 19)."""

from constructs_lib.helpers.pipeline.access import ANY_SUBNET, Access
from constructs_lib.helpers.pipeline.trust import Repository
from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.task.images import ecr_repository_arn
from constructs_lib.pipeline_roles import PipelineRoles
from envs.schema import Environment
from stacks.from_settings import images, signs_for_bedrock
from stacks.state import state_and_provider

from cdktf import TerraformLocal, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.data_aws_subnets import DataAwsSubnets, DataAwsSubnetsFilter
from constructs import Construct

ZONES = ("a", "b")


class PipelineStack(TerraformStack):
    """The roles that workflows of `github_repository` assume. Its state is `pipeline.tfstate` in the state bucket."""

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)
        state_and_provider(self, environment, key="pipeline.tfstate")
        zone = None
        if environment.domain_name:
            zone = DataAwsRoute53Zone(self, "Zone", name=environment.hosted_zone, private_zone=False)
        pulled = (ecr_repository_arn(image, partition_of(environment.aws_region).name) for image in images(environment))
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
            waf=environment.enable_waf,
            bedrock=signs_for_bedrock(environment),
            pulled=tuple(sorted(set(filter(None, pulled)))),
            public_subnets=self._subnets(environment, "public"),
            private_subnets=self._subnets(environment, "private"),
        )
        roles = PipelineRoles(self, "Roles", access=access, repository=Repository(environment.github_repository))
        for name, arn in (("deploy_role_arn", roles.deploy_arn), ("plan_role_arn", roles.plan_arn)):
            TerraformOutput(self, name, value=arn, description=f"Role of the workflows that {name.split('_')[0]}")

    def _subnets(self, environment: Environment, tier: str) -> tuple[str, ...]:
        """The subnets of a tier: from the settings with `vpc_id`, else looked up by tags when `make pipeline` runs.

        `subnet-*` stands for subnets that do not exist yet.
        """
        if environment.vpc_id:
            return environment.public_subnet_ids if tier == "public" else environment.private_subnet_ids
        names = [f"{environment.names.prefix}-{tier}-{zone}" for zone in ZONES]
        tags = {"Project": [environment.project_name], "Environment": [environment.environment], "Name": names}
        found = DataAwsSubnets(
            self,
            f"{tier.capitalize()}Subnets",
            filter=[DataAwsSubnetsFilter(name=f"tag:{key}", values=values) for key, values in tags.items()],
        )
        # Locals, because the expression contains quotes and a policy is a JSON string.
        return tuple(
            TerraformLocal(
                self,
                f"{tier}_subnet_{zone}",
                f'${{try(sort(data.aws_subnets.{found.friendly_unique_id}.ids)[{number}], "{ANY_SUBNET}")}}',
            ).as_string
            for number, zone in enumerate(ZONES)
        )
