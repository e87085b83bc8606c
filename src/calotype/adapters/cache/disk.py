"""The local disk's tier: variants, and copies of remote originals, in files that may vanish at any time.

Layout: `<folder>/<first two of asset id>/<asset id>/<name>`. A variant's file is a header (magic, CRC-32
of the body, its length) and the body: a half-written or rotten file is a miss, never an answer.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from calotype.adapters.locks.memory import MemoryLocks
from calotype.errors import NotFound, StorageFailed
from calotype.ports import BlobStore, Dropped

log = structlog.get_logger(__name__)

_HEADER = struct.Struct(">4sII")
_MAGIC = b"CALO"
_SWEEP_SHARE = 1 / 16
"""A sweep runs after this share of the budget was written, and frees as much."""
_IN_USE_S = 300
"""A copy is left alone for so long after its last use: longer than a render that reads it waits and runs."""


class DiskCache:
    """Byte-bounded, shared by all processes of a data directory; the least recently used go first."""

    def __init__(self, folder: Path, budget: int) -> None:
        """Keep at most about *budget* bytes under *folder*; 0 keeps nothing but remote originals in use."""
        self._folder = folder
        self._budget = budget
        self._written = 0
        self._fetching = MemoryLocks()
        folder.mkdir(parents=True, exist_ok=True)

    def _path(self, asset_id: str, name: str) -> Path:
        return self._folder / asset_id[:2] / asset_id / name

    def get(self, asset_id: str, key: str) -> bytes | None:
        """Read and check a variant. A miss costs one failed `open`; a hit reads from the page cache mostly."""
        path = f"{self._folder}/{asset_id[:2]}/{asset_id}/{key}"
        try:
            with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - on the hot path, pathlib costs more
                os.utime(file.fileno())  # the sweep deletes what was used longest ago
                return _unpack(file.read())
        except FileNotFoundError:
            return None
        except OSError as error:
            log.warning("cache unreadable", path=path, error=str(error))
            return None

    async def put(self, asset_id: str, key: str, body: bytes) -> None:
        """Keep a variant. Not fsynced: the checksum finds what a power cut leaves half."""
        if self._budget:
            header = _HEADER.pack(_MAGIC, zlib.crc32(body), len(body))
            await asyncio.to_thread(self._write, self._path(asset_id, key), header + body)

    def _write(self, path: Path, content: bytes) -> None:
        try:
            with _replacing(path) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            log.warning("cache not written", path=str(path), error=str(error))
            return
        self._count(len(content))

    async def file(self, asset_id: str, blobs: BlobStore, blob_key: str) -> Path:
        """Give the blob's own file, or fetch it into the cache: once for all renders of this process.

        Raises:
            NotFound: there is no such blob.
            StorageFailed: it could not be read, or not be written here.
        """
        own = blobs.path(blob_key)
        if own is not None:
            if not own.exists():
                raise NotFound
            return own
        copy = self._path(asset_id, blob_key.rsplit("/", 2)[1] + "-" + blob_key.rsplit("/", 1)[1])
        async with self._fetching.hold(str(copy)):
            try:
                if not _used(copy):
                    await self._fetch(blobs, blob_key, copy)
            except OSError as error:
                raise StorageFailed("The image could not be copied to the local disk.") from error
        return copy

    async def _fetch(self, blobs: BlobStore, blob_key: str, copy: Path) -> None:
        size = 0
        with _replacing(copy) as temporary, temporary.open("wb") as file:
            async for chunk in blobs.read(blob_key):
                size += file.write(chunk)
        await asyncio.to_thread(self._count, size)

    async def drop(self, asset_id: str) -> Dropped:
        """Remove an asset's folder."""
        return await asyncio.to_thread(_removed, self._path(asset_id, ""), copies=True)

    async def drop_variants(self, asset_id: str) -> Dropped:
        """Remove the variants from an asset's folder."""
        return await asyncio.to_thread(_removed, self._path(asset_id, ""), copies=False)

    async def assets(self) -> Sequence[str]:
        """List the ids of assets that have a folder."""
        return await asyncio.to_thread(lambda: [path.name for path in self._folder.glob("*/*")])

    def _count(self, size: int) -> None:
        self._written += size
        if self._written > self._budget * _SWEEP_SHARE:
            self._written = 0
            self.sweep()

    def sweep(self) -> None:
        """Delete the oldest files until the folder is well within its budget. One process at a time."""
        try:
            with (self._folder / ".sweep").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._delete_oldest()
        except BlockingIOError:
            return
        except OSError as error:  # no room for the lock's own file, or a disk that can only be read
            log.warning("cache not swept", error=str(error))

    def _delete_oldest(self) -> None:
        files = sorted(_files(self._folder))
        total = sum(size for _, size, _ in files)
        for used, size, path in files:
            if total <= self._budget * (1 - _SWEEP_SHARE):
                break
            if _is_read_by_path(path) and used > time.time() - _IN_USE_S:
                continue
            with suppress(OSError):
                path.unlink()
                path.parent.rmdir()  # fails while others are in it
            total -= size


def _used(copy: Path) -> bool:
    """Note that *copy* is used now, and say whether it is there."""
    try:
        os.utime(copy)
    except FileNotFoundError:
        return False
    return True


def _is_read_by_path(path: Path) -> bool:
    """Tell copies, and what is just being written, from variants, which are read in one go."""
    return path.name.startswith(".") or "-" in path.name


def _unpack(content: bytes) -> bytes | None:
    if len(content) < _HEADER.size:
        return None
    magic, checksum, length = _HEADER.unpack_from(content)
    body = content[_HEADER.size :]
    return body if magic == _MAGIC and length == len(body) and zlib.crc32(body) == checksum else None


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield (time of last use, bytes, path) of every cached file; what vanishes meanwhile is passed over."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            with suppress(OSError):
                status = path.stat()
                if path.name != ".sweep":
                    yield status.st_mtime, status.st_size, path


def _removed(folder: Path, *, copies: bool) -> Dropped:
    sizes = []
    for _, size, path in _files(folder):
        if copies or not _is_read_by_path(path):
            with suppress(OSError):
                path.unlink()
                sizes.append(size)
    with suppress(OSError):
        folder.rmdir()  # fails while others are in it
    return Dropped(len(sizes), sum(sizes))


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside *path* that takes its place when the block ends well, and goes when not."""
    temporary = _created(path)
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _created(path: Path) -> Path:
    """Make an empty file beside *path* with a name that nobody else takes, and its folder where it is missing."""
    temporary = path.with_name(f".{secrets.token_hex(8)}")
    try:
        temporary.touch(0o600, exist_ok=False)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(0o600, exist_ok=False)
    return temporary
