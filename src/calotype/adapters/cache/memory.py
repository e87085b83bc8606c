"""The tier in memory: for tests and for trying things out; unbounded."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from calotype.adapters.locks.memory import MemoryLocks
from calotype.errors import NotFound
from calotype.ports import BlobStore, Dropped


class MemoryCache:
    """Variants in a dict; blobs of stores without files are copied into *folder*, which is the caller's."""

    def __init__(self, folder: Path) -> None:
        """Start empty."""
        self._variants: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        self._folder = folder
        self._fetching = MemoryLocks()

    def get(self, asset_id: str, key: str) -> bytes | None:
        """Read a variant."""
        return self._variants.get(asset_id, {}).get(key)

    async def put(self, asset_id: str, key: str, body: bytes) -> None:
        """Keep a variant."""
        self._variants[asset_id][key] = body

    async def file(self, asset_id: str, blobs: BlobStore, blob_key: str) -> Path:
        """Give the blob's own file, or a copy of it, made once."""
        own = blobs.path(blob_key)
        if own is not None:
            if not own.exists():
                raise NotFound
            return own
        copy = self._folder / asset_id / blob_key.replace("/", "-")
        async with self._fetching.hold(str(copy)):
            if not copy.exists():
                body = b"".join([chunk async for chunk in blobs.read(blob_key)])
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes(body)
        return copy

    async def drop(self, asset_id: str) -> Dropped:
        """Forget an asset's variants and copies."""
        sizes = [path.stat().st_size for path in (self._folder / asset_id).glob("*")]
        shutil.rmtree(self._folder / asset_id, ignore_errors=True)
        return Dropped(len(sizes), sum(sizes)) + await self.drop_variants(asset_id)

    async def drop_variants(self, asset_id: str) -> Dropped:
        """Forget an asset's variants."""
        sizes = [len(body) for body in self._variants.pop(asset_id, {}).values()]
        return Dropped(len(sizes), sum(sizes))

    async def assets(self) -> Sequence[str]:
        """List the ids of assets that something is kept of."""
        copied = self._folder.iterdir() if self._folder.exists() else ()
        return sorted({*self._variants, *(path.name for path in copied)})
