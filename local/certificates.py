"""A certificate authority for one run, and a certificate for the providers' host names."""

from pathlib import Path

from tools.certificates import Authority

import attrs

VALID_DAYS = 2


@attrs.frozen
class Certificates:
    """PEM files: the authority's certificate, and the server's certificate with its key."""

    authority: Path
    server: Path


def certificates(folder: Path, names: tuple[str, ...]) -> Certificates:
    """Create an authority and a certificate for `names` in `folder`; both are valid for VALID_DAYS."""
    authority = Authority.made("stand-in authority", days=VALID_DAYS)
    made = Certificates(folder / "authority.pem", folder / "server.pem")
    made.authority.write_bytes(authority.certificate_pem)
    made.server.write_bytes(authority.issue(names, days=VALID_DAYS))
    return made
