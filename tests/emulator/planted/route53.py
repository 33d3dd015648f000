"""Planted faults of Route 53, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

ROUTE53 = "https://docs.aws.amazon.com/Route53/latest/APIReference/"


@fault("HostedZoneAlreadyExists", "", ROUTE53 + "API_CreateHostedZone.html")
def caller_reference_twice(aws: Account) -> Call:
    """A caller reference can be used only once."""
    aws.route53.create_hosted_zone(Name="example.net", CallerReference="planted")
    return lambda: aws.route53.create_hosted_zone(Name="example.net", CallerReference="planted")


@fault("ConflictingDomainExists", "vpc-", ROUTE53 + "API_CreateHostedZone.html")
def second_private_zone_of_a_name(aws: Account) -> Call:
    """A VPC has at most one private hosted zone per name."""
    vpc = {"VPCRegion": "us-east-1", "VPCId": aws.dns_vpc()}
    private = {"Name": "gateway.internal", "VPC": vpc, "HostedZoneConfig": {"PrivateZone": True}}
    aws.route53.create_hosted_zone(**private, CallerReference="one")
    return lambda: aws.route53.create_hosted_zone(**private, CallerReference="two")


@fault("HostedZoneNotEmpty", "record", ROUTE53 + "API_DeleteHostedZone.html")
def zone_with_a_record_deleted(aws: Account) -> Call:
    """A zone's records must be deleted before the zone."""
    zone = aws.zone()
    aws.records(zone, ("CREATE", "gateway.example.net", "A", "192.0.2.1"))
    return lambda: aws.route53.delete_hosted_zone(Id=zone)


@fault("InvalidChangeBatch", "already exists", ROUTE53 + "API_ChangeResourceRecordSets.html")
def record_created_twice(aws: Account) -> Call:
    """CREATE fails if the record already exists."""
    zone = aws.zone()
    aws.records(zone, ("CREATE", "gateway.example.net", "A", "192.0.2.1"))
    return lambda: aws.records(zone, ("CREATE", "gateway.example.net", "A", "192.0.2.2"))


@twin
def record_replaced(aws: Account) -> Call:
    """UPSERT replaces an existing record."""
    zone = aws.zone()
    aws.records(zone, ("CREATE", "gateway.example.net", "A", "192.0.2.1"))
    return lambda: aws.records(zone, ("UPSERT", "gateway.example.net", "A", "192.0.2.2"))


@fault("InvalidChangeBatch", "apex", ROUTE53 + "API_ChangeResourceRecordSets.html")
def cname_of_a_zone(aws: Account) -> Call:
    """The zone apex cannot have a CNAME."""
    zone = aws.zone()
    return lambda: aws.records(zone, ("CREATE", "example.net", "CNAME", "gateway.example.com"))


@fault("InvalidChangeBatch", "conflicts", ROUTE53 + "API_ChangeResourceRecordSets.html")
def cname_of_a_name_with_an_address(aws: Account) -> Call:
    """A name with a CNAME cannot have other records."""
    zone = aws.zone()
    aws.records(zone, ("CREATE", "gateway.example.net", "A", "192.0.2.1"))
    return lambda: aws.records(zone, ("CREATE", "gateway.example.net", "CNAME", "gateway.example.com"))


@fault("InvalidChangeBatch", "not permitted", ROUTE53 + "API_ChangeResourceRecordSets.html")
def record_outside_its_zone(aws: Account) -> Call:
    """A record's name must end with the zone's name."""
    zone = aws.zone()
    return lambda: aws.records(zone, ("CREATE", "gateway.example.org", "A", "192.0.2.1"))


@fault("InvalidChangeBatch", "do not match", ROUTE53 + "API_ChangeResourceRecordSets.html")
def record_deleted_with_another_value(aws: Account) -> Call:
    """DELETE must give the record's current values."""
    zone = aws.zone()
    aws.records(zone, ("CREATE", "gateway.example.net", "A", "192.0.2.1"))
    return lambda: aws.records(zone, ("DELETE", "gateway.example.net", "A", "192.0.2.2"))


@fault("InvalidChangeBatch", "SetIdentifier", ROUTE53 + "API_ResourceRecordSet.html")
def weighted_record_next_to_a_simple_one(aws: Account) -> Call:
    """Records of the same name and type must all have a simple routing policy, or none of them."""
    zone = aws.zone()
    aws.records(zone, ("CREATE", "gateway.example.net", "A", "192.0.2.1"))
    weighted = {"SetIdentifier": "blue", "Weight": 10, "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.2"}]}
    change = {"Action": "CREATE", "ResourceRecordSet": {"Name": "gateway.example.net", "Type": "A", **weighted}}
    return lambda: aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


@fault("InvalidChangeBatch", "TooLong", ROUTE53 + "API_ResourceRecord.html", semantic=False)
def text_of_256_characters(aws: Account) -> Call:
    """A string in a TXT record has at most 255 characters."""
    zone, text = aws.zone(), "a" * 256
    return lambda: aws.records(zone, ("CREATE", "gateway.example.net", "TXT", f'"{text}"'))


@fault("InvalidChangeBatch", "quotation marks", ROUTE53 + "API_ResourceRecord.html", semantic=False)
def text_without_quotation_marks(aws: Account) -> Call:
    """A string in a TXT record must be quoted."""
    zone = aws.zone()
    return lambda: aws.records(zone, ("CREATE", "gateway.example.net", "TXT", "v=spf1 -all"))


@twin
def text_of_two_strings(aws: Account) -> Call:
    """Long text in two strings of up to 255 characters each is accepted."""
    zone, text = aws.zone(), "a" * 255
    return lambda: aws.records(zone, ("CREATE", "gateway.example.net", "TXT", f'"{text}" "{text}"'))


@fault("InvalidChangeBatch", "target zone", ROUTE53 + "API_AliasTarget.html")
def alias_into_its_own_zone(aws: Account) -> Call:
    """An alias needs the load balancer's zone ID, not that of the record's zone."""
    zone = aws.zone()
    target = {"HostedZoneId": zone, "DNSName": "gateway.us-east-1.elb.amazonaws.com", "EvaluateTargetHealth": False}
    change = {
        "Action": "CREATE",
        "ResourceRecordSet": {"Name": "gateway.example.net", "Type": "A", "AliasTarget": target},
    }
    return lambda: aws.route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
