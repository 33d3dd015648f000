"""The environment variables with which a process talks to the embedded AWS, and to nothing else.

Terraform's own downloads are part of it: it uses the provider that is installed on this machine.
"""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

from tools import provider_mirror

HOST = "127.0.0.1"
"""The embedded AWS listens on loopback only."""

ACCESS_KEY_ID = "EMULATED"
"""Not a key that AWS would take for one of its own."""


def ca_bundle() -> Path:
    """Moto's own certificate authority, which the callers have to trust. Does not import moto."""
    spec = importlib.util.find_spec("moto")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("moto is not installed: run `make setup`")
    return Path(spec.origin).parent / "moto_proxy" / "ca.crt"


def variables(port: int) -> dict[str, str]:
    """What to set; an empty value shadows what a shell may hold. Raises SystemExit without an AWS provider."""
    proxy = f"http://{HOST}:{port}"
    return {
        "HTTPS_PROXY": proxy,
        "https_proxy": proxy,
        "HTTP_PROXY": proxy,
        "NO_PROXY": "",
        "no_proxy": "",
        "AWS_CA_BUNDLE": str(ca_bundle()),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY_ID,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        # cdktf would keep the provider in the home folder, where two runs at once overwrite each other's files.
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",
        **provider_mirror.variables(),
    }


def foreign(environ: Mapping[str, str]) -> list[str]:
    """What to unset: every other setting of AWS's SDKs, real credentials and endpoints among them."""
    ours = variables(0)
    return sorted(name for name in environ if name.startswith("AWS_") and name not in ours)


def emulated(environ: Mapping[str, str], port: int) -> dict[str, str]:
    """A copy of an environment in which AWS is the embedded one."""
    hidden = foreign(environ)
    return {name: value for name, value in environ.items() if name not in hidden} | variables(port)
