"""DBOS's own tables: made and upgraded by DBOS, in the catalog's database (in the schema `dbos` on PostgreSQL)."""

from __future__ import annotations

import asyncio
import logging

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from calotype.adapters.jobs.outbox import system_url
from calotype.errors import StorageFailed

TABLES = 125
"""The version of the tables that the installed DBOS works with: where they are as new, it need not be imported."""


async def make_tables(url: URL) -> None:
    """Make or upgrade the tables in the database at *url*, a parsed URL; safe in several processes at once.

    Raises:
        StorageFailed: the database is not there, or refuses.
    """
    try:
        await asyncio.to_thread(_make, url)
    except SQLAlchemyError as error:
        raise StorageFailed("The tables of jobs could not be made.") from error


def _make(url: URL) -> None:
    from dbos import DBOS

    hush()
    DBOS.migrate(system_url(url))


def hush() -> None:
    """Have DBOS's log go the way of all others; it brings a handler of its own where it finds none."""
    log = logging.getLogger("dbos")
    log.setLevel(logging.WARNING)
    if not log.handlers:
        log.addHandler(logging.NullHandler())
