"""The security groups and the rules between them."""

from constructs_lib.helpers.naming import Names
from constructs_lib.network.network import ANYWHERE
from constructs_lib.network.subnets import Subnets

from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

HTTP = 80
HTTPS = 443
VALKEY_PORT = 6379


class SecurityGroups(Construct):
    """Allows `ingress_cidrs` to the load balancer, that to the gateway, and the gateway to endpoints and providers.

    With `with_rate_limits` also the gateway to Valkey; with `with_jwt` also the load balancer to the user pool's keys.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        network: Subnets,
        ingress_cidrs: tuple[str, ...],
        target_port: int,
        gateway_egress_ports: tuple[int, ...],
        with_https: bool,
        with_jwt: bool,
        with_rate_limits: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._names = names
        self._vpc_id = network.vpc_id
        self.load_balancer = self._group("LoadBalancer", "load-balancer", "Load balancer: what the world may reach")
        self.gateway = self._group("Gateway", "gateway", "Gateway tasks: only the load balancer reaches them")
        self.endpoints: SecurityGroup | None = None
        if network.private_route_table_ids:
            self.endpoints = self._group("Endpoints", "endpoints", "Interface endpoints: only the gateway reaches them")
            self._between("GatewayToEndpoints", self.gateway, self.endpoints, HTTPS)

        self.rate_limits: SecurityGroup | None = None
        if with_rate_limits:
            self.rate_limits = self._group("RateLimits", "rate-limits", "Rates of teams: only the gateway reaches them")
            self._between("GatewayToRateLimits", self.gateway, self.rate_limits, VALKEY_PORT)

        for port, id_part in ((HTTP, "Http"), (HTTPS, "Https")) if with_https else ((HTTP, "Http"),):
            for cidr in ingress_cidrs:
                VpcSecurityGroupIngressRule(
                    self,
                    f"{id_part}From{cidr.replace('/', '-')}",
                    security_group_id=self.load_balancer.id,
                    cidr_ipv4=cidr,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    description=f"{id_part.upper()} from {cidr}",
                )
        self._between("LoadBalancerToGateway", self.load_balancer, self.gateway, target_port)
        if with_jwt:
            # The load balancer itself fetches the user pool's public keys.
            self._to_anywhere("LoadBalancerToKeys", self.load_balancer, HTTPS, "HTTPS to the user pool's JWKS")
        for port in gateway_egress_ports:
            self._to_anywhere(f"GatewayToWorld{port}", self.gateway, port, f"TCP {port} to model providers and AWS")

    def _group(self, id_: str, purpose: str, description: str) -> SecurityGroup:
        name = self._names.security_group(purpose)
        return SecurityGroup(self, id_, name=name, description=description, vpc_id=self._vpc_id, tags={"Name": name})

    def _between(self, id_: str, source: SecurityGroup, target: SecurityGroup, port: int) -> None:
        VpcSecurityGroupEgressRule(
            self,
            f"{id_}Out",
            security_group_id=source.id,
            referenced_security_group_id=target.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=f"TCP {port} out",
        )
        VpcSecurityGroupIngressRule(
            self,
            f"{id_}In",
            security_group_id=target.id,
            referenced_security_group_id=source.id,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=f"TCP {port} in",
        )

    def _to_anywhere(self, id_: str, source: SecurityGroup, port: int, description: str) -> None:
        VpcSecurityGroupEgressRule(
            self,
            id_,
            security_group_id=source.id,
            cidr_ipv4=ANYWHERE,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            description=description,
        )
