"""Engines: how connections to SQLite and PostgreSQL are opened, and where what is asked of them runs.

What runs on a connection is a plain function that takes it. PostgreSQL's driver is asynchronous, and SQLAlchemy waits
for it under the function's feet; SQLite blocks, so a whole transaction goes through a thread at once (docs/adr/0041).

Law: on SQLite everything that writes begins with the write lock. A deferred transaction that reads first
and writes later fails with `database is locked` as soon as another process wrote in between, and no
timeout helps it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, TypeVar

import asyncpg
from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from calotype.adapters.catalog.urls import dsn, is_sqlite
from calotype.errors import StorageFailed

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another process's write lock."""
POOL_TIMEOUT_S = 30
CONNECT_TIMEOUT_S = 5
SQLITE_READERS = 4
POSTGRES_CONNECTIONS = 10

T = TypeVar("T")
Work = Callable[[Connection], T]
"""Statements and what is made of their results. It waits for nothing but the database."""


class Engines(Protocol):
    """Where *work* runs. Each raises what SQLAlchemy raises, or StorageFailed."""

    async def write(self, work: Work[T]) -> T:
        """Run it as one transaction: committed at the end, rolled back on any error."""

    async def read(self, work: Work[T]) -> T:
        """Run it without a transaction: each SELECT sees what is committed by then."""

    async def look_up(self, work: Work[T]) -> T:
        """Run one SELECT that finds a few rows by their index."""

    async def close(self) -> None:
        """Close every connection."""


def engines_for(url: URL) -> Engines:
    """Make the engines for *url*; nothing is opened yet."""
    return SqliteEngines(url) if is_sqlite(url) else PostgresEngines(url)


class SqliteEngines:
    """One writer in this process, so that only processes meet at the file's lock; some readers; and the event loop's.

    When whoever asked is cancelled, a transaction that has begun still ends, by its commit as a rule.
    """

    def __init__(self, url: URL) -> None:
        self._writer = _sqlite(url, pool_size=1, pragmas=("foreign_keys = ON", "synchronous = FULL"))
        event.listen(self._writer, "begin", _begin_immediate)
        self._reader = _sqlite(url, pool_size=SQLITE_READERS, pragmas=("query_only = ON",))
        self._lookups = _lookups(url)
        self._looking: Connection | None = None
        self._writing = ThreadPoolExecutor(1, "sqlite-writer")
        self._reading = ThreadPoolExecutor(SQLITE_READERS, "sqlite-reader")

    async def write(self, work: Work[T]) -> T:
        """Run it in the writer's thread, after what others have asked of that before."""
        asked_at = time.monotonic()
        return await asyncio.get_running_loop().run_in_executor(self._writing, self._write, work, asked_at)

    async def read(self, work: Work[T]) -> T:
        """Run it in a reader's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, _read, self._reader, work)

    async def look_up(self, work: Work[T]) -> T:
        """Run it here and now: a thread and back takes longer, and it waits for no writer (WAL; docs/adr/0028)."""
        if self._looking is None:  # kept: taking one from a pool costs three times what a lookup does
            self._looking = self._lookups.connect()
        return work(self._looking)

    async def close(self) -> None:
        """Close every connection, once what runs has ended."""
        await asyncio.to_thread(self._close)

    def _write(self, work: Work[T], asked_at: float) -> T:
        if time.monotonic() - asked_at > POOL_TIMEOUT_S:  # another process holds the lock, again and again
            raise StorageFailed("The database did not answer.")
        with self._writer.begin() as connection:
            return work(connection)

    def _close(self) -> None:
        for threads in (self._writing, self._reading):
            threads.shutdown()
        if self._looking is not None:
            self._looking.close()
        for engine in (self._writer, self._reader, self._lookups):
            engine.dispose()


def _read(engine: Engine, work: Work[T]) -> T:
    with engine.connect() as connection:
        return work(connection)


def _lookups(url: URL) -> Engine:
    """One connection, which the event loop's thread uses, and whichever closes it."""
    engine = create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"isolation_level": None, "timeout": 0, "check_same_thread": False},
        execution_options={"isolation_level": "AUTOCOMMIT"},
    )
    event.listen(engine, "connect", partial(_prepare, ("query_only = ON",)))
    return engine


def _sqlite(url: URL, *, pool_size: int, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        # isolation_level None: the sqlite3 module begins nothing by itself, so `begin` below decides.
        connect_args={
            "isolation_level": None,
            "timeout": BUSY_TIMEOUT_MS / 1000,
            "check_same_thread": False,
        },
    )
    event.listen(engine, "connect", partial(_prepare, pragmas))
    return engine


def _prepare(pragmas: tuple[str, ...], connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class PostgresEngines:
    """One pool; a read is a single statement and needs no BEGIN and COMMIT around it."""

    def __init__(self, url: URL) -> None:
        async def connect() -> asyncpg.Connection:
            return await connect_postgres(url)

        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=connect,
            pool_size=POSTGRES_CONNECTIONS,
            pool_timeout=POOL_TIMEOUT_S,
            pool_pre_ping=True,
        )
        self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def write(self, work: Work[T]) -> T:
        """Run it on a connection of the pool."""
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def read(self, work: Work[T]) -> T:
        """Run it on a connection of the pool."""
        async with self._reader.connect() as connection:
            return await connection.run_sync(work)

    async def look_up(self, work: Work[T]) -> T:
        """Read: every lookup is a way to the server and back."""
        return await self.read(work)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


async def connect_postgres(url: URL) -> asyncpg.Connection:
    """Open one connection of one's own.

    Raises:
        StorageFailed: PostgreSQL is not there, or does not let us in.
    """
    try:
        return await asyncpg.connect(
            dsn(url), timeout=CONNECT_TIMEOUT_S, server_settings={"application_name": "calotype"}
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:  # OSError includes TimeoutError
        raise StorageFailed("The database did not let us connect.") from error
