"""A page of a listing costs as much as it shows: SQLite walks an index for it and sorts nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import migrate, namespaces
from calotype.adapters.catalog.engines import engines_for
from calotype.adapters.catalog.listing import page
from calotype.adapters.catalog.urls import parse
from calotype.ports import AssetQuery

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    await migrate(url)
    engines = engines_for(parse(url))
    async with engines.reader.connect() as connection:
        yield connection
    await engines.close()


async def plan(connection: AsyncConnection, **filters: object) -> list[str]:
    return await steps(connection, page(AssetQuery("w", NOW, **({"after": (NOW, "f" * 24)} | filters))))


async def steps(connection: AsyncConnection, statement: Select[Any]) -> list[str]:
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    values = tuple(compiled.construct_params()[name] for name in compiled.positiontup or ())
    plain = tuple(0 if isinstance(value, datetime) else value for value in values)
    rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", plain)
    return [row[3] for row in rows]


async def test_all_assets(connection: AsyncConnection):
    assert await plan(connection) == [
        "SEARCH assets USING INDEX ix_assets_newest (workspace_id=? AND (created_at,id)<(?,?))",
        "SEARCH versions USING INDEX sqlite_autoindex_versions_1 (id=?)",
    ]


async def test_a_namespace(connection: AsyncConnection):
    first, *_ = await plan(connection, namespace="trips")
    index, columns = (
        "ix_assets_newest_in_namespace",
        "workspace_id=? AND namespace=? AND (created_at,id)<(?,?)",
    )
    assert first == f"SEARCH assets USING INDEX {index} ({columns})"


async def test_a_tag(connection: AsyncConnection):
    assert await plan(connection, tags=("a",)) == [
        "SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=? AND (created_at,asset_id)<(?,?))",
        "SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH versions USING INDEX sqlite_autoindex_versions_1 (id=?)",
    ]


async def test_all_of_some_tags_look_the_others_up(connection: AsyncConnection):
    steps = await plan(connection, tags=("a", "b"), all_tags=True)
    assert steps[0].startswith(
        "SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=? AND (created_at"
    )
    assert [step for step in steps if step.startswith("SEARCH asset_tags_1 USING")]
    assert not [step for step in steps if step.startswith(("SCAN assets", "USE TEMP B-TREE"))]


async def test_any_of_some_tags_walk_one_page_of_each(connection: AsyncConnection):
    steps = await plan(connection, tags=("a", "b"))
    walks = [
        step
        for step in steps
        if step.startswith("SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=?")
    ]
    assert len(walks) == 2
    assert not [step for step in steps if step.startswith("SCAN assets")]


async def test_a_label(connection: AsyncConnection):
    walk = "workspace_id=? AND key=? AND value=? AND (created_at,asset_id)<(?,?)"
    assert await plan(connection, labels=(("k", "v"),)) == [
        f"SEARCH asset_labels USING PRIMARY KEY ({walk})",
        "SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH versions USING INDEX sqlite_autoindex_versions_1 (id=?)",
    ]


async def test_several_labels_walk_the_first_and_look_the_others_up(connection: AsyncConnection):
    steps = await plan(connection, labels=(("k", "v"), ("l", "w")))
    assert steps[0].startswith("SEARCH asset_labels USING PRIMARY KEY (workspace_id=? AND key=? AND value=?")
    assert [step for step in steps if step.startswith("SEARCH asset_labels_1 USING COVERING INDEX")]
    assert not [step for step in steps if step.startswith(("SCAN", "USE TEMP B-TREE"))]


async def test_a_tag_and_a_label_walk_the_tag_and_look_the_label_up(connection: AsyncConnection):
    steps = await plan(connection, tags=("a",), labels=(("k", "v"),))
    assert steps[0].startswith("SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=?")
    assert [step for step in steps if step.startswith("SEARCH asset_labels_1 USING COVERING INDEX")]


@pytest.mark.parametrize("filters", [{}, {"namespace": "trips"}, {"tags": ("a",)}, {"labels": (("k", "v"),)}])
async def test_ids_are_looked_up_one_by_one(connection: AsyncConnection, filters: dict[str, object]):
    first, *_ = await plan(connection, ids=("a", "b", "c"), **filters)
    assert first == "SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"


async def test_namespaces_are_read_from_their_totals_and_from_what_has_expired(connection: AsyncConnection):
    told = " ".join(await steps(connection, namespaces.listing("w", NOW)))
    assert "namespace_totals USING" in told
    assert "assets USING INDEX ix_assets_expires_at" in told
    assert "SCAN assets" not in told
