"""The local disk's tier: bytes that can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from calotype.ports.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a tier let go of: how many files, and their bytes."""

    count: int = 0
    size: int = 0

    def __add__(self, other: Dropped) -> Dropped:
        return Dropped(self.count + other.count, self.size + other.size)


class VariantCache(Protocol):
    """The local disk's tier: bytes that can be made again, bounded in all, grouped by asset."""

    def get(self, asset_id: str, key: str) -> bytes | None:
        """Read a variant; None when it is not there or its checksum is wrong. Called on the event loop: fast."""

    async def put(self, asset_id: str, key: str, body: bytes) -> None:
        """Keep a variant, atomically; a full disk is logged, never raised."""

    async def file(self, asset_id: str, blobs: BlobStore, blob_key: str) -> Path:
        """Give the local file that holds a blob, fetching it first when the store is remote.

        Raises:
            NotFound: there is no such blob.
        """

    async def drop(self, asset_id: str) -> Dropped:
        """Forget everything of an asset, and say what that was."""

    async def drop_variants(self, asset_id: str) -> Dropped:
        """Forget an asset's variants alone: a copy of its original may be in use by a render."""

    async def assets(self) -> Sequence[str]:
        """List the ids of assets that something is kept of."""
