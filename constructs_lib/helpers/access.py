"""Access to the gateway: token scopes, the token endpoint, and networks that count as the internet."""

import ipaddress

RESOURCE_SERVER = "https://gateway.internal"
SCOPES = {"invoke": "Send requests to models", "admin": "Administer the gateway"}
"""Scopes of the resource server, with their descriptions in Cognito."""
WIDE_OPEN_PREFIX_LENGTH = 8
"""A network with a shorter prefix counts as the internet, so that its two halves (/1) do too."""


def wide_open(cidrs: tuple[str, ...]) -> list[str]:
    """The IPv4 networks in `cidrs` that count as the internet."""
    return [cidr for cidr in cidrs if ipaddress.IPv4Network(cidr).prefixlen < WIDE_OPEN_PREFIX_LENGTH]


def token_endpoint(domain_prefix: str, region: str) -> str:
    """The URL at which a Cognito client requests an access token.

    GovCloud has only FIPS endpoints ("Using Amazon Cognito in AWS GovCloud (US)", AWS GovCloud (US) user guide).
    """
    host = "auth-fips" if region.startswith("us-gov-") else "auth"
    return f"https://{domain_prefix}.{host}.{region}.amazoncognito.com/oauth2/token"
