"""Service Quotas: the quotas that `make quotas` reads, and requests to increase them, after the API reference.

moto has the defaults of VPC only. A request stays PENDING, as on AWS until it is decided.
"""

import json
import uuid
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.utils import unix_time
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.responses import ServiceQuotasResponse

DEFAULTS = {
    ("fargate", "L-3032A538"): ("Fargate On-Demand vCPU resource count", 6.0),
    ("fargate", "L-36FBB829"): ("Fargate Spot vCPU resource count", 6.0),
    ("ec2", "L-0263D0A3"): ("EC2-VPC Elastic IPs", 5.0),
    ("elasticloadbalancing", "L-53DA6B97"): ("Application Load Balancers per Region", 50.0),
}
"""Name and default of each quota, by service and quota code ("Endpoints and quotas" of each service)."""

_get_service_quota = ServiceQuotasResponse.get_service_quota


def _which(self: ServiceQuotasResponse) -> tuple[str, str]:
    asked = json.loads(self.body)
    return str(asked["ServiceCode"]), str(asked["QuotaCode"])


def _requests(self: ServiceQuotasResponse) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = vars(self.backend).setdefault("added_requests", [])
    return found


def get_aws_default_service_quota(self: ServiceQuotasResponse) -> str:
    """The default of a quota: from DEFAULTS, otherwise moto's."""
    service, code = _which(self)
    if (service, code) not in DEFAULTS:
        return _get_service_quota(self)
    name, value = DEFAULTS[service, code]
    quota = {"ServiceCode": service, "QuotaCode": code, "QuotaName": name, "Value": value, "Adjustable": True}
    return json.dumps({"Quota": quota})


def get_service_quota(self: ServiceQuotasResponse) -> str:
    """Moto's call; a quota in DEFAULTS has no applied value, as on an account that never had an increase."""
    if _which(self) in DEFAULTS:
        raise NoSuchResource
    return _get_service_quota(self)


def request_service_quota_increase(self: ServiceQuotasResponse) -> str:
    """Keep a request; refused while an earlier one is open, and for a value that is not larger than the current one."""
    service, code = _which(self)
    wanted = float(json.loads(self.body)["DesiredValue"])
    quota = json.loads(get_aws_default_service_quota(self))["Quota"]
    if any(one["ServiceCode"] == service and one["QuotaCode"] == code for one in _requests(self)):
        raise JsonRESTError("ResourceAlreadyExistsException", "Only one open service quota increase request is allowed")
    if wanted <= quota["Value"]:
        raise JsonRESTError("IllegalArgumentException", "The requested quota value must be larger than the current one")
    request = {
        "Id": str(uuid.uuid4()),
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": quota["QuotaName"],
        "DesiredValue": wanted,
        "Status": "PENDING",
        "Created": unix_time(),
    }
    _requests(self).append(request)
    return json.dumps({"RequestedQuota": request})


def list_requested_service_quota_change_history_by_quota(self: ServiceQuotasResponse) -> str:
    """The requests for one quota, oldest first."""
    service, code = _which(self)
    found = [one for one in _requests(self) if (one["ServiceCode"], one["QuotaCode"]) == (service, code)]
    return json.dumps({"RequestedQuotas": found})
