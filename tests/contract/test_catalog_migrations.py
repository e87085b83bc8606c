"""The migrations build exactly the schema that the code speaks of, on both databases."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from dbos._schemas.system_database import SystemSchema
from sqlalchemy import Connection, inspect

from calotype.adapters.catalog import migrate, open_catalog, open_stores
from calotype.adapters.catalog.engines import engines_for
from calotype.adapters.catalog.schema import metadata
from calotype.adapters.catalog.upgrade import upgrade
from calotype.adapters.catalog.urls import parse
from calotype.domain.plans import Usage
from calotype.domain.workspaces import KeyKind, Policy
from calotype.errors import StorageFailed
from calotype.ports import NamespaceTotal
from catalog_rows import NOW

JOB_TABLES = {table.name for table in SystemSchema.metadata_obj.tables.values()}

# Rows as the first release wrote them.
FIRST_ROWS = (
    "INSERT INTO workspaces VALUES ('w', 'home', 'h0m', 0, 'blank-gps', 0)",
    "INSERT INTO keys VALUES ('k', 'w', 'mine', 'img_live_abcd0123', 'd', '[\"read\"]', 0, NULL)",
    "INSERT INTO assets VALUES ('a','w','a','a.png','/','a.png',0,0,'public','trips','[]',NULL,NULL,'{}',NULL)",
    "INSERT INTO versions VALUES ('a', 'a', 'w', 4, 'ff', '{\"format\": \"png\", \"width\": 1, \"height\": 1}')",
)


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is ours to compare; those of jobs are DBOS's (on PostgreSQL, they have a schema of their own)."""
    return kind != "table" or name not in {*JOB_TABLES, "dbos_migrations"}


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection, opts={"include_name": ours}), metadata)


def primary_keys(connection: Connection) -> dict[str, list[str]]:
    found = inspect(connection)
    return {name: found.get_pk_constraint(name)["constrained_columns"] for name in metadata.tables}


async def test_the_migrations_and_the_schema_are_equal(unmigrated_url: str):
    await migrate(unmigrated_url)
    engines = engines_for(parse(unmigrated_url))
    assert await engines.read(differences) == []
    assert await engines.read(primary_keys) == {
        name: [column.name for column in table.primary_key] for name, table in metadata.tables.items()
    }
    await engines.close()


async def test_a_schema_that_differs_would_be_noticed(unmigrated_url: str):
    await migrate(unmigrated_url)
    engines = engines_for(parse(unmigrated_url))
    await engines.write(lambda connection: connection.exec_driver_sql("DROP INDEX ix_assets_newest"))
    assert [kind for kind, _ in await engines.read(differences)] == ["add_index"]
    await engines.close()


async def test_migrating_again_changes_nothing(unmigrated_url: str):
    await migrate(unmigrated_url)
    await migrate(unmigrated_url)
    engines = engines_for(parse(unmigrated_url))
    assert await engines.read(differences) == []
    await engines.close()


async def test_migrations_that_start_at_once_wait_for_each_other(unmigrated_url: str):
    await asyncio.gather(*(migrate(unmigrated_url) for _ in range(4)))
    engines = engines_for(parse(unmigrated_url))
    assert await engines.read(differences) == []
    await engines.close()


async def written_by_the_first_release(url: str) -> None:
    await upgrade(parse(url), "0001")
    engines = engines_for(parse(url))
    await engines.write(lambda connection: [connection.exec_driver_sql(row) for row in FIRST_ROWS])
    await engines.close()
    await migrate(url)


async def test_what_the_first_release_wrote_is_kept_and_gets_the_defaults(unmigrated_url: str):
    await written_by_the_first_release(unmigrated_url)
    catalog = await open_catalog(unmigrated_url)
    workspace, [key] = await catalog.workspace("w"), await catalog.keys()
    assert (workspace.policy, workspace.restrict_unsigned, workspace.variant_budget) == (
        Policy(),
        False,
        None,
    )
    assert (key.kind, key.public_id, key.sealed) == (KeyKind.BEARER, "", "")
    assert (await catalog.asset_by_path("w", "/", "a.png", NOW)).focus is None
    await catalog.close()


async def test_what_the_first_release_stored_is_counted(unmigrated_url: str):
    await written_by_the_first_release(unmigrated_url)
    stores = await open_stores(unmigrated_url)
    assert await stores.meter.usage("w", NOW) == Usage(uploads=0, stored=1, stored_bytes=4)
    assert await stores.meter.miscounts() == []
    assert await stores.catalog.namespaces("w", NOW, 9, 0) == [NamespaceTotal("trips", 1, 4)]
    await stores.catalog.close()


async def test_an_sqlite_file_is_switched_to_a_write_ahead_log(tmp_path: Path):
    await migrate(f"sqlite:///{tmp_path / 'catalog.db'}")
    engines = engines_for(parse(f"sqlite:///{tmp_path / 'catalog.db'}"))
    pragmas = [f"PRAGMA {name}" for name in ("journal_mode", "synchronous", "foreign_keys")]
    settings = await engines.write(
        lambda connection: [connection.exec_driver_sql(pragma).scalar_one() for pragma in pragmas]
    )
    assert settings == ["wal", 2, 1]
    await engines.close()


async def test_an_sqlite_file_is_its_owners_alone(tmp_path: Path):
    await migrate(f"sqlite:///{tmp_path / 'catalog.db'}")
    assert (tmp_path / "catalog.db").stat().st_mode & 0o777 == 0o600


async def test_a_folder_that_cannot_be_made_is_a_storage_failure(tmp_path: Path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFailed):
        await migrate(f"sqlite:///{tmp_path / 'file' / 'catalog.db'}")
