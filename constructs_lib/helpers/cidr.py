"""Terraform's `cidrsubnet` in Python, so that subnets are the same as in the Terraform version of this gateway."""

import ipaddress

_SUBNET_NEWBITS = 8


def cidrsubnet(prefix: str, newbits: int, netnum: int) -> str:
    """Subnet number `netnum` of the IPv4 network `prefix`, with a prefix length that is `newbits` longer.

    Same results as Terraform's function for `newbits` and `netnum` of 0 or more. Raises ValueError with Terraform's
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
    """The public subnets, one per zone: netnum 1 and 2, as in the Terraform version of this gateway."""
    return [cidrsubnet(vpc_cidr, _SUBNET_NEWBITS, netnum) for netnum in (1, 2)]


def private_subnets(vpc_cidr: str) -> list[str]:
    """The private subnets, one per zone: netnum 10 and 20, as in the Terraform version of this gateway."""
    return [cidrsubnet(vpc_cidr, _SUBNET_NEWBITS, netnum) for netnum in (10, 20)]
