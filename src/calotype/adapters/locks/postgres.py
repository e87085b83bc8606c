"""Locks across machines: PostgreSQL's session advisory locks, all held by one connection of this process.

The server lets go when the connection ends, so a dead process holds nothing. A connection that breaks under a
living holder lets go too: what is done under these locks must be safe to do twice (a render is), only wasteful.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from sqlalchemy import URL

from calotype.adapters.catalog.engines import connect_postgres
from calotype.adapters.locks.memory import MemoryLocks
from calotype.adapters.locks.polling import pauses
from calotype.errors import StorageFailed

STATEMENT_TIMEOUT_S = 5


class PostgresLocks:
    """Advisory locks in the database at *url*; the connection is opened by the first who needs it."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._line = MemoryLocks()
        self._connection: asyncpg.Connection | None = None
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Wait for *name*, hold it for the block, and let it go.

        Raises:
            StorageFailed: PostgreSQL does not answer.
        """
        key = _key(name)
        # One session may take its own advisory lock twice, so the line in memory is what separates our own.
        async with self._line.hold(str(key)):
            await self._acquire(key)
            try:
                yield
            finally:
                await self._release(key)

    async def close(self) -> None:
        """Close the connection, and with it let go of everything."""
        if self._connection is not None:
            await self._connection.close(timeout=STATEMENT_TIMEOUT_S)

    async def _acquire(self, key: int) -> None:
        rest = pauses()
        try:
            while True:
                if await self._ask("SELECT pg_try_advisory_lock($1)", key):
                    return
                await asyncio.sleep(next(rest))
        except asyncio.CancelledError:  # perhaps before the answer came, and the answer is yes
            await self._release(key)
            raise

    async def _release(self, key: int) -> None:
        with suppress(StorageFailed):  # no connection, no lock
            await self._ask("SELECT pg_advisory_unlock($1)", key)

    async def _ask(self, statement: str, key: int) -> bool:
        """Run a statement to its end, even when who asked is cancelled: the order on the wire is the order here."""
        return await asyncio.shield(asyncio.ensure_future(self._run(statement, key)))

    async def _run(self, statement: str, key: int) -> bool:
        async with self._one_at_a_time:
            if self._connection is None or self._connection.is_closed():
                self._connection = await connect_postgres(self._url)
            try:
                return bool(await self._connection.fetchval(statement, key, timeout=STATEMENT_TIMEOUT_S))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                self._connection.terminate()
                raise StorageFailed("The database did not answer.") from error


def _key(name: str) -> int:
    """Hash *name* to the signed 64 bits that PostgreSQL locks; two names that meet there only wait for each other."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
