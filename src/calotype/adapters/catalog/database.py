"""Transactions: where each begins and ends, and how a driver's error is told to the rest of the house.

Law: nothing is awaited inside a transaction but the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Result, RowMapping, Select, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog.engines import Engines
from calotype.adapters.catalog.schema import EXTERNAL_ID, PATH
from calotype.adapters.catalog.watches import Watch
from calotype.adapters.jobs.outbox import Outbox
from calotype.errors import ExternalIdTaken, PathTaken, StorageFailed
from calotype.ports import Job


class Database:
    """The engines, the watch on them, and the outbox: transactions enqueue the jobs that follow from them."""

    def __init__(self, engines: Engines, watch: Watch, outbox: Outbox) -> None:
        self._engines = engines
        self.watch = watch
        self.outbox = outbox

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for one SELECT.

        Raises:
            StorageFailed: the database does not answer.
        """
        with _translated():
            async with self._engines.reader.connect() as connection:
                yield connection

    async def first(self, rows: Select[Any], values: Mapping[str, Any]) -> RowMapping | None:
        """Find the one row of a lookup by index: *rows*, whose bound parameters are *values*.

        Raises:
            StorageFailed: the database does not answer.
        """
        lookups = self._engines.lookups
        with _translated():
            if lookups is None:
                async with self._engines.reader.connect() as reader:
                    return _only(await reader.execute(rows, values))
            with lookups.connect() as connection:
                return _only(connection.execute(rows, values))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection for one transaction: committed at the end, rolled back on any error.

        Raises:
            ExternalIdTaken, PathTaken: the transaction would have given a second asset the same one.
            StorageFailed: the database does not answer, or refuses.
        """
        with _translated():
            async with self._engines.writer.begin() as connection:
                yield connection
        self.watch.committed()

    async def enqueue(self, job: Job) -> None:
        """Enqueue a job in a transaction of its own.

        Raises:
            StorageFailed: the database does not answer.
        """
        async with self.write() as connection:
            await self.outbox.add(connection, job)

    async def close(self) -> None:
        """Close every connection."""
        await self.watch.close()
        await self._engines.close()
        self.outbox.close()


def _only(found: Result[Any]) -> RowMapping | None:
    row: RowMapping | None = found.mappings().one_or_none()
    return row


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if _violates(error, EXTERNAL_ID):
            raise ExternalIdTaken from error
        if _violates(error, PATH):
            raise PathTaken from error
        raise StorageFailed("The database refused the change.") from error
    except SQLAlchemyError as error:  # the pool's timeout is one of them, and no DBAPIError
        raise StorageFailed("The database did not answer.") from error


def _violates(error: DBAPIError, constraint: UniqueConstraint) -> bool:
    """Recognise *constraint*: PostgreSQL names it, SQLite names its columns."""
    driver = getattr(error.orig, "__cause__", None)
    columns = ", ".join(f"{column.table.name}.{column.name}" for column in constraint.columns)
    named = getattr(driver, "constraint_name", None) == constraint.name
    return named or str(error.orig) == f"UNIQUE constraint failed: {columns}"
