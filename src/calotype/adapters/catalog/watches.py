"""Watches: has anything been committed since we last looked, here or in another process?

Law: a watch may say yes too often, never too seldom; when it cannot know, it says yes.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from typing import Any, Protocol

import asyncpg
from sqlalchemy import URL

from calotype.adapters.catalog.engines import connect_postgres
from calotype.adapters.catalog.events import CHANNEL
from calotype.errors import StorageFailed

POLL_S = 1.0
"""How often PostgreSQL is asked: a notification that got lost is made up for this much later."""

_NEWEST_EVENT = "SELECT coalesce(max(number), 0) FROM events"


class Watch(Protocol):
    """One question, asked on every hit."""

    def changed(self) -> bool:
        """Say whether anything was committed since the last call."""

    def committed(self) -> None:
        """Hear that this process has just committed."""

    async def close(self) -> None:
        """Stop watching."""


class DataVersionWatch:
    """SQLite's own: `PRAGMA data_version` changes when *another* connection commits.

    So the connection that asks must never write; our own writer's commits then count as well. The answer comes
    from shared memory in about three microseconds, which is why it may be asked on the event loop.
    """

    def __init__(self, path: str) -> None:
        """Open the file at *path*.

        Raises:
            StorageFailed: there is no such file and none can be made.
        """
        try:  # autocommit, no waiting, and closed from whichever thread ends the program
            self._connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
        except sqlite3.OperationalError as error:
            raise StorageFailed(f"The database cannot be opened: {path}") from error
        self._seen = self._version()

    def changed(self) -> bool:
        """Compare with the version seen last."""
        version = self._version()
        changed = version is None or version != self._seen
        self._seen = version
        return changed

    def committed(self) -> None:
        """Nothing to note: the version tells."""

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _version(self) -> int | None:
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except (
            sqlite3.OperationalError
        ):  # another process is recovering or resetting the log: not to be waited for
            return None


class NotifyWatch:
    """PostgreSQL's: NOTIFY tells at once, and a poll of the newest event's number makes up for what got lost."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._changed = False
        self._connected = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Connect, then listen until closed.

        Raises:
            StorageFailed: PostgreSQL is not there.
        """
        connection = await self._connect()
        self._task = asyncio.create_task(self._keep_listening(connection))

    def changed(self) -> bool:
        """Say yes after a commit, and for as long as there is nobody to ask."""
        changed, self._changed = self._changed or not self._connected, False
        return changed

    def committed(self) -> None:
        """Note it now: our own notification takes a moment to come back."""
        self._changed = True

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _keep_listening(self, connection: asyncpg.Connection) -> None:
        while True:
            try:
                await self._poll(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()
            finally:
                self._connected = False
            connection = await self._reconnect()

    async def _poll(self, connection: asyncpg.Connection) -> None:
        """Ask once a second until the connection breaks."""
        seen: int | None = None
        try:
            while True:
                newest = await connection.fetchval(_NEWEST_EVENT, timeout=POLL_S)
                self._changed |= newest != seen
                seen = newest
                self._connected = True
                await asyncio.sleep(POLL_S)
        except asyncio.CancelledError:
            await connection.close(timeout=POLL_S)
            raise

    async def _reconnect(self) -> asyncpg.Connection:
        while True:
            await asyncio.sleep(POLL_S)
            with contextlib.suppress(StorageFailed, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return await self._connect()

    async def _connect(self) -> asyncpg.Connection:
        connection = await connect_postgres(self._url)
        try:
            await connection.add_listener(CHANNEL, self._heard)
        except BaseException:
            connection.terminate()
            raise
        return connection

    def _heard(self, *_notification: Any) -> None:
        self._changed = True
