"""The load balancer, its target group and its listeners."""

from constructs_lib.auth import TokenIssuer
from constructs_lib.helpers.naming import Names
from constructs_lib.network.load_balancer_logs import AccessLogs
from constructs_lib.network.security_groups import HTTP, HTTPS
from constructs_lib.network.subnets import Subnets
from constructs_lib.references import id_of

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionJwtValidation,
    LbListenerDefaultActionJwtValidationAdditionalClaim,
    LbListenerDefaultActionRedirect,
)
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from constructs import Construct

SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 only."""


class LoadBalancer(Construct):
    """An application load balancer: HTTP only, HTTPS with a redirect, or HTTPS that validates tokens."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        network: Subnets,
        security_group: SecurityGroup,
        access_logs: AccessLogs,
        target_port: int,
        health_path: str,
        internal: bool,
        certificate_arn: str,
        token_issuer: TokenIssuer | None,
        max_stream_seconds: int,
        deletion_protection: bool,
    ) -> None:
        super().__init__(scope, id_)
        balancer = Lb(
            self,
            "LoadBalancer",
            name=names.load_balancer,
            load_balancer_type="application",
            internal=internal,
            security_groups=[security_group.id],
            subnets=network.private_subnet_ids if internal else network.public_subnet_ids,
            access_logs=LbAccessLogs(bucket=access_logs.bucket_name, enabled=True),
            drop_invalid_header_fields=True,
            enable_deletion_protection=deletion_protection,
            # The default, 60 s, would cut a stream that pauses for a minute.
            idle_timeout=max_stream_seconds,
            # AWS tests access to the bucket at creation, and refuses an internet-facing load balancer in a VPC without
            # an internet gateway.
            depends_on=[access_logs.bucket_policy, *network.way_in],
            # A load balancer cannot move to another VPC. A new VPC also replaces the security group.
            lifecycle=TerraformResourceLifecycle(replace_triggered_by=[id_of(security_group)]),
        )
        self.arn = balancer.arn
        self.arn_suffix = balancer.arn_suffix
        self.dns_name = balancer.dns_name
        self.zone_id = balancer.zone_id
        target_group = LbTargetGroup(
            self,
            "TargetGroup",
            name=names.target_group,
            port=target_port,
            protocol="HTTP",
            target_type="ip",
            vpc_id=network.vpc_id,
            deregistration_delay=str(max_stream_seconds),
            # ECS registers each task with the container's port, so this one is unused. Changing it would replace the
            # group, which fails while a listener uses it.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["port"]),
            health_check=LbTargetGroupHealthCheck(
                path=health_path,
                matcher="200",
                interval=15,
                timeout=5,
                healthy_threshold=2,
                unhealthy_threshold=3,
            ),
        )
        self.target_group_arn = target_group.arn
        self.target_group_arn_suffix = target_group.arn_suffix
        self.listeners = self._listeners(certificate_arn, token_issuer)

    def _listeners(self, certificate_arn: str, token_issuer: TokenIssuer | None) -> list[LbListener]:
        """The listeners. ECS creates the service only after they connect the target group to the load balancer."""
        if not certificate_arn:
            forward = LbListenerDefaultAction(type="forward", target_group_arn=self.target_group_arn)
            return [
                LbListener(
                    self, "Http", load_balancer_arn=self.arn, port=HTTP, protocol="HTTP", default_action=[forward]
                )
            ]
        redirect = LbListenerDefaultAction(
            type="redirect",
            redirect=LbListenerDefaultActionRedirect(port=str(HTTPS), protocol="HTTPS", status_code="HTTP_301"),
        )
        return [
            LbListener(self, "Http", load_balancer_arn=self.arn, port=HTTP, protocol="HTTP", default_action=[redirect]),
            LbListener(
                self,
                "Https",
                load_balancer_arn=self.arn,
                port=HTTPS,
                protocol="HTTPS",
                ssl_policy=SSL_POLICY,
                certificate_arn=certificate_arn,
                default_action=self._https_actions(token_issuer),
            ),
        ]

    def _https_actions(self, token_issuer: TokenIssuer | None) -> list[LbListenerDefaultAction]:
        if token_issuer is None:
            return [LbListenerDefaultAction(type="forward", target_group_arn=self.target_group_arn)]
        return [
            LbListenerDefaultAction(
                type="jwt-validation",
                order=1,
                jwt_validation=LbListenerDefaultActionJwtValidation(
                    issuer=token_issuer.issuer,
                    jwks_endpoint=token_issuer.jwks_endpoint,
                    additional_claim=[
                        LbListenerDefaultActionJwtValidationAdditionalClaim(
                            name="scope",
                            format="space-separated-values",
                            values=[token_issuer.required_scope],
                        )
                    ],
                ),
            ),
            LbListenerDefaultAction(type="forward", order=2, target_group_arn=self.target_group_arn),
        ]
