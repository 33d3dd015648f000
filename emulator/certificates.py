"""The certificate authority of the embedded AWS, and a certificate for each host that is called.

Moto's own authority fails Python's verification from 3.13 on, and its private key is published.
"""

import re
from pathlib import Path

from emulator.environ import CA_BUNDLE
from tools.certificates import Authority
from tools.locks import one_at_a_time
from tools.private import private_file

AUTHORITY = CA_BUNDLE.with_name("authority.pem")
"""The authority's certificate with its private key."""
AUTHORITY_DAYS, HOST_DAYS = 3650, 365
HOST_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def authority() -> Authority:
    """The authority of this checkout, which the first call creates."""
    with one_at_a_time(CA_BUNDLE.with_name("lock")):
        if AUTHORITY.is_file() and CA_BUNDLE.is_file():
            return Authority.of_pem(AUTHORITY.read_bytes())
        made = Authority.made("embedded AWS", days=AUTHORITY_DAYS)
        for path, text in ((AUTHORITY, made.pem), (CA_BUNDLE, made.certificate_pem)):
            with private_file(path) as file:
                file.write(text.decode("ascii"))
        return made


def certificate_of(host: str, folder: Path) -> Path:
    """The PEM file with key and certificate of a host and its siblings, created in `folder` if it is not there yet.

    Raises ValueError where `host` is not a host name.
    """
    if not HOST_NAME.fullmatch(host):
        raise ValueError(f"{host!r} is not a host name")
    # One certificate for all buckets, whose names are part of the host.
    parent = host.partition(".")[2]
    names = (host, f"*.{parent}") if parent else (host,)
    path = folder / f"{names[-1].replace('*', '_')}.pem"
    with one_at_a_time(folder / "lock"):  # copies of the embedded AWS use the same folder
        if not path.is_file():
            with private_file(path) as file:
                file.write(authority().issue(names, days=HOST_DAYS).decode("ascii"))
    return path
