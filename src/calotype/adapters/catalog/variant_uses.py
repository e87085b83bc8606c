"""Variant uses: which distinct variants of an asset were made on a day.

Law: the count is exact among all processes, and a day's rows are swept once it is over.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from datetime import date
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, delete, func, insert, select, tuple_

from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.schema import assets, variant_uses
from calotype.errors import StorageFailed

SWEPT_AT_LEAST = 100
BUSY_TIMEOUT_MS = 5_000


class VariantUses(Protocol):
    """Where the uses are counted."""

    async def spend(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        """Note the use of *key*; False when it would be one more than *limit*. What is repeated costs nothing."""

    async def spent(self, asset_id: str, day: date) -> int:
        """Say how many keys of an asset were noted that day."""

    async def close(self) -> None:
        """Let go of what is open."""


class TableUses:
    """Counted in the catalog's own database: PostgreSQL's, which several machines share."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        """See `VariantUses.spend`; for an asset that is gone nothing is noted."""
        return await self._database.write(_spend, asset_id, day, key, limit)

    async def spent(self, asset_id: str, day: date) -> int:
        """See `VariantUses.spent`."""
        return await self._database.read(_spent, asset_id, day)

    async def close(self) -> None:
        """Nothing: the database is the catalog's."""


class FileUses:
    """Counted in an SQLite file of their own, for the processes of one machine.

    In the catalog's file each new variant would be a synced commit, and the sign for every process that its rows
    in memory may be stale: five milliseconds of work for a picture that takes thirty. What a power cut loses here
    is a part of one day's counts.
    """

    def __init__(self, path: Path) -> None:
        """Open nothing before the first use: most commands make no variant."""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._day = date.min
        self._alone = threading.Lock()

    async def spend(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        """See `VariantUses.spend`.

        Raises:
            StorageFailed: the file cannot be written.
        """
        noted = self._spend_now(asset_id, day, key, limit)
        return await asyncio.to_thread(self._spend, asset_id, day, key, limit) if noted is None else noted

    async def spent(self, asset_id: str, day: date) -> int:
        """See `VariantUses.spent`; a file that is not there yet is not made for it.

        Raises:
            StorageFailed: the file cannot be read.
        """
        return await asyncio.to_thread(self._count, asset_id, day)

    async def close(self) -> None:
        """Close the file."""
        with self._alone:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _spend_now(self, asset_id: str, day: date, key: str, limit: int) -> bool | None:
        """Do it on the event loop, in some twenty microseconds; None: it would have to wait, so a thread should."""
        if day != self._day or not self._alone.acquire(blocking=False):
            return None
        try:
            return None if self._connection is None else _note(self._connection, asset_id, day, key, limit)
        except sqlite3.Error:  # another process writes, or it fails again where it is told
            return None
        finally:
            self._alone.release()

    def _spend(self, asset_id: str, day: date, key: str, limit: int) -> bool:
        try:
            with self._alone:
                connection = self._swept(day)
                connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
                try:
                    return _note(connection, asset_id, day, key, limit)
                finally:
                    connection.execute("PRAGMA busy_timeout = 0")
        except sqlite3.Error as error:
            raise StorageFailed("The variant could not be counted.") from error

    def _count(self, asset_id: str, day: date) -> int:
        try:
            with self._alone:
                if self._connection is None and not self._path.exists():
                    return 0
                connection = self._connection = self._connection or _opened(self._path)
                used: int = connection.execute(_COUNT, (asset_id, day.isoformat())).fetchone()[0]
        except sqlite3.Error as error:
            raise StorageFailed("The variants of a day could not be counted.") from error
        return used

    def _swept(self, day: date) -> sqlite3.Connection:
        """Give the connection, and sweep the days before when *day* is new here."""
        connection = self._connection = self._connection or _opened(self._path)
        if day > self._day:
            connection.execute("DELETE FROM uses WHERE day < ?", (day.isoformat(),))
            self._day = day
        return connection


def _note(connection: sqlite3.Connection, asset_id: str, day: date, key: str, limit: int) -> bool:
    use = (asset_id, day.isoformat(), key)
    # One statement: the write lock is taken before the count is, so no process spends in between.
    noted = connection.execute(_NOTE, (*use, *use[:2], limit)).rowcount
    return bool(noted) or connection.execute(_KNOWN, use).fetchone() is not None


_NOTE = """
    INSERT OR IGNORE INTO uses SELECT ?, ?, ?
    WHERE (SELECT count(*) FROM uses WHERE asset_id = ? AND day = ?) < ?
"""
_COUNT = "SELECT count(*) FROM uses WHERE asset_id = ? AND day = ?"
_KNOWN = "SELECT 1 FROM uses WHERE asset_id = ? AND day = ? AND key = ?"


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # syncs now and then, and breaks in no power cut
    connection.execute(
        "CREATE TABLE IF NOT EXISTS uses (asset_id TEXT, day TEXT, key TEXT, PRIMARY KEY (asset_id, day, key))"
        " WITHOUT ROWID"
    )
    return connection


def _spend(connection: Connection, asset_id: str, day: date, key: str, limit: int) -> bool:
    # Whoever spends on the same asset waits here for the other's commit, and then counts it.
    lock = select(assets.c.id).where(assets.c.id == asset_id).with_for_update(key_share=True)
    if connection.execute(lock).scalar_one_or_none() is None:
        return True  # deleted meanwhile: whoever renders it will find that out
    today = (variant_uses.c.asset_id == asset_id, variant_uses.c.day == day)
    seen = func.count().filter(variant_uses.c.key == key)
    used, known = connection.execute(select(func.count(), seen).where(*today)).one()
    if known:
        return True
    if used >= limit:
        return False
    connection.execute(insert(variant_uses).values(asset_id=asset_id, day=day, key=key))
    if not used:
        _sweep(connection, day, max(limit, SWEPT_AT_LEAST))
    return True


def _spent(connection: Connection, asset_id: str, day: date) -> int:
    today = (variant_uses.c.asset_id == asset_id, variant_uses.c.day == day)
    used: int = connection.execute(select(func.count()).where(*today)).scalar_one()
    return used


def _sweep(connection: Connection, today: date, count: int) -> None:
    """Delete as many rows of earlier days as this asset may add today: the table does not outgrow a day."""
    key = tuple_(*variant_uses.primary_key)
    over = select(*variant_uses.primary_key).where(variant_uses.c.day < today).limit(count)
    connection.execute(delete(variant_uses).where(key.in_(over.with_for_update(skip_locked=True))))
