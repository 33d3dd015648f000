"""The IAM roles that a repository's workflows assume to plan and to deploy an environment."""

from constructs_lib.helpers.pipeline.access import Access
from constructs_lib.helpers.pipeline.trust import Repository, trust
from constructs_lib.helpers.policies import policy
from constructs_lib.helpers.scope import PIPELINES

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct


class PipelineRoles(Construct):
    """One role for deployments from the GitHub environment of the same name, one for plans on the deployed branch.

    Their permissions are split over several policies, because AWS limits the length of each.
    """

    def __init__(self, scope: Construct, id_: str, *, access: Access, repository: Repository) -> None:
        super().__init__(scope, id_)
        self._access = access
        self._managed("boundary", "boundary")
        reading = [self._managed("planning", "plan"), self._managed("locking", "state")]
        changing = [
            self._managed("numbered", "deploy"),
            self._managed("network", "network"),
            self._managed("running", "run"),
        ]
        if access.usage:
            changing.append(self._managed("usage", "usage"))
        if access.zone_arn:
            changing.append(self._managed("domain", "domain"))
        deploy = self._role("deploy", repository, [*reading, *changing])
        named = policy(*access.statements("named"))
        IamRolePolicy(self, "DeployNamed", name=deploy.name, role=deploy.id, policy=named)
        self.deploy_arn, self.plan_arn = deploy.arn, self._role("plan", repository, reading).arn

    def _managed(self, written: str, purpose: str) -> IamPolicy:
        """A managed policy with the statements of `policies.<written>` in access.toml, named after `purpose`."""
        document = policy(*self._access.statements(written))
        name = self._access.names.pipeline_role(purpose)
        return IamPolicy(self, written.capitalize(), name=name, path=PIPELINES, policy=document)

    def _role(self, purpose: str, repository: Repository, policies: list[IamPolicy]) -> IamRole:
        id_, name = purpose.capitalize(), self._access.names.pipeline_role(purpose)
        document = trust(self._access, repository=repository, purpose=purpose)
        role = IamRole(self, id_, name=name, path=PIPELINES, assume_role_policy=document)
        for one in policies:
            IamRolePolicyAttachment(self, f"{id_}{one.node.id}", role=role.name, policy_arn=one.arn)
        return role
