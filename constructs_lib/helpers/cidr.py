"""Terraform's `cidrsubnet`, to the letter, so that a plan and this project agree on every address."""

import ipaddress
import re

_UINT64 = 2**64 - 1
_IPV4_MAPPED = 0xFFFF << 32
_SUBNET_NEWBITS = 8


def _parse(prefix: str) -> tuple[int, int, int]:
    """The network of a CIDR as address, prefix length and address length, all in Go's reading."""
    problem = f"invalid CIDR expression: invalid CIDR address: {prefix}"
    address, slash, length = prefix.partition("/")
    if not slash or "%" in address or not (length.isascii() and length.isdigit()):
        raise ValueError(problem)
    # Go takes leading zeros for decimal, Python refuses them.
    canonical = re.sub(r"(?<![0-9A-Fa-f])0+(?=[0-9A-Fa-f])", "", address)
    try:
        network = ipaddress.ip_network(f"{canonical}/{int(length)}", strict=False)
    except ValueError:
        raise ValueError(problem) from None
    return int(network.network_address), network.prefixlen, network.max_prefixlen


def _format(address: int, prefix_length: int, address_length: int) -> str:
    """The CIDR as Go prints it: an IPv4-mapped IPv6 network comes out as IPv4."""
    if address_length == 32:
        return f"{ipaddress.IPv4Address(address)}/{prefix_length}"
    if address >> 32 == _IPV4_MAPPED >> 32:
        return f"{ipaddress.IPv4Address(address & 0xFFFFFFFF)}/{max(prefix_length - 96, 0)}"
    return f"{ipaddress.IPv6Address(address)}/{prefix_length}"


def cidrsubnet(prefix: str, newbits: int, netnum: int) -> str:
    """The subnet of `prefix` with the number `netnum`, `newbits` bits longer than `prefix`.

    Takes IPv4 and IPv6. Equal to Terraform's function of that name for every argument, its odd answers
    to negative numbers included. Raises ValueError with Terraform's own message where Terraform fails.
    """
    address, prefix_length, address_length = _parse(prefix)
    new_length = prefix_length + newbits
    if new_length > address_length:
        raise ValueError(f"insufficient address space to extend prefix of {prefix_length} by {newbits}")
    largest = 2**newbits - 1 if 0 <= newbits < 64 else _UINT64
    # Go compares the low 64 bits of the absolute value.
    if abs(netnum) & _UINT64 > largest:
        raise ValueError(f"prefix extension of {newbits} does not accommodate a subnet numbered {netnum}")
    subnet = abs(address | (netnum << (address_length - new_length)))
    if subnet >= 2**address_length:
        raise ValueError("panic in function implementation: runtime error: index out of range [-1]")
    if new_length < 0:
        return "<nil>"
    return _format(subnet, new_length, address_length)


def public_subnets(vpc_cidr: str) -> list[str]:
    """The public subnets, one a zone: `cidrsubnet(vpc_cidr, 8, 1)` and `2` (the user's document, "VPC CIDR")."""
    return [cidrsubnet(vpc_cidr, _SUBNET_NEWBITS, netnum) for netnum in (1, 2)]


def private_subnets(vpc_cidr: str) -> list[str]:
    """The private subnets, one a zone: `cidrsubnet(vpc_cidr, 8, 10)` and `20` (the user's document, "VPC CIDR")."""
    return [cidrsubnet(vpc_cidr, _SUBNET_NEWBITS, netnum) for netnum in (10, 20)]
