"""Terraform's `cidrsubnet` for the networks that settings can name, so that a plan and this project agree."""

import ipaddress

_SUBNET_NEWBITS = 8


def cidrsubnet(prefix: str, newbits: int, netnum: int) -> str:
    """The subnet of the IPv4 network `prefix` with the number `netnum`, `newbits` bits longer than `prefix`.

    Equal to Terraform's function of that name for neither argument below zero. Raises ValueError with Terraform's own
    message where Terraform fails.
    """
    try:
        network = ipaddress.IPv4Network(prefix if "/" in prefix else "", strict=False)
    except ValueError:
        raise ValueError(f"invalid CIDR expression: invalid CIDR address: {prefix}") from None
    length = network.prefixlen + newbits
    if length > network.max_prefixlen:
        raise ValueError(f"insufficient address space to extend prefix of {network.prefixlen} by {newbits}")
    if netnum >= 2**newbits:
        raise ValueError(f"prefix extension of {newbits} does not accommodate a subnet numbered {netnum}")
    return f"{network.network_address + (netnum << (network.max_prefixlen - length))}/{length}"


def public_subnets(vpc_cidr: str) -> list[str]:
    """The public subnets, one a zone: `cidrsubnet(vpc_cidr, 8, 1)` and `2`, as in the Terraform version."""
    return [cidrsubnet(vpc_cidr, _SUBNET_NEWBITS, netnum) for netnum in (1, 2)]


def private_subnets(vpc_cidr: str) -> list[str]:
    """The private subnets, one a zone: `cidrsubnet(vpc_cidr, 8, 10)` and `20`, as in the Terraform version."""
    return [cidrsubnet(vpc_cidr, _SUBNET_NEWBITS, netnum) for netnum in (10, 20)]
