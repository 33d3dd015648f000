"""Hosts and URLs in settings: which are IP addresses, and which no setting may allow."""

import ipaddress
import socket
from urllib.parse import urlsplit

HTTPS_PORT = 443
_PORTS = {"http": 80, "https": HTTPS_PORT}
_OWN_NAMES = frozenset({"localhost", "ip6-localhost", "ip6-loopback", "instance-data", "instance-data.ec2.internal"})
_OWN_IPV6 = frozenset({ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("fd00:ec2::23")})
"""Addresses of EC2's and ECS's metadata over IPv6."""


def ipv4(host: str) -> ipaddress.IPv4Address | None:
    """The IPv4 address in dotted decimal form, or None."""
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address as a system resolver reads it, including octal and decimal forms; None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def own_address(host: str) -> bool:
    """Whether a host is loopback, unspecified, multicast, link-local, or the name or address of a metadata service."""
    name = host.lower().rstrip(".")
    if name in _OWN_NAMES or name.endswith((".localhost", ".localdomain")):
        return True
    address = _address(name)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address is None:
        return False
    return (
        address.is_loopback or address.is_unspecified or address.is_link_local or address.is_multicast
    ) or address in _OWN_IPV6


def port_of(url: str) -> int:
    """The port of an http or https URL, explicit or default."""
    parts = urlsplit(url)
    return parts.port or _PORTS[parts.scheme]
