"""Planted faults of ACM, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.balancers import listening
from tests.emulator.planted.balancers_more import https
from tests.emulator.planted.cases import Call, fault, twin

ACM = "https://docs.aws.amazon.com/acm/latest/APIReference/"


@fault("ValidationException", "domainName", ACM + "API_RequestCertificate.html", semantic=False)
def certificate_of_a_malformed_domain(aws: Account) -> Call:
    """A domain name consists of labels of letters, digits and hyphens."""
    return lambda: aws.acm.request_certificate(DomainName="gateway..example.com", ValidationMethod="DNS")


@fault("ResourceNotFoundException", "certificate", ACM + "API_DescribeCertificate.html")
def missing_certificate_described(aws: Account) -> Call:
    """A missing certificate cannot be described."""
    arn = aws.certificate()
    aws.acm.delete_certificate(CertificateArn=arn)
    return lambda: aws.acm.describe_certificate(CertificateArn=arn)


@fault("ResourceInUseException", "in use", ACM + "API_DeleteCertificate.html")
def certificate_of_a_listener_deleted(aws: Account) -> Call:
    """A certificate that a load balancer uses cannot be deleted."""
    balancer, targets, _ = listening(aws)
    arn = aws.certificate()
    aws.elbv2.create_listener(**https(balancer, targets, arn))
    return lambda: aws.acm.delete_certificate(CertificateArn=arn)


def requested(aws: Account, number: int) -> Call:
    """Request a certificate with this number of names."""
    first, *others = [f"gateway{one}.example.com" for one in range(number)]
    return lambda: aws.acm.request_certificate(DomainName=first, SubjectAlternativeNames=others, ValidationMethod="DNS")


@fault("LimitExceededException", "10", "https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html")
def certificate_of_eleven_names(aws: Account) -> Call:
    """A certificate has at most ten names by default."""
    return requested(aws, 11)


@twin
def certificate_of_ten_names(aws: Account) -> Call:
    """A certificate with ten names is accepted."""
    return requested(aws, 10)


@fault("InvalidDomainValidationOptionsException", "example.org", ACM + "API_DomainValidationOption.html")
def certificate_validated_by_another_domain(aws: Account) -> Call:
    """Validation mail can only go to the domain or to one of its parent domains."""
    options = [{"DomainName": "gateway.example.com", "ValidationDomain": "example.org"}]
    return lambda: aws.acm.request_certificate(
        DomainName="gateway.example.com", ValidationMethod="EMAIL", DomainValidationOptions=options
    )
