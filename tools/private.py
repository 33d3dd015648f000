"""Files and folders that only their owner can read, whatever the umask: for tokens, states and credentials."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def private_folder(path: Path) -> Path:
    """Create a folder with mode 0700, or set that mode on an existing one; returns its path."""
    path.mkdir(parents=True, mode=0o700, exist_ok=True)
    path.chmod(0o700)
    return path


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A file to write, with mode 0600 in a private folder. It appears at `path` after the block, unless that fails."""
    descriptor, partial = tempfile.mkstemp(prefix=f"{path.name}.", dir=private_folder(path.parent))  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
