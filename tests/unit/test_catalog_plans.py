"""A page of a listing costs as much as it shows: SQLite walks an index for it and sorts nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Select, create_engine
from sqlalchemy.dialects import sqlite

from calotype.adapters.catalog import migrate, namespaces
from calotype.adapters.catalog.listing import page
from calotype.adapters.catalog.urls import parse
from calotype.ports import AssetQuery

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    asyncio.run(migrate(url))
    engine = create_engine(parse(url))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def plan(connection: Connection, **filters: object) -> list[str]:
    return steps(connection, page(AssetQuery("w", NOW, **({"after": (NOW, "f" * 24)} | filters))))


def steps(connection: Connection, statement: Select[Any]) -> list[str]:
    compiled = statement.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    values = tuple(compiled.construct_params()[name] for name in compiled.positiontup or ())
    plain = tuple(0 if isinstance(value, datetime) else value for value in values)
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", plain)
    return [row[3] for row in rows]


def test_all_assets(connection: Connection):
    assert plan(connection) == [
        "SEARCH assets USING INDEX ix_assets_newest (workspace_id=? AND (created_at,id)<(?,?))",
        "SEARCH versions USING INDEX sqlite_autoindex_versions_1 (id=?)",
    ]


def test_a_namespace(connection: Connection):
    first, *_ = plan(connection, namespace="trips")
    index, columns = (
        "ix_assets_newest_in_namespace",
        "workspace_id=? AND namespace=? AND (created_at,id)<(?,?)",
    )
    assert first == f"SEARCH assets USING INDEX {index} ({columns})"


def test_a_tag(connection: Connection):
    assert plan(connection, tags=("a",)) == [
        "SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=? AND (created_at,asset_id)<(?,?))",
        "SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH versions USING INDEX sqlite_autoindex_versions_1 (id=?)",
    ]


def test_all_of_some_tags_look_the_others_up(connection: Connection):
    steps = plan(connection, tags=("a", "b"), all_tags=True)
    assert steps[0].startswith(
        "SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=? AND (created_at"
    )
    assert [step for step in steps if step.startswith("SEARCH asset_tags_1 USING")]
    assert not [step for step in steps if step.startswith(("SCAN assets", "USE TEMP B-TREE"))]


def test_any_of_some_tags_walk_one_page_of_each(connection: Connection):
    steps = plan(connection, tags=("a", "b"))
    walks = [
        step
        for step in steps
        if step.startswith("SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=?")
    ]
    assert len(walks) == 2
    assert not [step for step in steps if step.startswith("SCAN assets")]


def test_a_label(connection: Connection):
    walk = "workspace_id=? AND key=? AND value=? AND (created_at,asset_id)<(?,?)"
    assert plan(connection, labels=(("k", "v"),)) == [
        f"SEARCH asset_labels USING PRIMARY KEY ({walk})",
        "SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)",
        "SEARCH versions USING INDEX sqlite_autoindex_versions_1 (id=?)",
    ]


def test_several_labels_walk_the_first_and_look_the_others_up(connection: Connection):
    steps = plan(connection, labels=(("k", "v"), ("l", "w")))
    assert steps[0].startswith("SEARCH asset_labels USING PRIMARY KEY (workspace_id=? AND key=? AND value=?")
    assert [step for step in steps if step.startswith("SEARCH asset_labels_1 USING COVERING INDEX")]
    assert not [step for step in steps if step.startswith(("SCAN", "USE TEMP B-TREE"))]


def test_a_tag_and_a_label_walk_the_tag_and_look_the_label_up(connection: Connection):
    steps = plan(connection, tags=("a",), labels=(("k", "v"),))
    assert steps[0].startswith("SEARCH asset_tags USING PRIMARY KEY (workspace_id=? AND tag=?")
    assert [step for step in steps if step.startswith("SEARCH asset_labels_1 USING COVERING INDEX")]


@pytest.mark.parametrize("filters", [{}, {"namespace": "trips"}, {"tags": ("a",)}, {"labels": (("k", "v"),)}])
def test_ids_are_looked_up_one_by_one(connection: Connection, filters: dict[str, object]):
    first, *_ = plan(connection, ids=("a", "b", "c"), **filters)
    assert first == "SEARCH assets USING INDEX sqlite_autoindex_assets_1 (id=?)"


def test_namespaces_are_read_from_their_totals_and_from_what_has_expired(connection: Connection):
    told = " ".join(steps(connection, namespaces.listing("w", NOW)))
    assert "namespace_totals USING" in told
    assert "assets USING INDEX ix_assets_expires_at" in told
    assert "SCAN assets" not in told
