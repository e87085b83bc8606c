"""Where bytes are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """A stored blob: its key, its size in bytes, and when it was written."""

    key: str
    size: int
    modified: datetime


class BlobStore(Protocol):
    """Bytes under keys such as `<workspace>/<aa>/<version>/original`.

    Keys are made by the core alone: lower-case hex, slashes and fixed words.
    """

    remote: bool
    """Whether bytes must travel to be read here; decides what the delivery tiers keep."""

    async def put(self, key: str, source: Path, *, durable: bool = True) -> None:
        """Store the file *source*, which may be moved away. When *durable*, it survives a power cut on return.

        Raises:
            StorageFailed: it could not be stored; nothing is there under *key*.
        """

    async def size(self, key: str) -> int | None:
        """Say how many bytes *key* has; None when there is no such blob."""

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes of *key* from *start* up to *end* (exclusive), in chunks of at most 256 KiB.

        Raises:
            NotFound: there is no such blob.
        """

    def path(self, key: str) -> Path | None:
        """Name the local file that holds *key* (which may not exist); None for a remote store."""

    async def delete_prefix(self, prefix: str) -> int:
        """Delete everything under *prefix* and say how many blobs that were. None is no error."""

    def list(self, prefix: str = "") -> AsyncIterator[BlobInfo]:
        """Yield all blobs under *prefix*, in any order."""
