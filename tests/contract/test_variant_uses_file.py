"""The file that counts variants beside an SQLite catalog: among processes, and without a word to the rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from calotype.adapters.catalog import open_catalog
from calotype.adapters.catalog.variant_uses import FileUses
from calotype.errors import StorageFailed
from calotype.ports import Catalog
from catalog_rows import HOME, at, picture

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
async def catalog(sqlite_url: str) -> AsyncIterator[Catalog]:
    catalog = await open_catalog(sqlite_url)
    await catalog.add_workspace(HOME)
    await catalog.add_asset(picture(1), at(NOW))
    yield catalog
    await catalog.close()


async def test_of_what_three_processes_spend_at_once_exactly_the_limit_fits(tmp_path: Path):
    processes = [
        FileUses(tmp_path / "uses") for _ in range(3)
    ]  # a connection each, which is what SQLite locks
    fitted = await asyncio.gather(
        *(
            uses.spend("asset", TODAY, f"{n}-{number}", 50)
            for n, uses in enumerate(processes)
            for number in range(40)
        )
    )
    await asyncio.gather(*(uses.close() for uses in processes))
    assert sum(fitted) == 50


async def test_what_was_counted_is_known_after_a_restart(tmp_path: Path):
    for expected in (True, False):
        uses = FileUses(tmp_path / "uses")
        assert await uses.spend("asset", TODAY, f"key {expected}", 1) is expected
        await uses.close()


async def test_a_new_variant_makes_no_row_in_memory_stale(catalog: Catalog):
    catalog.changed()
    assert await catalog.spend_variant(picture(1).id, TODAY, "a", 2)
    assert not catalog.changed()


def folder(path: Path) -> None:
    path.mkdir()


def junk(path: Path) -> None:
    path.write_bytes(b"no database " * 400)


@pytest.mark.parametrize("damage", [folder, junk])
async def test_a_file_that_cannot_be_written_is_a_failure_with_a_code(
    tmp_path: Path, damage: Callable[[Path], None]
):
    damage(tmp_path / "uses")
    with pytest.raises(StorageFailed):
        await FileUses(tmp_path / "uses").spend("asset", TODAY, "a", 2)


async def test_counting_makes_no_file_and_sees_what_other_processes_spend(tmp_path: Path):
    one, other = FileUses(tmp_path / "uses"), FileUses(tmp_path / "uses")
    assert await one.spent("asset", TODAY) == 0
    assert not (tmp_path / "uses").exists()
    await other.spend("asset", TODAY, "a", 2)
    assert await one.spent("asset", TODAY) == 1
    await asyncio.gather(one.close(), other.close())


@pytest.mark.parametrize("damage", [folder, junk])
async def test_a_file_that_cannot_be_read_is_a_failure_with_a_code(
    tmp_path: Path, damage: Callable[[Path], None]
):
    damage(tmp_path / "uses")
    with pytest.raises(StorageFailed):
        await FileUses(tmp_path / "uses").spent("asset", TODAY)
