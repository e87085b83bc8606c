"""Upgrading: bring a database to the newest schema. Safe to run again, and safe in two processes at once.

The jobs' tables are DBOS's own, and DBOS upgrades them, after ours.

Law: the migrations are one transaction under a lock that all who migrate take. On SQLite that is the write lock
itself (its DDL is transactional), on PostgreSQL an advisory lock.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Integer, column, func, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from calotype.adapters.catalog.engines import BUSY_TIMEOUT_MS, engines_for
from calotype.adapters.catalog.urls import is_sqlite
from calotype.adapters.jobs.tables import TABLES, make_tables
from calotype.errors import NotConfigured, StorageFailed

_LOCK = 0x6D696772  # "migr"
_RETRY_S = 0.01


async def upgrade(url: URL, revision: str = "head") -> None:
    """Create or upgrade the tables of *url*, a parsed URL, up to *revision*.

    Raises:
        StorageFailed: the database is not there, or refuses.
        NotConfigured: a newer release has already upgraded it.
    """
    if is_sqlite(url):
        await _use_write_ahead_log(Path(str(url.database)))
    engines = engines_for(url)
    try:
        tables = await engines.write(partial(_migrate, revision))
    except CommandError as error:  # it names a revision that this release does not have
        raise NotConfigured("database_url: this database belongs to a newer release of Calotype.") from error
    except SQLAlchemyError as error:
        raise StorageFailed("The database could not be migrated.") from error
    finally:
        await engines.close()
    if tables < TABLES:  # by a connection of its own, so not before ours has let go of the write lock
        await make_tables(url)


def _migrate(revision: str, connection: Connection) -> int:
    """Bring our tables to *revision*, and answer which version the jobs' tables have."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    _run_alembic(connection, revision)
    return _job_tables(connection)


def _run_alembic(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", "calotype.adapters.catalog:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _job_tables(connection: Connection) -> int:
    """Read which version of the jobs' tables is there; 0 for none. Asking DBOS itself would import it each time."""
    schema = "dbos" if connection.dialect.name == "postgresql" else None
    if not inspect(connection).has_table("dbos_migrations", schema):
        return 0
    version = select(column("version", Integer)).select_from(table("dbos_migrations", schema=schema))
    return connection.execute(version).scalar() or 0


async def _use_write_ahead_log(path: Path) -> None:
    """Switch the file to WAL, which it remembers.

    SQLite does not wait for another process that is doing the same: it says at once that the file is locked.
    """
    for _ in range(int(BUSY_TIMEOUT_MS / 1000 / _RETRY_S)):
        try:
            return _switch(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise StorageFailed(f"The database cannot be opened: {path}") from error
        except sqlite3.DatabaseError as error:
            raise StorageFailed(f"This is no SQLite database, or it is damaged: {path}") from error
        except OSError as error:
            raise StorageFailed(f"The database cannot be made: {path}") from error
        await asyncio.sleep(_RETRY_S)
    raise StorageFailed(f"The database stays locked: {path}")


def _switch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # the owner's alone; SQLite gives its log the same mode
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()
