"""Prime what makes later syntheses fast: jsii's package cache and the bytecode of what we import.

On a fresh cache jsii writes the index of the AWS bindings from a background worker that a synthesis outruns;
until it is written every run pays two seconds. This process waits for it.
"""

import importlib
import os
import pkgutil
import platform
import sys
import time
from pathlib import Path

import constructs_lib
import stacks
from constructs_lib.bindings.loading import BINDINGS

import jsii

INDEX = ".jsii.runtime-index.v1"
TIMEOUT_SECONDS = 120


def cache_root() -> Path:
    """Where jsii keeps unpacked packages, by its own rules."""
    if named := os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT"):
        return Path(named)
    base = "Library/Caches/com.amazonaws.jsii" if platform.system() == "Darwin" else ".cache/aws/jsii"
    return Path.home() / base / "package-cache"


def indexes(assembly: str, version: str) -> list[Path]:
    """The index files of one package in the cache; a package is indexed when there is one."""
    return list((cache_root() / assembly / version).glob(f"*/{INDEX}"))


def main() -> int:
    """Load everything once and wait until the index is there; exit code 1 where it does not come."""
    from constructs_lib.helpers.regions import partitions  # noqa: PLC0415 (loaded for its bytecode)
    from constructs_lib.helpers.usage.prices import known  # noqa: PLC0415 (as above)

    for package in (constructs_lib, stacks):  # each module, since some are imported only where a setting is on
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)

    partitions()
    known("openai")
    module = sys.modules[f"{BINDINGS}._jsii"]
    assembly = module.__jsii_assembly__
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not indexes(assembly.name, assembly.version):
        if os.environ.get("JSII_RUNTIME_PACKAGE_CACHE") == "disabled" or time.monotonic() > deadline:
            print(
                f"jsii wrote no {INDEX} for {assembly.name} {assembly.version} to {cache_root()}: synthesis works but "
                "takes two seconds more; check that the folder can be written to",
                file=sys.stderr,
            )
            return 1
        # Any call keeps node alive while its worker writes.
        jsii.kernel.stats()  # type: ignore[no-untyped-call]  # jsii leaves it without types
        time.sleep(0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
