"""The roles with which a repository's workflows plan and deploy an environment."""

from constructs_lib.helpers.deployment_access import named, numbered
from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.pipeline_access import DEPLOYED_BRANCH, PATH, Scope, oidc_provider_arn, plan, trust
from constructs_lib.helpers.policies import policy
from constructs_lib.helpers.role_boundary import boundary

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct


class PipelineRoles(Construct):
    """One for deployments from GitHub's environment of the same name, one for plans on the deployed branch.

    Three policies, since AWS takes none that is long enough for all of it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        partition: str,
        region: str,
        account_id: str,
        repository: str,
        dns_suffix: str,
        zone: bool,
    ) -> None:
        super().__init__(scope, id_)
        own = Scope(names=names, partition=partition, region=region, account_id=account_id)
        provider = oidc_provider_arn(partition, account_id)
        IamPolicy(
            self,
            "Boundary",
            name=names.pipeline_role("boundary"),
            path=PATH,
            policy=policy(*boundary(own, dns_suffix=dns_suffix)),
        )
        planning, changing = (
            IamPolicy(self, id_of_one, name=names.pipeline_role(purpose), path=PATH, policy=policy(*statements))
            for id_of_one, purpose, statements in (
                ("Planning", "plan", plan(own)),
                ("Numbered", "deploy", numbered(own, dns_suffix=dns_suffix, zone=zone)),
            )
        )
        subjects = {
            "deploy": f"repo:{repository}:environment:{names.environment}",
            "plan": f"repo:{repository}:ref:refs/heads/{DEPLOYED_BRANCH}",
        }
        roles = {}
        for purpose, subject in subjects.items():
            id_of_one = purpose.capitalize()
            name = names.pipeline_role(purpose)
            role = IamRole(self, id_of_one, name=name, path=PATH, assume_role_policy=trust(provider, subject))
            IamRolePolicyAttachment(self, f"{id_of_one}Planning", role=role.name, policy_arn=planning.arn)
            roles[purpose] = role
        deploy = roles["deploy"]
        IamRolePolicyAttachment(self, "DeployNumbered", role=deploy.name, policy_arn=changing.arn)
        IamRolePolicy(self, "DeployNamed", name=deploy.name, role=deploy.id, policy=policy(*named(own)))
        self.deploy_arn, self.plan_arn = deploy.arn, roles["plan"].arn
