"""Old events and ended windows are forgotten on the way, so that their tables stay small."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Table, func, insert, select

from calotype.adapters.catalog import open_catalog
from calotype.adapters.catalog.schema import counters, events, quarantine, variant_uses
from calotype.adapters.catalog.sql import SqlCatalog
from calotype.domain.workspaces import Workspace
from catalog_rows import HOME, at, picture

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
async def catalog(database_url: str) -> AsyncIterator[SqlCatalog]:
    catalog = await open_catalog(database_url)
    assert isinstance(catalog, SqlCatalog)
    yield catalog
    await catalog.close()


async def rows(catalog: SqlCatalog, table: Table) -> int:
    [row] = await catalog._database.rows(select(func.count().label("total")).select_from(table))
    return row["total"]


async def test_the_newest_ten_thousand_events_stay_and_numbers_go_on(catalog: SqlCatalog):
    old = [{"number": n, "workspace_id": "w", "asset_id": "", "kind": "k"} for n in range(1, 11_000)]
    await catalog._database.write(lambda connection: connection.execute(insert(events), old))
    await catalog.add_workspace(Workspace("w", "w", "w", NOW))
    assert await catalog.last_event() == 11_000
    # Whoever had seen number 5 is answered 1001 and not 6: it knows that it missed some.
    assert (await catalog.events_after(5, limit=1))[0].number == 1_001


async def test_a_new_window_sweeps_what_ended_before_it(catalog: SqlCatalog):
    await catalog.count("old", NOW - 2 * HOUR, 3600)
    await catalog.quarantine("over", NOW - HOUR)
    await catalog.quarantine("for good", None)
    await catalog.count("new", NOW, 3600)
    assert await rows(catalog, counters) == 1
    assert await rows(catalog, quarantine) == 1


async def uses(catalog: SqlCatalog, database_url: str) -> int:
    if not database_url.startswith("sqlite"):
        return await rows(catalog, variant_uses)
    with closing(sqlite3.connect(f"{database_url.removeprefix('sqlite:///')}-uses")) as file:
        [count] = file.execute("SELECT count(*) FROM uses").fetchone()
    return int(count)


async def test_a_new_day_sweeps_the_variants_spent_before_it(catalog: SqlCatalog, database_url: str):
    await catalog.add_workspace(HOME)
    for number in (1, 2):
        await catalog.add_asset(picture(number), at(NOW))
        for key in "abc":
            await catalog.spend_variant(picture(number).id, date(2026, 11, 20), key, 100)
    assert await uses(catalog, database_url) == 6
    await catalog.spend_variant(picture(1).id, date(2026, 11, 21), "a", 100)
    assert await uses(catalog, database_url) == 1
