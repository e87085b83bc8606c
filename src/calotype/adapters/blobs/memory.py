"""Owns blobs that live in memory, for tests and demonstrations: gone with the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from calotype.adapters.blobs.keys import checked, checked_prefix
from calotype.errors import NotFound, StorageFailed
from calotype.ports import BlobInfo, Clock

CHUNK = 256 * 1024


class MemoryBlobs:
    """A store in a dict. It is as near as a local one, though no file holds its bytes."""

    remote = False

    def __init__(self, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._blobs: dict[str, tuple[bytes, datetime]] = {}

    async def put(self, key: str, source: Path, *, durable: bool = True) -> None:  # noqa: ARG002 - nothing lasts
        """Keep the bytes of *source*."""
        checked(key)
        try:
            body = await asyncio.to_thread(source.read_bytes)
        except OSError as error:
            raise StorageFailed from error
        self._blobs[key] = (body, self._clock())

    async def size(self, key: str) -> int | None:
        """Say how many bytes *key* has; None when there is no such blob."""
        body, _ = self._blobs.get(checked(key), (None, None))
        return None if body is None else len(body)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* up to *end* (exclusive), in chunks of at most 256 KiB."""
        if checked(key) not in self._blobs:
            raise NotFound
        body = memoryview(self._blobs[key][0])[start:end]
        for offset in range(0, len(body), CHUNK):
            yield bytes(body[offset : offset + CHUNK])

    def path(self, key: str) -> Path | None:
        """Answer None: no file holds *key*."""
        checked(key)
        return None

    async def delete_prefix(self, prefix: str) -> int:
        """Forget everything under *prefix* and say how many blobs that were."""
        checked_prefix(prefix)
        doomed = [blob.key async for blob in self.list(prefix)]
        for key in doomed:
            self._blobs.pop(key, None)
        return len(doomed)

    async def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield all blobs under *prefix*, as they are now."""
        start = f"{checked_prefix(prefix)}/" if prefix else ""
        for key, (body, modified) in [*self._blobs.items()]:
            if key.startswith(start):
                yield BlobInfo(key, len(body), modified)
