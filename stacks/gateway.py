"""One environment as one Terraform stack: the connections between its constructs, the outputs and the warnings."""

from typing import TYPE_CHECKING

from constructs_lib.auth import Auth
from constructs_lib.encryption import Encryption
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.routes import providers, secret_names, variable
from constructs_lib.log_groups import LogGroups
from constructs_lib.monitoring.monitoring import Monitoring
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.security_groups import SecurityGroups
from constructs_lib.network.subnets import Subnets
from constructs_lib.repository import Repository
from constructs_lib.secrets import Secrets
from constructs_lib.task.autoscaling import Autoscaling
from constructs_lib.task.containers import TaskContainers
from constructs_lib.task.roles import TaskRoles
from constructs_lib.task.service import GatewayService
from envs.schema import Environment
from stacks.entrance import entrance
from stacks.from_settings import images, signs_for_bedrock, task_containers, teams, thresholds
from stacks.network import security_groups, subnets
from stacks.state import state_and_provider
from stacks.team_stores import rate_limit_cache, usage_table
from stacks.warnings import warnings

from cdktf import Annotations, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from constructs import Construct

if TYPE_CHECKING:
    from constructs_lib.rate_limit_cache import RateLimitCache
    from constructs_lib.usage_table import UsageTable


class GatewayStack(TerraformStack):
    """The gateway of one environment.

    Constructs take single values of the Environment, never the Environment itself: this package reads it for them.
    """

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)
        self._environment = environment
        self._release = state_and_provider(self, environment)
        account_id = DataAwsCallerIdentity(self, "Account").account_id
        self._where = Scope(names=environment.names, region=environment.aws_region, account_id=account_id)

        keys = self._keys()
        logs = self._log_groups(keys)
        network = subnets(
            self, environment, self._where, logs=logs, permissions_boundary=self._boundary, release=self._release
        )
        groups = security_groups(self, environment, self._where, network=network)
        auth = self._auth()
        balancer, host = entrance(
            self, environment, self._where, network=network, groups=groups, auth=auth, logs=logs, release=self._release
        )
        repository = self._repository(keys)
        secrets = self._secrets(keys)
        usage = usage_table(self, environment, self._where.names, keys=keys)
        rates = rate_limit_cache(self, environment, self._where.names, keys=keys, network=network, groups=groups)
        roles = self._roles(logs, repository, secrets, usage, rates)
        budgets = teams(environment, auth, usage, rates)
        containers = task_containers(environment, self._where, logs, secrets, teams=budgets)
        service = self._service(containers, network=network, groups=groups, balancer=balancer, roles=roles, logs=logs)
        self._monitoring(keys, logs, balancer, service, rates)
        scheme = "https" if environment.serves_https else "http"
        outputs = {
            "alb_dns_name": (balancer.dns_name, "Host name of the load balancer"),
            "gateway_url": (f"{scheme}://{host}", "URL of the gateway"),
            "ecs_cluster_name": (service.cluster_name, "ECS cluster"),
            "ecs_service_name": (service.service_name, "ECS service"),
            "ecr_repository_url": (repository.url, "ECR repository for the gateway image"),
            "vpc_id": (network.vpc_id, "VPC"),
            "cognito_user_pool_id": (auth.user_pool_id, "Cognito user pool"),
            "cognito_client_id": (auth.client_id, "Cognito client that can request tokens"),
            "cognito_token_endpoint": (auth.token_endpoint, "URL that issues tokens"),
        }
        for name, (value, description) in outputs.items():
            TerraformOutput(self, name, value=value, description=description)
        for warning in warnings(environment):
            Annotations.of(self).add_warning(warning)

    def _keys(self) -> Encryption:
        environment = self._environment
        return Encryption(
            self,
            "Encryption",
            where=self._where,
            deletion_protection=environment.deletion_protection,
            with_usage=bool(environment.clients),
        )

    def _log_groups(self, keys: Encryption) -> LogGroups:
        return LogGroups(
            self,
            "LogGroups",
            names=self._where.names,
            key=keys.logs_key,
            retention_in_days=self._environment.log_retention_days,
            with_waf=self._environment.enable_waf,
        )

    def _auth(self) -> Auth:
        environment = self._environment
        return Auth(
            self,
            "Auth",
            where=self._where,
            domain_prefix=environment.cognito_domain_prefix,
            teams={client.team: client.scopes for client in environment.clients},
            deletion_protection=environment.deletion_protection,
        )

    def _repository(self, keys: Encryption) -> Repository:
        return Repository(
            self,
            "Repository",
            names=self._where.names,
            key=keys.images_key,
            deletion_protection=self._environment.deletion_protection,
        )

    def _secrets(self, keys: Encryption) -> Secrets:
        environment = self._environment
        return Secrets(
            self,
            "Secrets",
            names=self._where.names,
            key=keys.secrets_key,
            variables=environment.gateway_secrets,
            providers={name: variable(name) for name in secret_names(environment.routes)} if environment.routes else {},
            teams=tuple(client.team for client in environment.clients),
            deletion_protection=environment.deletion_protection,
        )

    def _roles(
        self,
        logs: LogGroups,
        repository: Repository,
        secrets: Secrets,
        usage: "UsageTable | None",
        rate_limits: "RateLimitCache | None",
    ) -> TaskRoles:
        environment = self._environment
        return TaskRoles(
            self,
            "TaskRoles",
            where=self._where,
            log_groups=logs,
            repository=repository,
            secrets=secrets,
            images=images(environment),
            bedrock=signs_for_bedrock(environment),
            usage=usage,
            rate_limits=rate_limits,
            permissions_boundary=self._boundary,
        )

    @property
    def _boundary(self) -> str | None:
        """ARN of the permissions boundary that `make pipeline` creates; None without `github_repository`."""
        return self._where.boundary if self._environment.github_repository else None

    def _service(
        self,
        containers: TaskContainers,
        *,
        network: Subnets,
        groups: SecurityGroups,
        balancer: LoadBalancer,
        roles: TaskRoles,
        logs: LogGroups,
    ) -> GatewayService:
        """The ECS service and its autoscaling."""
        environment, names = self._environment, self._where.names
        service = GatewayService(
            self,
            "Gateway",
            names=names,
            network=network,
            security_group=groups.gateway,
            load_balancer=balancer,
            roles=roles,
            log_groups=logs,
            containers=containers,
            desired_count=environment.gateway_desired_count,
            fargate_spot_percent=environment.fargate_spot_percent,
            max_stream_seconds=environment.max_stream_seconds,
        )
        Autoscaling(
            self,
            "Autoscaling",
            names=names,
            service=service,
            load_balancer=balancer,
            min_capacity=environment.autoscaling_min_capacity,
            max_capacity=environment.autoscaling_max_capacity,
            cpu_target_percent=environment.autoscaling_cpu_target_percent,
            requests_per_target=environment.autoscaling_requests_per_target,
            scale_out_cooldown_seconds=environment.autoscaling_scale_out_cooldown_seconds,
            scale_in_cooldown_seconds=environment.autoscaling_scale_in_cooldown_seconds,
        )
        return service

    def _monitoring(
        self,
        keys: Encryption,
        logs: LogGroups,
        balancer: LoadBalancer,
        service: GatewayService,
        rate_limits: "RateLimitCache | None",
    ) -> None:
        """Alarms, dashboard and saved queries. Also gives ECS the alarms on which it rolls a deployment back."""
        environment = self._environment
        monitoring = Monitoring(
            self,
            "Monitoring",
            where=self._where,
            key=keys.alarms_key,
            log_groups=logs,
            load_balancer=balancer,
            service=service,
            thresholds=thresholds(environment),
            instrumented=environment.instrument_gateway,
            providers=providers(environment.routes) if environment.routes else (),
            teams=environment.clients if environment.knows_teams else (),
            cache_nodes=rate_limits.node_ids if rate_limits is not None else (),
            subscriptions=tuple((one.protocol, one.endpoint) for one in environment.alarm_subscriptions),
        )
        service.roll_back_on(monitoring.deployment_alarms)
