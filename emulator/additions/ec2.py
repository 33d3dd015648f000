"""EC2: the address of a NAT gateway is free again when the gateway is gone (API reference, DeleteNatGateway)."""

from moto.core.responses import ActionResult
from moto.ec2.responses.nat_gateways import NatGateways

_delete_nat_gateway = NatGateways.delete_nat_gateway


def delete_nat_gateway(self: NatGateways) -> ActionResult:
    """Moto's own, and the address is disassociated and not released."""
    gateway = self.ec2_backend.nat_gateways.get(self._get_param("NatGatewayId"))
    answer = _delete_nat_gateway(self)
    for address in self.ec2_backend.addresses:
        if gateway is not None and address.eni is gateway._eni and address.association_id:  # noqa: SLF001
            self.ec2_backend.disassociate_address(association_id=address.association_id)
    return answer
