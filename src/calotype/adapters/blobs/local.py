"""Owns blobs that are files below one directory.

Law: a file appears under its key whole, by rename, or not at all. A durable put answers when the file
and every directory on the way to it are on disk, in this order: fsync the file, rename, fsync the directories.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from itertools import islice
from pathlib import Path

from calotype.adapters.blobs.keys import checked, checked_prefix
from calotype.adapters.durability import make_directory, sync
from calotype.errors import NotFound, StorageFailed
from calotype.ports import BlobInfo

CHUNK = 256 * 1024
_BATCH = 1000
_PLACE_ATTEMPTS = 100  # each takes microseconds; a delete that never rests must not win
_NO_FILE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class LocalBlobs:
    """A store in the directory *root*, which is made on the first put."""

    remote = False

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, source: Path, *, durable: bool = True) -> None:
        """Move *source* under *key*; when it is on another file system, copy it."""
        target = self.path(key)
        with _storage_errors():
            await asyncio.to_thread(self._put, source, target, durable=durable)

    async def size(self, key: str) -> int | None:
        """Say how many bytes *key* has; None when there is no such blob."""
        with _storage_errors():
            return await asyncio.to_thread(_size, self.path(key))

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* up to *end* (exclusive), in chunks of at most 256 KiB."""
        with await _opened(self.path(key)) as file:
            file.seek(start)
            left = max(0, (os.fstat(file.fileno()).st_size if end is None else end) - start)
            while chunk := await _read(file.fileno(), min(CHUNK, left)):
                left -= len(chunk)
                yield chunk

    def path(self, key: str) -> Path:
        """Name the file that holds *key*, which may not exist."""
        return self._root / checked(key)

    async def delete_prefix(self, prefix: str) -> int:
        """Delete the files and directories under *prefix* and say how many blobs that were."""
        top = self._root / checked_prefix(prefix)
        with _storage_errors():
            return await asyncio.to_thread(_delete_tree, top)

    async def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield all blobs under *prefix*, as they come."""
        blobs = self._walk(self._root / checked_prefix(prefix) if prefix else self._root)
        while True:
            with _storage_errors():
                batch = await asyncio.to_thread(lambda: [*islice(blobs, _BATCH)])
            for blob in batch:
                yield blob
            if len(batch) < _BATCH:
                return

    def _put(self, source: Path, target: Path, *, durable: bool) -> None:
        if not stat.S_ISREG(source.lstat().st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(source))
        try:
            self._move(source, target, durable=durable)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            self._put_copy(source, target, durable=durable)

    def _put_copy(self, source: Path, target: Path, *, durable: bool) -> None:
        """Copy *source* to the file system of *target* first, and move that.

        The copy lies within its version: should we die here, it goes when `fsck` sweeps that, or a delete.
        """
        copy = target.with_name(f"copy-{secrets.token_hex(12)}")
        try:
            self._make_parents(copy)
            shutil.copyfile(source, copy)
            self._move(copy, target, durable=durable)
        finally:
            copy.unlink(missing_ok=True)

    def _move(self, source: Path, target: Path, *, durable: bool) -> None:
        if durable:
            sync(source)
        self._place(source, target)
        if durable:
            self._sync_way_to(target)

    def _place(self, source: Path, target: Path) -> None:
        """Rename; when a delete takes the directory away in between, make it again.

        `mkdir(exist_ok=True)` itself fails with FileExistsError when what was there is gone a moment later.
        """
        for attempt in range(_PLACE_ATTEMPTS):
            try:
                self._make_parents(target)
                source.replace(target)
            except (FileNotFoundError, FileExistsError):
                if attempt == _PLACE_ATTEMPTS - 1 or not source.exists():
                    raise
            else:
                return

    def _make_parents(self, target: Path) -> None:
        if not self._root.exists():
            make_directory(self._root)
        target.parent.mkdir(parents=True, exist_ok=True)

    def _sync_way_to(self, target: Path) -> None:
        """Fsync every directory up to the root, new or not.

        One that we found may be another process's, a moment old and not yet on disk; without its entry
        our file would be lost with it.
        """
        try:
            for folder in target.relative_to(self._root).parents:
                sync(self._root / folder)
        except OSError:
            target.unlink(missing_ok=True)  # nobody may find what we could not promise to keep
            raise

    def _walk(self, folder: Path) -> Iterator[BlobInfo]:
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path))
            else:
                with suppress(FileNotFoundError):  # deleted since the directory was read
                    yield self._info(entry)

    def _info(self, entry: os.DirEntry[str]) -> BlobInfo:
        # The change time, not the modification time: a rename renews it, and a file that came with an
        # old date would otherwise look to fsck like an orphan of long ago.
        found = entry.stat(follow_symlinks=False)
        key = Path(entry.path).relative_to(self._root).as_posix()
        return BlobInfo(key, found.st_size, datetime.fromtimestamp(found.st_ctime, UTC))


def _size(path: Path) -> int | None:
    try:
        found = path.stat()
    except _NO_FILE:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


async def _opened(path: Path) -> FileIO:
    with _storage_errors():
        try:
            return await asyncio.to_thread(FileIO, path)
        except _NO_FILE as error:
            raise NotFound from error


async def _read(descriptor: int, size: int) -> bytes:
    if not size:
        return b""
    with _storage_errors():
        return await asyncio.to_thread(os.read, descriptor, size)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [*entries]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _delete_tree(top: Path) -> int:
    """Delete what is there now. What a put adds meanwhile keeps its directory alive.

    Not fsynced: what a power cut brings back has no row, and `fsck` sweeps it.
    """
    deleted = 0
    for entry in _entries(top):
        if entry.is_dir(follow_symlinks=False):
            deleted += _delete_tree(Path(entry.path))
        else:
            with suppress(FileNotFoundError):
                Path(entry.path).unlink()
                deleted += 1
    with suppress(FileNotFoundError, NotADirectoryError):
        _remove_if_empty(top)
    return deleted


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


@contextmanager
def _storage_errors() -> Iterator[None]:
    """Translate at the border. The path stays in the cause, for the log; the message may reach a client."""
    try:
        yield
    except OSError as error:
        raise StorageFailed from error
