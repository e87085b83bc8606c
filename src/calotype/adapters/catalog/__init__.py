"""The catalog: rows in SQLite or PostgreSQL (one implementation), or in memory. All SQL of the house is here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from calotype.adapters.catalog.accounts import SqlAccounts
from calotype.adapters.catalog.apps import SqlApps
from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.engines import engines_for
from calotype.adapters.catalog.expiry import SqlExpiry
from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.adapters.catalog.memory_accounts import MemoryAccounts
from calotype.adapters.catalog.memory_apps import MemoryApps
from calotype.adapters.catalog.memory_requests import MemoryRequestsSeen
from calotype.adapters.catalog.requests_seen import SqlRequestsSeen
from calotype.adapters.catalog.sign_ins import SqlSignIns
from calotype.adapters.catalog.sql import SqlCatalog
from calotype.adapters.catalog.urls import MEMORY, is_sqlite, parse
from calotype.adapters.catalog.usage import SqlMeter
from calotype.adapters.catalog.variant_uses import FileUses, TableUses, VariantUses
from calotype.adapters.catalog.watches import DataVersionWatch, NotifyWatch
from calotype.adapters.jobs.durable import DurableJobs
from calotype.adapters.jobs.outbox import Outbox
from calotype.ports import Accounts, Apps, Catalog, Expiry, Jobs, Meter, RequestsSeen, SignIns

__all__ = ["MEMORY", "MemoryCatalog", "SqlCatalog", "Stores", "migrate", "open_catalog", "open_stores"]


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


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that is kept in the one database, each under its own port; closing the catalog closes all."""

    catalog: Catalog
    expiry: Expiry
    jobs: Jobs
    meter: Meter
    accounts: Accounts
    sign_ins: SignIns
    apps: Apps
    requests_seen: RequestsSeen


async def open_catalog(database_url: str) -> Catalog:
    """Connect to the catalog alone; see `open_stores`."""
    return (await open_stores(database_url)).catalog


async def open_stores(database_url: str) -> Stores:
    """Connect to a migrated database: `sqlite:///path`, `postgresql://…`, or `memory:`.

    Raises:
        NotConfigured: the URL names no database that we know.
        StorageFailed: PostgreSQL is not there.
    """
    if database_url == MEMORY:
        catalog = MemoryCatalog()
        accounts = MemoryAccounts(catalog)
        return Stores(
            catalog=catalog,
            expiry=catalog,
            jobs=catalog.jobs,
            meter=catalog.meter,
            accounts=accounts,
            sign_ins=accounts.sign_ins,
            apps=MemoryApps(catalog),
            requests_seen=MemoryRequestsSeen(),
        )
    url = parse(database_url)
    if is_sqlite(url):
        watch = DataVersionWatch(str(url.database))
        database = Database(engines_for(url), watch, Outbox(url))
        return _stores(url, database, FileUses(Path(f"{url.database}-uses")))
    notified = NotifyWatch(url)
    await notified.start()
    database = Database(engines_for(url), notified, Outbox(url))
    return _stores(url, database, TableUses(database))


def _stores(url: URL, database: Database, uses: VariantUses) -> Stores:
    return Stores(
        catalog=SqlCatalog(database, uses),
        expiry=SqlExpiry(database),
        jobs=DurableJobs(url, database.outbox, database.enqueue),
        meter=SqlMeter(database),
        accounts=SqlAccounts(database),
        sign_ins=SqlSignIns(database),
        apps=SqlApps(database),
        requests_seen=SqlRequestsSeen(database),
    )
