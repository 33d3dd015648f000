"""Certificate authorities for servers on this machine.

Their certificates pass the strict verification that Python uses from 3.13 on (ssl.VERIFY_X509_STRICT, after RFC 5280):
an authority states its key usage, and each certificate names the key that signed it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: x509.Name,
    signer: ec.EllipticCurvePrivateKey,
    days: int,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )


@attrs.frozen
class Authority:
    """A certificate authority with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def made(cls, name: str, *, days: int) -> "Authority":
        """Create an authority that is valid for some days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        certificate = (
            _builder(subject, key, issuer=subject, signer=key, days=days)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(SIGNS_CERTIFICATES, critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def of_pem(cls, text: bytes) -> "Authority":
        """Read what `pem` returns. Raises ValueError or TypeError for anything else."""
        key = serialization.load_pem_private_key(text, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("not the key of an authority")
        return cls(x509.load_pem_x509_certificate(text), key)

    @property
    def pem(self) -> bytes:
        """The private key and the certificate."""
        return _pem(self.key) + self.certificate_pem

    @property
    def certificate_pem(self) -> bytes:
        """The certificate alone, which callers have to trust."""
        return self.certificate.public_bytes(PEM)

    def issue(self, names: Iterable[str], *, days: int) -> bytes:
        """A new private key and a certificate of a server with these host names, which may have wildcards; as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(_name("server on this machine"), key, issuer=self.certificate.subject, signer=self.key, days=days)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return _pem(key) + certificate.public_bytes(PEM)
