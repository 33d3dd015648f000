"""The roles with which a repository's workflows plan and deploy an environment."""

from constructs_lib.helpers.pipeline import plan_access, rate_limit_access, usage_access
from constructs_lib.helpers.pipeline.deployment_access import named
from constructs_lib.helpers.pipeline.network_access import network
from constructs_lib.helpers.pipeline.numbered_access import numbered
from constructs_lib.helpers.pipeline.pipeline_access import Access
from constructs_lib.helpers.pipeline.role_boundary import boundary
from constructs_lib.helpers.pipeline.trust import Repository, trust
from constructs_lib.helpers.policies import Statement, policy
from constructs_lib.helpers.scope import PIPELINES

from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct


class PipelineRoles(Construct):
    """One for deployments from GitHub's environment of the same name, one for plans on the deployed branch.

    Several policies, since AWS takes none that is long enough for all of it.
    """

    def __init__(self, scope: Construct, id_: str, *, access: Access, repository: Repository) -> None:
        super().__init__(scope, id_)
        self._names = access.names
        self._managed("Boundary", "boundary", *boundary(access))
        planning = self._managed("Planning", "plan", *plan_access.reading(access))
        reading = usage_access.reading(access) if access.usage else ()
        if access.rate_limits:
            reading += rate_limit_access.reading(access)
        locking = self._managed("Locking", "state", *plan_access.state(access), *reading)
        numbering = self._managed("Numbered", "deploy", *numbered(access))
        networking = self._managed("Network", "network", *network(access))
        deploying = usage_access.deploying(access) if access.usage else ()
        if access.rate_limits:
            deploying += rate_limit_access.deploying(access)
        more = (self._managed("Usage", "usage", *deploying),) if deploying else ()
        attached = {"deploy": (planning, locking, numbering, networking, *more), "plan": (planning, locking)}
        roles: dict[str, IamRole] = {}
        for purpose, policies in attached.items():
            id_of_one = purpose.capitalize()
            document = trust(access, repository=repository, purpose=purpose)
            name = access.names.pipeline_role(purpose)
            role = IamRole(self, id_of_one, name=name, path=PIPELINES, assume_role_policy=document)
            for one in policies:
                attachment = f"{id_of_one}{one.node.id}"
                IamRolePolicyAttachment(self, attachment, role=role.name, policy_arn=one.arn)
            roles[purpose] = role
        deploy = roles["deploy"]
        IamRolePolicy(self, "DeployNamed", name=deploy.name, role=deploy.id, policy=policy(*named(access)))
        self.deploy_arn, self.plan_arn = deploy.arn, roles["plan"].arn

    def _managed(self, id_: str, purpose: str, *statements: Statement) -> IamPolicy:
        name = self._names.pipeline_role(purpose)
        return IamPolicy(self, id_, name=name, path=PIPELINES, policy=policy(*statements))
