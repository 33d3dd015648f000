"""Cleans the environment variables of every program that this project starts; the tables say why each is removed.

`python -I tools/environment.py PROGRAM …` runs a program with them, as the Makefile does. It runs before anything is
installed, so it uses the standard library only. It has to parse on Python 3.6, to print which Python is needed: hence
the annotations that older releases cannot evaluate are strings.
"""

import fnmatch
import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).absolute().parent.parent
PROGRAMS = ROOT / ".tools" / "bin"
"""Folder of node, npm, terraform and cdktf, from `make setup`; it comes first on the PATH."""
OLDEST_PYTHON = (3, 11)

QUIET, ANNOUNCE = "--quiet", "--announce"
"""QUIET, before a program: do not print ignored variables. ANNOUNCE, alone: print them and run nothing."""
KEPT = (
    # Where packages come from. These cannot change their content, since the lock files hold hashes.
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT",
    "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_CONFIG_FILE", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_RETRIES",
    "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_KEYRING_PROVIDER", "PIP_DISABLE_PIP_VERSION_CHECK",
    "NPM_CONFIG_REGISTRY", "NPM_CONFIG_CAFILE", "NPM_CONFIG_CA", "NPM_CONFIG_PROXY", "NPM_CONFIG_HTTPS_PROXY",
    "NPM_CONFIG_NOPROXY", "NPM_CONFIG_STRICT_SSL", "NPM_CONFIG_CACHE", "NPM_CONFIG_USERCONFIG",
    "NPM_CONFIG_GLOBALCONFIG", "NPM_CONFIG_FETCH_*", "NPM_CONFIG_MAXSOCKETS", "NPM_CONFIG_//*",
    # Certificate authorities and proxies of Node.
    "NODE_EXTRA_CA_CERTS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_SYSTEM_CA", "NODE_USE_ENV_PROXY",
    # Where jsii unpacks packages.
    "JSII_RUNTIME_PACKAGE_CACHE", "JSII_RUNTIME_PACKAGE_CACHE_ROOT", "JSII_DEBUG", "JSII_SILENCE_WARNING_*",
    "CDKTF_OUTDIR", "CDKTF_LOG_LEVEL", "CDKTF_DISABLE_PLUGIN_CACHE_ENV",
    "PYTHONUNBUFFERED",
)  # fmt: skip
"""Kept although a pattern below matches. Names are compared case-insensitively, as npm does."""

REDIRECTING = {
    "TF_WORKSPACE": "Terraform would use another state than the environment's",
    "TF_DATA_DIR": "all environments would share one working folder",
    "TF_CLI_ARGS*": "it would change every Terraform command; options such as LOCK_TIMEOUT=15m are make variables",
    "TF_VAR_*": "the stacks have no input variables; settings are in envs/",
    "TF_REATTACH_PROVIDERS": "Terraform would use a provider that is already running",
    "NODE_OPTIONS": "it would change every Node program; for a certificate authority set NODE_EXTRA_CA_CERTS",
    "JSII_*": "synthesis would run with another Node or runtime than the locked one",
    "CDKTF_*": "cdktf would use other settings than those of cdktf.json",
}
"""Removed with a message: pattern, and what the variable would do."""

REMOVED = {
    "PYTHON*": "they change what Python imports, how it prints and what it writes",
    "PIP_*": "pip would install into another place, or other packages than the lock file's",
    "PIPENV_*": "pipenv would use another Pipfile or virtual environment",
    "NPM_CONFIG_*": "npm would omit or add packages, or install into another place",
    "NODE_*": "NODE_ENV=production leaves out the packages that the project needs; NODE_PATH adds others",
    "VIRTUAL_ENV": "the project has its own virtual environment",
    "CONDA_*": "as VIRTUAL_ENV",
    "TF_INPUT": "each command decides whether Terraform may show prompts",
    "MOTO_*": "the embedded AWS must behave the same everywhere",
    "ACTIONS_*": "a GitHub job can request a token for AWS with them, which no program here needs",
    "GIT_DIR": "a Git hook sets it, and git would work on another repository",
    "GIT_WORK_TREE": "as GIT_DIR",
    "GIT_INDEX_FILE": "as GIT_DIR",
    "GIT_OBJECT_DIRECTORY": "as GIT_DIR",
    "GIT_COMMON_DIR": "as GIT_DIR",
    "GIT_PREFIX": "as GIT_DIR",
    "MAKEFLAGS": "a make that a program starts must not act as a sub-make of the make that runs the program",
    "MAKEOVERRIDES": "as MAKEFLAGS",
    "MAKELEVEL": "as MAKEFLAGS",
    "MFLAGS": "as MAKEFLAGS",
}
"""Removed without a message: pattern, and why."""

CREDENTIALS = ("AWS_*", "GH_*", "GITHUB_*", "*_TOKEN", "*_API_KEY", "*PASSWORD*", "*SECRET*", "SSH_AUTH_SOCK")
"""Names of variables that hold credentials; code of another revision does not get these either."""

CLI_CONFIGURATION = ("TERRAFORM_CONFIG", "TF_CLI_CONFIG_FILE")
"""Variables with the path of Terraform's CLI configuration. For a missing file, each Terraform prints an error, then
continues without a configuration."""

SET = {
    "CHECKPOINT_DISABLE": "1",  # stops the version checks and telemetry of Terraform and cdktf
    # npm and node trust the system's certificate authorities, as pip and Terraform do, e.g. that of a company's proxy.
    "NODE_USE_SYSTEM_CA": "1",
    # Terraform and its provider build one large schema at each start and then exit. Without garbage collection below
    # 1 GiB, `terraform validate` takes 2.4 s of CPU instead of 3.1, and 110 MB more memory (2026-11-26, 5.100.0).
    "GOGC": "off",
    "GOMEMLIMIT": "1GiB",
}
"""Set unless the user has set it."""


def _matches(name: str, patterns: "tuple[str, ...] | dict[str, str]") -> "str | None":
    return next((pattern for pattern in patterns if fnmatch.fnmatchcase(name.upper(), pattern)), None)


def _is_removed(name: str) -> bool:
    return not _matches(name, KEPT) and bool(_matches(name, REDIRECTING) or _matches(name, REMOVED))


def _missing(environ: "Mapping[str, str]") -> "list[str]":
    """Which variables of CLI_CONFIGURATION name a file that does not exist."""
    named = [name for name in CLI_CONFIGURATION if environ.get(name)]
    return [name for name in named if not os.path.exists(environ[name])]  # noqa: PTH110 (raises no PermissionError)


def child_environment(environ: "Mapping[str, str] | None" = None) -> "dict[str, str]":
    """The variables of `environ` (default: this process's) for a program that the project starts."""
    environ = os.environ if environ is None else environ
    kept = {name: value for name, value in environ.items() if not _is_removed(name)}
    kept.update(dict.fromkeys(_missing(environ), os.devnull))
    others = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder != str(PROGRAMS)]
    return {**SET, **kept, "PATH": os.pathsep.join([str(PROGRAMS), *others])}


def environment_without_credentials(environ: "Mapping[str, str] | None" = None) -> "dict[str, str]":
    """As `child_environment`, without variables that hold credentials: for code of another revision.

    It is no sandbox: such a program still runs as the user, with access to the home folder and the network.
    """
    kept = child_environment(environ)
    return {name: value for name, value in kept.items() if not _matches(name, CREDENTIALS)}


def ignored(environ: "Mapping[str, str] | None" = None) -> "list[str]":
    """One line for each variable that is set and ignored, with the reason: CLI_CONFIGURATION, then REDIRECTING."""
    environ = os.environ if environ is None else environ
    found = [
        f"{name}={environ[name]}: no such file, so Terraform gets no CLI configuration: correct the path, or unset it"
        for name in _missing(environ)
    ]
    for name in sorted(environ):
        pattern = None if _matches(name, KEPT) else _matches(name, REDIRECTING)
        if pattern:
            found.append(f"{name} is set in your environment and ignored: {REDIRECTING[pattern]}")
    return found


def main(arguments: "list[str]") -> int:
    """Replace this process by the program; prints why and returns 1 where that is not possible."""
    if sys.version_info < OLDEST_PYTHON:
        found, needed = (".".join(map(str, one[:2])) for one in (sys.version_info, OLDEST_PYTHON))
        print(
            f"{sys.executable} is Python {found}: Python {needed} or newer is needed, e.g. `make PYTHON=python3.12`",
            file=sys.stderr,
        )
        return 1
    if arguments[0] == QUIET:
        arguments = arguments[1:]
    else:
        print("".join(f"{line}\n" for line in ignored()), end="", file=sys.stderr, flush=True)
    if arguments == [ANNOUNCE]:
        return 0
    environ = child_environment()
    try:
        os.execvpe(arguments[0], arguments, environ)  # noqa: S606 (no shell is wanted)
    except OSError as error:
        print(f"{arguments[0]}: {error.strerror}; run `make setup`, then the command again", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
