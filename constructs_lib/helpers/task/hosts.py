"""Hosts and URLs that settings name: which spellings are addresses, and which of them no setting may open."""

import ipaddress
import socket
from urllib.parse import urlsplit

HTTPS_PORT = 443
_PORTS = {"http": 80, "https": HTTPS_PORT}
_OWN_NAMES = frozenset({"localhost", "ip6-localhost", "ip6-loopback", "instance-data", "instance-data.ec2.internal"})
_OWN_IPV6 = frozenset({ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("fd00:ec2::23")})
"""EC2's and ECS's metadata over IPv6."""


def ipv4(host: str) -> ipaddress.IPv4Address | None:
    """The address that a dotted decimal IPv4 address spells, or None."""
    try:
        return ipaddress.IPv4Address(host)
    except ValueError:
        return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host spells for a system's resolver, octal and decimal numbers included; None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").split("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def own_address(host: str) -> bool:
    """Whether a host is the task itself (loopback, unspecified) or link-local, where credentials and metadata are."""
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
    """The port that a URL with http or https leads to."""
    parts = urlsplit(url)
    return parts.port or _PORTS[parts.scheme]
