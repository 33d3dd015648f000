"""Planted faults of Cloud Map, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

SERVICE = "https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html"


def namespace(aws: Account, *, private: bool) -> str:
    """The ID of a private DNS namespace or of an HTTP namespace."""
    if private:
        made = aws.servicediscovery.create_private_dns_namespace(Name="gateway.internal", Vpc=aws.dns_vpc())
    else:
        made = aws.servicediscovery.create_http_namespace(Name="gateway")
    operation = aws.servicediscovery.get_operation(OperationId=made["OperationId"])["Operation"]
    return str(operation["Targets"]["NAMESPACE"])


def created(aws: Account, *types: str, private: bool = True, **changes: object) -> Call:
    """Create a service with records of these types."""
    records = {"DnsConfig": {"DnsRecords": [{"Type": one, "TTL": 10} for one in types]}} if types else {}
    space = namespace(aws, private=private)
    return lambda: aws.servicediscovery.create_service(Name="gateway", NamespaceId=space, **records, **changes)


@fault("InvalidInput", "HealthCheckConfig", SERVICE)
def public_health_check_of_private_names(aws: Account) -> Call:
    """Route 53 cannot check the health of private addresses in a VPC."""
    return created(aws, "A", HealthCheckConfig={"Type": "HTTP", "ResourcePath": "/"})


@fault("InvalidInput", "DnsConfig", SERVICE)
def records_in_an_http_namespace(aws: Account) -> Call:
    """An HTTP namespace has no DNS records."""
    return created(aws, "A", private=False)


@fault("InvalidInput", "CNAME", SERVICE)
def alias_next_to_an_address(aws: Account) -> Call:
    """A CNAME must be the only record of its service."""
    return created(aws, "A", "CNAME")


@twin
def service_with_names(aws: Account) -> Call:
    """A service with A and SRV records and custom health is accepted."""
    return created(aws, "A", "SRV", HealthCheckCustomConfig={"FailureThreshold": 1})


@twin
def service_without_names(aws: Account) -> Call:
    """A service in an HTTP namespace is accepted without records."""
    return created(aws, private=False)
