"""The gateway's host name: its certificate, the DNS record that validates it, and the alias record."""

from constructs_lib.network.load_balancer import LoadBalancer

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

VALIDATION_TTL_SECONDS = 60


class Domain(Construct):
    """A host name in a public hosted zone. The zone is looked up, never created."""

    def __init__(self, scope: Construct, id_: str, *, domain_name: str, hosted_zone: str) -> None:
        super().__init__(scope, id_)
        self._domain_name = domain_name
        self._zone_id = DataAwsRoute53Zone(self, "Zone", name=hosted_zone, private_zone=False).zone_id

    def certificate(self) -> str:
        """Create a certificate, validated by a record in the zone; the ARN is known once ACM has issued it."""
        certificate = AcmCertificate(
            self,
            "Certificate",
            domain_name=self._domain_name,
            validation_method="DNS",
            # The listener uses the old one until the new one exists.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        proof = certificate.domain_validation_options.get(0)
        record = Route53Record(
            self,
            "CertificateProof",
            zone_id=self._zone_id,
            name=proof.resource_record_name,
            type=proof.resource_record_type,
            records=[proof.resource_record_value],
            ttl=VALIDATION_TTL_SECONDS,
            # Another environment may have created the same validation record.
            allow_overwrite=True,
        )
        return AcmCertificateValidation(
            self, "CertificateIssued", certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn]
        ).certificate_arn

    def alias(self, load_balancer: LoadBalancer) -> None:
        """Point the name at the load balancer."""
        Route53Record(
            self,
            "Alias",
            zone_id=self._zone_id,
            name=self._domain_name,
            type="A",
            alias=Route53RecordAlias(
                name=load_balancer.dns_name, zone_id=load_balancer.zone_id, evaluate_target_health=True
            ),
        )
