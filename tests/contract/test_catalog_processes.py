"""The catalog among several processes: each writer here is a Python of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from calotype.adapters.catalog import open_catalog
from calotype.errors import StorageFailed
from calotype.ports import AssetQuery

WRITER = Path(__file__).with_name("catalog_writer.py")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def write(url: str, workspace: str, rounds: int) -> tuple[int | None, str]:
    """Run a writer to its end; answer its exit code and what it complained about."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, WRITER, url, workspace, str(rounds), stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    return process.returncode, complaint.decode()


async def until(answer: Callable[[], bool]) -> None:
    """Ask again and again until the answer is yes; a test that waits in vain runs into its time limit."""
    while True:
        if answer():
            return
        await asyncio.sleep(0.01)


async def test_two_processes_that_write_at_once_never_meet_a_locked_database(database_url: str):
    outcomes = await asyncio.gather(write(database_url, "one", 100), write(database_url, "two", 100))
    assert outcomes == [(0, ""), (0, "")]
    catalog = await open_catalog(database_url)
    for workspace in ("one", "two"):
        assert len(await catalog.assets(AssetQuery(workspace, NOW, limit=500, tags=("done",)))) == 100
    assert await catalog.count("rounds", NOW, 60) == 201
    # Two workspaces, and two hundred assets that were each added and changed.
    assert await catalog.last_event() == 402
    await catalog.close()


async def test_processes_that_start_together_migrate_once(unmigrated_url: str):
    outcomes = await asyncio.gather(*(write(unmigrated_url, f"w{n}", 1) for n in range(3)))
    assert outcomes == [(0, "")] * 3


async def test_a_commit_of_another_process_is_noticed(database_url: str):
    catalog = await open_catalog(database_url)
    await until(lambda: not catalog.changed())
    assert await write(database_url, "other", 1) == (0, "")
    await until(catalog.changed)
    assert [event.kind for event in await catalog.events_after(0)] == [
        "workspace.added",
        "asset.added",
        "asset.updated",
    ]
    await catalog.close()


async def test_when_notifications_are_cut_off_changed_says_yes_until_they_are_back(postgres_url: str):
    catalog = await open_catalog(postgres_url)
    await until(lambda: not catalog.changed())
    await catalog._database.rows(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )
    await until(lambda: catalog.changed() and catalog.changed())
    await until(lambda: not catalog.changed())
    await catalog.close()


async def test_a_postgresql_that_is_not_there_is_a_storage_failure(tmp_path: Path):
    with pytest.raises(StorageFailed):
        await open_catalog(f"postgresql://postgres:@/postgres?host={tmp_path}")


async def test_a_folder_that_is_not_there_is_a_storage_failure(tmp_path: Path):
    with pytest.raises(StorageFailed):
        await open_catalog(f"sqlite:///{tmp_path}/none/catalog.db")


async def test_a_database_without_tables_is_a_storage_failure(tmp_path: Path):
    catalog = await open_catalog(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(StorageFailed):
        await catalog.last_event()
    await catalog.close()
