"""Owns what survives a power cut: pushing files and directory entries to the disk itself.

Law: a file is on disk after its own fsync; its name is, after the fsync of the directory that holds it.
"""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until the file or directory *path* is on disk. A directory's content is its entries.

    Raises:
        OSError: it is not there, or the disk failed; what was written before is then in doubt.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path, mode: int = 0o700) -> None:
    """Create *path* and every parent that is missing, durably. One that exists stays as it is.

    Raises:
        OSError: it cannot be created.
    """
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode, exist_ok=True)
        sync(each.parent)
