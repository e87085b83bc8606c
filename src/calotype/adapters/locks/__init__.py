"""Locks: one holder of a name at a time, by files on one machine, by PostgreSQL on several, or in memory."""

from __future__ import annotations

from calotype.adapters.catalog.urls import MEMORY, is_sqlite, parse
from calotype.adapters.locks.files import FileLocks
from calotype.adapters.locks.memory import MemoryLocks
from calotype.adapters.locks.postgres import PostgresLocks
from calotype.settings import Settings

__all__ = ["FileLocks", "MemoryLocks", "PostgresLocks", "open_locks"]


def open_locks(settings: Settings) -> MemoryLocks | FileLocks | PostgresLocks:
    """Choose the locks that reach as far as the database does: everyone who shares its rows shares them.

    Raises:
        NotConfigured: `database_url` names no database that we know.
    """
    if settings.database_url == MEMORY:
        return MemoryLocks()
    url = parse(settings.database_url)
    return FileLocks(settings.data_dir / "locks") if is_sqlite(url) else PostgresLocks(url)
