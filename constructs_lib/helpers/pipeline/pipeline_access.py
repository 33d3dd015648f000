"""What the policies of a pipeline have in common: the environment they are for, and conditions on its tags."""

from typing import Literal

from constructs_lib.helpers.policies import Condition
from constructs_lib.helpers.scope import Scope

import attrs

STATE_KEY = "terraform.tfstate"
ALARMS = (
    *("5xx", "provider-errors-*", "response-time-p99", "tasks-at-ceiling", "tasks-below-minimum", "unhealthy-hosts"),
    "waf-blocks",
)
"""Not every name that starts like this environment's: `dev-2` starts like `dev`."""
USAGE_ALARMS = ("budget-100-*", "budget-80-*", "usage-store-failures")
CACHE_ALARMS = ("rate-limits-cpu", "rate-limits-memory")
TagOperator = Literal["StringEquals", "StringEqualsIfExists"]


def calls(service: str, *names: str) -> tuple[str, ...]:
    """A service's actions as IAM writes them."""
    return tuple(f"{service}:{name}" for name in names)


@attrs.frozen(kw_only=True)
class Access(Scope):
    """An environment whose pipeline may do something: what its policies name, and their conditions."""

    domain_name: str = ""
    """The environment's own name in Route 53; empty: none."""
    zone_arn: str = ""
    """The hosted zone that holds the name."""
    state_key_arn: str = ""
    """The KMS key that encrypts the state's bucket; empty: S3's own."""
    vpc_id: str = ""
    """A VPC that somebody else looks after; empty: the environment has its own."""
    usage: bool = False
    """Whether the environment has teams, and so a table of what they use."""
    rate_limits: bool = False
    """Whether the rates of teams are in a cache."""

    @property
    def here(self) -> Condition:
        """That a call is made in this region."""
        return Condition("StringEquals", "aws:RequestedRegion", (self.region,))

    @property
    def own(self) -> Condition:
        """That a bucket is this account's: its name is one for all accounts, and whoever gets it could answer."""
        return Condition("StringEquals", "aws:ResourceAccount", (self.account_id,))

    @property
    def plans(self) -> str:
        """The ARN of every stored plan."""
        return f"{self.state_bucket}/plans/*"

    def _tags(self, prefix: str, operator: TagOperator) -> tuple[Condition, ...]:
        tags = {"Project": self.names.project_name, "Environment": self.names.environment}
        return tuple(Condition(operator, f"aws:{prefix}/{key}", (value,)) for key, value in tags.items())

    @property
    def tagged(self) -> tuple[Condition, ...]:
        """That a resource carries this project's and this environment's tags."""
        return self._tags("ResourceTag", "StringEquals")

    @property
    def tagged_or_new(self) -> tuple[Condition, ...]:
        """That it carries them, or none yet: new tags count for KMS after up to five minutes (KMS developer guide)."""
        return self._tags("ResourceTag", "StringEqualsIfExists")

    @property
    def untagged(self) -> tuple[Condition, ...]:
        """That a resource has neither tag, as what a call creates."""
        return tuple(Condition("Null", f"aws:ResourceTag/{key}", ("true",)) for key in ("Project", "Environment"))

    @property
    def requested(self) -> tuple[Condition, ...]:
        """That a call gives a resource both tags."""
        return self._tags("RequestTag", "StringEquals")

    @property
    def roles(self) -> tuple[str, ...]:
        """The ARNs of the environment's own roles."""
        purposes = ("execution", "task", "flow-logs")
        return tuple(self.arn("iam", f"role/{self.names.role(purpose)}", region="") for purpose in purposes)

    @property
    def state(self) -> str:
        """The ARN of the environment's state."""
        return f"{self.state_bucket}/{STATE_KEY}"

    @property
    def state_bucket(self) -> str:
        """The ARN of the bucket that holds the state."""
        return self.bucket(self.names.state_bucket)

    @property
    def access_logs(self) -> str:
        """The ARN of the bucket of the load balancer's access logs."""
        return self.bucket(self.names.access_log_bucket(self.account_id))

    @property
    def log_groups(self) -> tuple[str, ...]:
        """The ARNs of the log groups, with and without the end that calls on a group's content carry."""
        arns = [self.arn("logs", f"log-group:{name}") for name in self.names.log_groups]
        return (*arns, *(f"{arn}:*" for arn in arns))

    @property
    def alarms(self) -> tuple[str, ...]:
        """The ARNs of the alarms, those among them that autoscaling makes with the caller's rights."""
        own = tuple(
            self.arn("cloudwatch", f"alarm:{self.names.alarm(what)}")
            for what in (
                *ALARMS,
                *(USAGE_ALARMS if self.usage else ()),
                *(CACHE_ALARMS if self.rate_limits else ()),
            )
        )
        target = f"service/{self.names.cluster}/{self.names.service}"
        return (*own, self.arn("cloudwatch", f"alarm:TargetTracking-{target}-*"))

    @property
    def dashboard(self) -> str:
        """The ARN of the dashboard."""
        return self.arn("cloudwatch", f"dashboard/{self.names.dashboard}", region="")

    @property
    def service(self) -> tuple[str, ...]:
        """The ARNs of the ECS cluster, of its service and of the service's deployments."""
        path = f"{self.names.cluster}/{self.names.service}"
        kinds = (f"cluster/{self.names.cluster}", f"service/{path}", f"service-deployment/{path}/*")
        return tuple(self.arn("ecs", kind) for kind in kinds)

    @property
    def secrets(self) -> str:
        """The ARN of every secret of the environment."""
        return self.arn("secretsmanager", f"secret:{self.names.path}/*")

    @property
    def usage_table(self) -> str:
        """The ARN of the table of what teams used."""
        return self.arn("dynamodb", f"table/{self.names.usage_table}")

    @property
    def cache(self) -> tuple[str, ...]:
        """The ARNs of the cache of rates, of its nodes, and of what belongs to it."""
        name = self.names.cache
        kinds = ("parametergroup", "replicationgroup", "subnetgroup", "user", "usergroup")
        return (
            *(self.arn("elasticache", f"{kind}:{name}") for kind in kinds),
            self.arn("elasticache", f"cluster:{name}-0*"),
        )

    @property
    def cache_connection(self) -> tuple[str, ...]:
        """The ARNs of the cache of rates and of the user that the gateway is there."""
        return tuple(self.arn("elasticache", f"{kind}:{self.names.cache}") for kind in ("replicationgroup", "user"))

    @property
    def web_acl(self) -> str:
        """The ARN of the web ACL, which ends with a number of AWS's."""
        return self.arn("wafv2", f"regional/webacl/{self.names.web_acl}/*")

    @property
    def load_balancer(self) -> str:
        """The ARN of the load balancer, which ends with a number of AWS's."""
        return self.arn("elasticloadbalancing", f"loadbalancer/app/{self.names.load_balancer}/*")
