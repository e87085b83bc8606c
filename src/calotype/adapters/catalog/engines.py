"""Engines: how connections to SQLite and PostgreSQL are opened, and which statements begin a transaction.

Law: on SQLite everything that writes begins with the write lock. A deferred transaction that reads first
and writes later fails with `database is locked` as soon as another process wrote in between, and no
timeout helps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from calotype.adapters.catalog.urls import dsn, is_sqlite
from calotype.errors import StorageFailed

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for another process's write lock."""
POOL_TIMEOUT_S = 30
CONNECT_TIMEOUT_S = 5
SQLITE_READERS = 4
POSTGRES_CONNECTIONS = 10


@dataclass(frozen=True, slots=True)
class Engines:
    """Where transactions that write begin, and where single reads go."""

    writer: AsyncEngine
    reader: AsyncEngine
    lookups: Engine | None = None
    """SQLite's alone: reads on the event loop itself, for one row by its index. A way through a thread and back takes
    ten times as long as the read, which waits for no writer (WAL); the first byte of a new variant waits for it."""

    async def close(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        await self.reader.dispose()
        if self.lookups is not None:
            self.lookups.dispose()


def engines_for(url: URL) -> Engines:
    """Make the engines for *url*; nothing is opened yet."""
    return _sqlite(url) if is_sqlite(url) else _postgres(url)


def _sqlite(url: URL) -> Engines:
    """One writer connection in this process, so that only processes meet at the file's lock, and some readers."""
    writer = _sqlite_engine(url, pool_size=1, pragmas=("foreign_keys = ON", "synchronous = FULL"))
    event.listen(writer.sync_engine, "begin", _begin_immediate)
    reader = _sqlite_engine(url, pool_size=SQLITE_READERS, pragmas=("query_only = ON",))
    return Engines(writer, reader, _sqlite_lookups(url))


def _sqlite_lookups(url: URL) -> Engine:
    """One connection, which the event loop's thread uses, and whichever closes it."""
    engine = create_engine(
        url.set(drivername="sqlite"),
        poolclass=StaticPool,
        connect_args={"isolation_level": None, "timeout": 0, "check_same_thread": False},
        execution_options={"isolation_level": "AUTOCOMMIT"},
    )
    event.listen(engine, "connect", partial(_prepare, ("query_only = ON",)))
    return engine


def _sqlite_engine(url: URL, *, pool_size: int, pragmas: tuple[str, ...]) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        # isolation_level None: the sqlite3 module begins nothing by itself, so `begin` below decides.
        connect_args={"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000},
    )

    event.listen(engine.sync_engine, "connect", partial(_prepare, pragmas))
    return engine


def _prepare(pragmas: tuple[str, ...], connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _postgres(url: URL) -> Engines:
    """One pool; a read is a single statement and needs no BEGIN and COMMIT around it."""

    async def connect() -> asyncpg.Connection:
        return await connect_postgres(url)

    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=connect,
        pool_size=POSTGRES_CONNECTIONS,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
    )
    return Engines(engine, engine.execution_options(isolation_level="AUTOCOMMIT"))


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
