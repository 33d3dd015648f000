"""Fills the caches that make later syntheses fast: jsii's package cache, and Python's bytecode of imported modules.

jsii writes an index of the AWS bindings into its cache from a background worker. A synthesis ends before that worker
does, and without the index each one takes two seconds more. So this process waits for the index.
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
    """The folder in which jsii caches unpacked packages."""
    if named := os.environ.get("JSII_RUNTIME_PACKAGE_CACHE_ROOT"):
        return Path(named)
    base = "Library/Caches/com.amazonaws.jsii" if platform.system() == "Darwin" else ".cache/aws/jsii"
    return Path.home() / base / "package-cache"


def indexes(assembly: str, version: str) -> list[Path]:
    """The index files of a package in the cache; none until jsii has written it."""
    return list((cache_root() / assembly / version).glob(f"*/{INDEX}"))


def main() -> int:
    """Import everything once and wait for the index; returns 1 where jsii does not write it within TIMEOUT_SECONDS."""
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
                f"jsii wrote no {INDEX} for {assembly.name} {assembly.version} to {cache_root()}: synthesis works, but "
                "takes two seconds more; check that the folder is writable",
                file=sys.stderr,
            )
            return 1
        # A call keeps Node alive while the worker writes.
        jsii.kernel.stats()  # type: ignore[no-untyped-call]  # jsii leaves it without types
        time.sleep(0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
