"""Files and folders for their owner's eyes only, whatever the umask: tokens, states, credentials."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def private_folder(path: Path) -> Path:
    """Create a folder, or make one that exists private; its path."""
    path.mkdir(parents=True, mode=0o700, exist_ok=True)
    path.chmod(0o700)
    return path


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A file to write, in a private folder; it is at its place once it is complete, and not at all after an error."""
    descriptor, partial = tempfile.mkstemp(prefix=f"{path.name}.", dir=private_folder(path.parent))  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
