"""The environment variables that send every AWS call of a process to the embedded AWS.

They also let Terraform use the AWS provider installed on this machine, so that it downloads nothing.
"""

from collections.abc import Mapping

from tools import provider_mirror

HOST = "127.0.0.1"
"""The embedded AWS listens on loopback only."""

ACCESS_KEY_ID = "EMULATED"
"""No key of AWS's has this form, so real AWS refuses a call that leaks."""

CA_BUNDLE = provider_mirror.TOOLS / "embedded-aws" / "ca.crt"
"""The certificate of the embedded AWS's authority, which callers have to trust; made at the first start."""


def variables(port: int) -> dict[str, str]:
    """The variables to set; an empty value overrides the shell's. Raises SystemExit without an AWS provider."""
    proxy = f"http://{HOST}:{port}"
    return {
        "HTTPS_PROXY": proxy,
        "https_proxy": proxy,
        "HTTP_PROXY": proxy,
        "NO_PROXY": "",
        "no_proxy": "",
        "AWS_CA_BUNDLE": str(CA_BUNDLE),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY_ID,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        # cdktf's cache of providers is in the home folder, where two runs at once overwrite each other's files.
        "CDKTF_DISABLE_PLUGIN_CACHE_ENV": "1",
        **provider_mirror.variables(),
    }


def foreign(environ: Mapping[str, str]) -> list[str]:
    """The variables to unset: every other `AWS_` variable, such as real credentials and endpoints."""
    ours = variables(0)
    return sorted(name for name in environ if name.startswith("AWS_") and name not in ours)


def emulated(environ: Mapping[str, str], port: int) -> dict[str, str]:
    """A copy of the environment variables, changed so that AWS is the embedded one."""
    hidden = foreign(environ)
    return {name: value for name, value in environ.items() if name not in hidden} | variables(port)
