"""EC2: addresses of deleted NAT gateways, private DNS of gateway endpoints, and log groups of flow logs."""

from moto.core.responses import ActionResult
from moto.ec2.responses.flow_logs import FlowLogs
from moto.ec2.responses.nat_gateways import NatGateways
from moto.ec2.responses.vpcs import VPCs

_create_flow_logs = FlowLogs.create_flow_logs
_create_vpc_endpoint = VPCs.create_vpc_endpoint
_delete_nat_gateway = NatGateways.delete_nat_gateway


def delete_nat_gateway(self: NatGateways) -> ActionResult:
    """Moto's call; the address is disassociated and not released (API reference, DeleteNatGateway)."""
    gateway = self.ec2_backend.nat_gateways.get(self._get_param("NatGatewayId"))
    answer = _delete_nat_gateway(self)
    for address in self.ec2_backend.addresses:
        if gateway is not None and address.eni is gateway._eni and address.association_id:  # noqa: SLF001
            self.ec2_backend.disassociate_address(association_id=address.association_id)
    return answer


def create_vpc_endpoint(self: VPCs) -> ActionResult:
    """Moto's call; only an interface endpoint has private DNS names (API reference, CreateVpcEndpoint)."""
    answer = _create_vpc_endpoint(self)
    for endpoint in self.ec2_backend.vpc_end_points.values():
        if endpoint.vpc_endpoint_type != "Interface":
            endpoint.private_dns_enabled = False
    return answer


def create_flow_logs(self: FlowLogs) -> ActionResult:
    """Moto's call; delivery succeeds, since the judge has found the log group. moto looks for its ARN as a name."""
    answer = _create_flow_logs(self)
    for flow_log in self.ec2_backend.flow_logs.values():
        if flow_log.log_destination_type == "cloud-watch-logs":
            flow_log.deliver_logs_status, flow_log.deliver_logs_error_message = "SUCCESS", ""
    return answer
