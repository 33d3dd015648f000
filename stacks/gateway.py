"""One environment as one Terraform stack: wiring, warnings and outputs."""

from typing import TYPE_CHECKING

from constructs_lib.auth import Auth
from constructs_lib.encryption import Encryption
from constructs_lib.helpers.pipeline.pipeline_access import Scope
from constructs_lib.helpers.provider_release import Release
from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.task.routes import providers, secret_names, signs_with_task_role, variable
from constructs_lib.helpers.task.runtime import TaskDefinitionTooLargeError
from constructs_lib.helpers.task.sizing import ContainerSize
from constructs_lib.helpers.usage.teams import TeamSettings
from constructs_lib.log_groups import LogGroups
from constructs_lib.monitoring.alarms import Thresholds
from constructs_lib.monitoring.monitoring import Monitoring
from constructs_lib.network.endpoints import Endpoints
from constructs_lib.network.existing_network import ExistingNetwork
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.load_balancer_logs import AccessLogs
from constructs_lib.network.network import Network
from constructs_lib.network.security_groups import SecurityGroups
from constructs_lib.repository import Repository
from constructs_lib.secrets import Secrets
from constructs_lib.task.autoscaling import Autoscaling
from constructs_lib.task.containers import GATEWAY_PORT, HEALTH_PATH, TaskContainers
from constructs_lib.task.roles import TaskRoles
from constructs_lib.task.service import GatewayService
from envs import EnvironmentsError
from envs.schema import Environment
from stacks.state import state_and_provider
from stacks.warnings import warnings

from cdktf import Annotations, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from constructs import Construct

if TYPE_CHECKING:
    from constructs_lib.usage_table import UsageTable


class GatewayStack(TerraformStack):
    """The gateway of one environment. The only reader of the whole Environment."""

    def __init__(self, scope: Construct, id_: str, *, environment: Environment) -> None:
        super().__init__(scope, id_)
        names = environment.names
        region = environment.aws_region
        partition = partition_of(region)
        release = state_and_provider(self, environment)
        account_id = DataAwsCallerIdentity(self, "Account").account_id

        encryption = Encryption(
            self,
            "Encryption",
            names=names,
            partition=partition.name,
            region=region,
            dns_suffix=partition.dns_suffix,
            account_id=account_id,
            deletion_protection=environment.deletion_protection,
            with_usage=bool(environment.clients),
        )
        log_groups = LogGroups(
            self,
            "LogGroups",
            names=names,
            key=encryption.logs_key,
            retention_in_days=environment.log_retention_days,
            with_waf=environment.enable_waf,
        )
        network = self._network(environment, log_groups, partition.name, account_id, release)
        security_groups = SecurityGroups(
            self,
            "SecurityGroups",
            names=names,
            network=network,
            ingress_cidrs=environment.ingress_cidrs,
            target_port=GATEWAY_PORT,
            gateway_egress_ports=environment.gateway_egress_ports,
            with_https=environment.serves_https,
            with_jwt=environment.enable_jwt_auth,
            with_endpoints=isinstance(network, Network),
        )
        # A VPC of your own has its own, and two with private DNS cannot stand side by side.
        if isinstance(network, Network) and security_groups.endpoints is not None:
            Endpoints(
                self,
                "Endpoints",
                names=names,
                network=network,
                security_group=security_groups.endpoints,
                partition=partition,
                region=region,
                with_usage=bool(environment.clients),
                more=environment.interface_endpoints,
            )
        auth = Auth(
            self,
            "Auth",
            names=names,
            domain_prefix=environment.cognito_domain_prefix,
            teams={client.team: client.scopes for client in environment.clients},
            region=region,
            dns_suffix=partition.dns_suffix,
            deletion_protection=environment.deletion_protection,
        )
        access_logs = AccessLogs(
            self,
            "AccessLogs",
            names=names,
            partition=partition.name,
            region=region,
            account_id=account_id,
            retention_in_days=environment.log_retention_days,
            deletion_protection=environment.deletion_protection,
            release=release,
        )
        domain = None
        certificate_arn = environment.certificate_arn
        if environment.domain_name:
            from constructs_lib.network.domain import Domain  # noqa: PLC0415 (as WAF's)

            domain = Domain(self, "Domain", domain_name=environment.domain_name, hosted_zone=environment.hosted_zone)
            certificate_arn = certificate_arn or domain.certificate()
        load_balancer = LoadBalancer(
            self,
            "LoadBalancer",
            names=names,
            network=network,
            security_group=security_groups.load_balancer,
            access_logs=access_logs,
            target_port=GATEWAY_PORT,
            health_path=HEALTH_PATH,
            internal=environment.internal_load_balancer,
            certificate_arn=certificate_arn,
            token_issuer=auth.token_issuer if environment.enable_jwt_auth else None,
            max_stream_seconds=environment.max_stream_seconds,
            deletion_protection=environment.deletion_protection,
        )
        if domain is not None:
            domain.alias(load_balancer)
        if log_groups.waf is not None:
            # The largest of the bindings' modules: loading it takes longer than making three resources.
            from constructs_lib.network.waf import Waf  # noqa: PLC0415 (only where it is switched on)

            Waf(
                self,
                "Waf",
                names=names,
                load_balancer=load_balancer,
                log_group=log_groups.waf,
                rate_limit=environment.waf_rate_limit,
                client_rate_limit=environment.waf_client_rate_limit,
            )
        repository = Repository(
            self,
            "Repository",
            names=names,
            key=encryption.images_key,
            deletion_protection=environment.deletion_protection,
        )
        secrets = Secrets(
            self,
            "Secrets",
            names=names,
            key=encryption.secrets_key,
            variables=environment.gateway_secrets,
            providers={name: variable(name) for name in secret_names(environment.routes)} if environment.routes else {},
            teams=tuple(client.team for client in environment.clients),
            deletion_protection=environment.deletion_protection,
        )
        usage = None
        if encryption.usage_key is not None:
            from constructs_lib.usage_table import UsageTable  # noqa: PLC0415 (as WAF's)

            usage = UsageTable(
                self,
                "Usage",
                names=names,
                key=encryption.usage_key,
                deletion_protection=environment.deletion_protection,
            )
        roles = TaskRoles(
            self,
            "TaskRoles",
            names=names,
            partition=partition.name,
            region=region,
            dns_suffix=partition.dns_suffix,
            account_id=account_id,
            log_groups=log_groups,
            repository=repository,
            secrets=secrets,
            images=(environment.portkey_image, environment.adot_image, environment.adot_node_image),
            bedrock=environment.routes is not None and signs_with_task_role(environment.routes),
            usage=usage,
            permissions_boundary=_boundary(environment, account_id),
        )
        containers = _containers(environment, log_groups, secrets, auth, usage)
        try:
            containers.check_size()
        except TaskDefinitionTooLargeError as error:
            raise EnvironmentsError([f"envs/{environment.environment}.py: routes: {error}"]) from None
        service = GatewayService(
            self,
            "Gateway",
            names=names,
            network=network,
            security_group=security_groups.gateway,
            load_balancer=load_balancer,
            roles=roles,
            log_groups=log_groups,
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
            load_balancer=load_balancer,
            min_capacity=environment.autoscaling_min_capacity,
            max_capacity=environment.autoscaling_max_capacity,
            cpu_target_percent=environment.autoscaling_cpu_target_percent,
            requests_per_target=environment.autoscaling_requests_per_target,
            scale_out_cooldown_seconds=environment.autoscaling_scale_out_cooldown_seconds,
            scale_in_cooldown_seconds=environment.autoscaling_scale_in_cooldown_seconds,
        )
        monitoring = Monitoring(
            self,
            "Monitoring",
            names=names,
            region=region,
            account_id=account_id,
            key=encryption.alarms_key,
            log_groups=log_groups,
            load_balancer=load_balancer,
            service=service,
            thresholds=_thresholds(environment),
            instrumented=environment.instrument_gateway,
            providers=providers(environment.routes) if environment.routes else (),
            teams=environment.clients if environment.knows_teams else (),
            subscriptions=tuple((one.protocol, one.endpoint) for one in environment.alarm_subscriptions),
        )
        service.roll_back_on(monitoring.deployment_alarms)

        scheme = "https" if environment.serves_https else "http"
        host = environment.domain_name or load_balancer.dns_name
        self._outputs(
            {
                "alb_dns_name": (load_balancer.dns_name, "Host name of the load balancer"),
                "gateway_url": (f"{scheme}://{host}", "Where the gateway answers"),
                "ecs_cluster_name": (service.cluster_name, "ECS cluster"),
                "ecs_service_name": (service.service_name, "ECS service"),
                "ecr_repository_url": (repository.url, "ECR repository for the gateway image"),
                "vpc_id": (network.vpc_id, "VPC"),
                "cognito_user_pool_id": (auth.user_pool_id, "Cognito user pool"),
                "cognito_client_id": (auth.client_id, "Client that may ask for tokens"),
                "cognito_token_endpoint": (auth.token_endpoint, "Where tokens come from"),
            }
        )
        for warning in warnings(environment):
            Annotations.of(self).add_warning(warning)

    def _network(
        self, environment: Environment, log_groups: LogGroups, partition: str, account_id: str, release: Release
    ) -> Network | ExistingNetwork:
        if environment.vpc_id:
            return ExistingNetwork(
                self,
                "Network",
                vpc_id=environment.vpc_id,
                public_subnet_ids=environment.public_subnet_ids,
                private_subnet_ids=environment.private_subnet_ids,
            )
        return Network(
            self,
            "Network",
            names=environment.names,
            cidr=environment.vpc_cidr,
            nat_gateway_per_az=environment.nat_gateway_per_az,
            flow_logs=log_groups.flow_logs,
            partition=partition,
            region=environment.aws_region,
            account_id=account_id,
            permissions_boundary=_boundary(environment, account_id),
            release=release,
        )

    def prepare_stack(self) -> None:
        """Nothing: there is a backend, and no reference to another stack to look for in every value (ADR 22)."""

    def _outputs(self, outputs: dict[str, tuple[str, str]]) -> None:
        for name, (value, description) in outputs.items():
            TerraformOutput(self, name, value=value, description=description)


def _boundary(environment: Environment, account_id: str) -> str | None:
    """What holds the roles where a pipeline may write them; `make pipeline` makes it."""
    if not environment.github_repository:
        return None
    region = environment.aws_region
    scope = Scope(names=environment.names, partition=partition_of(region).name, region=region, account_id=account_id)
    return scope.boundary


def _teams(environment: Environment, auth: Auth, table: "UsageTable") -> str:
    """`GATEWAY_TEAMS`."""
    settings = TeamSettings(
        region=environment.aws_region,
        dns_suffix=partition_of(environment.aws_region).dns_suffix,
        default_max_tokens=environment.default_max_tokens,
        allow_unbounded_requests=environment.allow_unbounded_requests,
        usage_store_failure=environment.usage_store_failure,
    )
    clients = {auth.client_ids[client.team]: client for client in environment.clients}
    return settings.document(issuer=auth.token_issuer.issuer, table=table.name, clients=clients)


def _prices(environment: Environment) -> str:
    """`GATEWAY_PRICES`. Raises EnvironmentsError where they do not fit."""
    from constructs_lib.helpers.usage import prices  # noqa: PLC0415 (genai-prices, only where there are teams)

    try:
        return prices.compressed(prices.table(environment.routes, environment.clients, environment.model_prices))
    except prices.PricesTooLargeError as error:
        raise EnvironmentsError([f"envs/{environment.environment}.py: clients: {error}"]) from None


def _containers(
    environment: Environment, log_groups: LogGroups, secrets: Secrets, auth: Auth, usage: "UsageTable | None"
) -> TaskContainers:
    teams = _teams(environment, auth, usage) if environment.knows_teams and usage is not None else None
    return TaskContainers(
        names=environment.names,
        region=environment.aws_region,
        task_size=ContainerSize(cpu=environment.gateway_cpu, memory_mib=environment.gateway_memory),
        gateway_image=environment.portkey_image,
        collector_image=environment.adot_image,
        instrumentation_image=environment.adot_node_image if environment.instrument_gateway else None,
        route=environment.routes,
        trusted_custom_hosts=environment.trusted_custom_hosts,
        egress_ports=environment.gateway_egress_ports,
        allow_public_hosts=environment.allow_public_hosts,
        allow_caller_hooks=environment.allow_caller_hooks,
        shared_endpoints=environment.shared_endpoints,
        jwt=environment.enable_jwt_auth,
        aws_dns_suffix=partition_of(environment.aws_region).dns_suffix,
        max_body_mib=environment.max_body_mib,
        max_stream_seconds=environment.max_stream_seconds,
        gateway_log_group=log_groups.gateway.name,
        collector_log_group=log_groups.collector.name,
        metrics_log_group=log_groups.metrics.name,
        teams=teams,
        prices=_prices(environment) if teams is not None else None,
        gateway_secrets={**secrets.gateway, **secrets.providers},
    )


def _thresholds(environment: Environment) -> Thresholds:
    return Thresholds(
        errors_5xx=environment.alarm_5xx_count,
        p99_seconds=environment.alarm_p99_seconds,
        unhealthy_minutes=environment.alarm_unhealthy_minutes,
        fewest_tasks=environment.autoscaling_min_capacity,
        most_tasks=environment.autoscaling_max_capacity,
        ceiling_minutes=environment.alarm_ceiling_minutes,
        waf_blocks=environment.alarm_waf_blocks,
        provider_error_percent=environment.alarm_provider_error_percent,
    )
