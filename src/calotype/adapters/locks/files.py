"""Locks across the processes of one machine: `flock` on a file for each name.

Law: whoever holds the lock on a file that is still in the folder holds the name. The holder removes the file
before it lets go, so the folder is as small as what is held now; what a killed process left behind is taken over by
the next holder of that name. The kernel lets go when a process dies.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from calotype.adapters.locks.memory import MemoryLocks
from calotype.adapters.locks.polling import pauses
from calotype.errors import StorageFailed


class FileLocks:
    """Lock files in *folder*, which is made when it is missing. Local disks only: not NFS."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._line = MemoryLocks()
        folder.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for *name* (at most 80 characters), hold it for the block, and let it go.

        Raises:
            StorageFailed: the file cannot be made.
        """
        path = self._folder / f"{quote(name, safe='')}.lock"
        async with self._line.hold(name):
            descriptor = await _acquire(path)
            try:
                yield
            finally:
                _release(path, descriptor)

    async def close(self) -> None:
        """Nothing to release."""


async def _acquire(path: Path) -> int:
    rest = pauses()
    while True:
        if (descriptor := _try(path)) is not None:
            return descriptor
        await asyncio.sleep(next(rest))


def _try(path: Path) -> int | None:
    """Open and lock the file; None when another holds it, or removed it between our opening and our locking."""
    try:
        descriptor = _open(path)
    except OSError as error:
        raise StorageFailed("The lock file could not be made.") from error
    with suppress(OSError):  # BlockingIOError: it is held; FileNotFoundError: it is gone
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    os.close(descriptor)
    return None


def _open(path: Path) -> int:
    """Open the file, and make it where it is missing; also its folder, which someone may have cleared away."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _release(path: Path, descriptor: int) -> None:
    try:
        path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
