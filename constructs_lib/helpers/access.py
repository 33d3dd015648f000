"""Who may call the gateway: the scopes of a token, and which networks are as good as the internet."""

import ipaddress

RESOURCE_SERVER = "https://gateway.internal"
SCOPES = {"invoke": "Send requests to models", "admin": "Administer the gateway"}
"""Scopes of the resource server and what they allow."""
WIDE_OPEN_PREFIX_LENGTH = 8
"""A network wider than this is taken for the internet, so that two halves of it count too."""


def wide_open(cidrs: tuple[str, ...]) -> list[str]:
    """Those of the IPv4 networks that are as good as the internet."""
    return [cidr for cidr in cidrs if ipaddress.IPv4Network(cidr).prefixlen < WIDE_OPEN_PREFIX_LENGTH]


def token_endpoint(domain_prefix: str, region: str) -> str:
    """The endpoint where a Cognito client requests an access token; GovCloud has only FIPS endpoints.

    "Using Amazon Cognito in AWS GovCloud (US)", AWS GovCloud (US) user guide.
    """
    host = "auth-fips" if region.startswith("us-gov-") else "auth"
    return f"https://{domain_prefix}.{host}.{region}.amazoncognito.com/oauth2/token"
