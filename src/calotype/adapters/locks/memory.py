"""Locks inside one process: waiters queue in the order they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class MemoryLocks:
    """One `asyncio.Lock` for each name that somebody holds or waits for; the last to leave takes it along."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for *name*, hold it for the block, and let it go."""
        async with self._locks.setdefault(name, asyncio.Lock()):
            yield

    async def close(self) -> None:
        """Nothing to release."""
