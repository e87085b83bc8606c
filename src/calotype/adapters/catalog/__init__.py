"""The catalog: rows in SQLite or PostgreSQL (one implementation), or in memory. All SQL of the house is here."""

from __future__ import annotations

from pathlib import Path

from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.engines import engines_for
from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.adapters.catalog.sql import SqlCatalog
from calotype.adapters.catalog.urls import MEMORY, is_sqlite, parse
from calotype.adapters.catalog.variant_uses import FileUses, TableUses
from calotype.adapters.catalog.watches import DataVersionWatch, NotifyWatch
from calotype.ports import Catalog

__all__ = ["MEMORY", "MemoryCatalog", "SqlCatalog", "migrate", "open_catalog"]


async def migrate(database_url: str) -> None:
    """Bring the database to the newest schema: its tables, and the folder and file of an SQLite one.

    Raises:
        NotConfigured: the URL names no database that we know.
        StorageFailed: the database is not there, or refuses.
    """
    if database_url == MEMORY:
        return
    from calotype.adapters.catalog.upgrade import upgrade  # Alembic takes a while to import

    await upgrade(parse(database_url))


async def open_catalog(database_url: str) -> Catalog:
    """Connect to a migrated database: `sqlite:///path`, `postgresql://…`, or `memory:`.

    Raises:
        NotConfigured: the URL names no database that we know.
        StorageFailed: PostgreSQL is not there.
    """
    if database_url == MEMORY:
        return MemoryCatalog()
    url = parse(database_url)
    if is_sqlite(url):
        watch = DataVersionWatch(str(url.database))
        return SqlCatalog(Database(engines_for(url), watch), FileUses(Path(f"{url.database}-uses")))
    notified = NotifyWatch(url)
    await notified.start()
    database = Database(engines_for(url), notified)
    return SqlCatalog(database, TableUses(database))
