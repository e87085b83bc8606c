"""Transactions: where each begins and ends, and how a driver's error is told to the rest of the house.

Law: a transaction is a plain function of its connection, so nothing is waited for inside it but the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, RowMapping, Select, UniqueConstraint, UpdateBase
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from calotype.adapters.catalog.engines import Engines
from calotype.adapters.catalog.schema import EXTERNAL_ID, PATH
from calotype.adapters.catalog.watches import Watch
from calotype.adapters.jobs.outbox import Outbox
from calotype.errors import ExternalIdTaken, PathTaken, StorageFailed
from calotype.ports import Job

P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[Connection, P], T]


class Database:
    """The engines, the watch on them, and the outbox: transactions enqueue the jobs that follow from them."""

    def __init__(self, engines: Engines, watch: Watch, outbox: Outbox) -> None:
        self._engines = engines
        self.watch = watch
        self.outbox = outbox

    async def read(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run *work*, which only reads and has no transaction, with a connection before *args*.

        Raises:
            StorageFailed: the database does not answer.
        """
        with _translated():
            return await self._engines.read(_bound(work, args, kwargs))

    async def rows(self, rows: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[RowMapping]:
        """Read what one SELECT finds.

        Raises:
            StorageFailed: the database does not answer.
        """
        return await self.read(_rows, rows, values)

    async def look_up(self, rows: Select[Any], values: Mapping[str, Any]) -> Sequence[RowMapping]:
        """Find the few rows of a lookup by index: *rows*, whose bound parameters are *values*.

        Raises:
            StorageFailed: the database does not answer.
        """
        with _translated():
            return await self._engines.look_up(_bound(_rows, (rows, values), {}))

    async def first(self, rows: Select[Any], values: Mapping[str, Any]) -> RowMapping | None:
        """Find the one row of a lookup by index, as `look_up`; None when there is none."""
        return next(iter(await self.look_up(rows, values)), None)

    async def write(self, work: Work[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run *work* with a connection before *args*, as one transaction: committed, or rolled back on any error.

        Raises:
            ExternalIdTaken, PathTaken: the transaction would have given a second asset the same one.
            StorageFailed: the database does not answer, or refuses.
        """
        with _translated():
            done = await self._engines.write(_bound(work, args, kwargs))
        self.watch.committed()
        return done

    async def execute(self, statement: UpdateBase) -> Sequence[RowMapping]:
        """Run *statement* as a transaction of its own, and answer the rows that it returns.

        Raises:
            StorageFailed: the database does not answer, or refuses.
        """
        return await self.write(_execute, statement)

    async def enqueue(self, job: Job) -> None:
        """Enqueue a job in a transaction of its own.

        Raises:
            StorageFailed: the database does not answer.
        """
        await self.write(self.outbox.add, job)

    async def close(self) -> None:
        """Close every connection."""
        await self.watch.close()
        await self._engines.close()
        self.outbox.close()


def _bound(
    work: Callable[..., T], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Callable[[Connection], T]:
    return lambda connection: work(connection, *args, **kwargs)


def _rows(
    connection: Connection, rows: Select[Any], values: Mapping[str, Any] | None
) -> Sequence[RowMapping]:
    return connection.execute(rows, values).mappings().all()


def _execute(connection: Connection, statement: UpdateBase) -> Sequence[RowMapping]:
    done = connection.execute(statement)
    return done.mappings().all() if done.returns_rows else ()


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
    except SQLAlchemyError as error:  # the timeout of PostgreSQL's pool is one of them, and no DBAPIError
        raise StorageFailed("The database did not answer.") from error


def _violates(error: DBAPIError, constraint: UniqueConstraint) -> bool:
    """Recognise *constraint*: PostgreSQL names it, SQLite names its columns."""
    driver = getattr(error.orig, "__cause__", None)
    columns = ", ".join(f"{column.table.name}.{column.name}" for column in constraint.columns)
    named = getattr(driver, "constraint_name", None) == constraint.name
    return named or str(error.orig) == f"UNIQUE constraint failed: {columns}"
