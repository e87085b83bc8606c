"""Rows in memory stay true: a change ends their use at the next look."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Workspace
from calotype.errors import StorageFailed
from calotype.ports import Event
from calotype.services.rows import Rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORKSPACE = Workspace("w", "default", "abc", NOW)
ID = "0123456789abcdef01234567"
ASSET = Asset(ID, "w", "a.jpg", "/", "a.jpg", Version(ID, 4, "aa", Facts(Format.JPEG, 4, 3)), NOW, NOW)


def clock():
    return NOW


class CountingCatalog(MemoryCatalog):
    """The shipped catalog, which counts how often it was asked for an asset."""

    asked = 0

    async def asset(self, asset_id, now):
        self.asked += 1
        return await super().asset(asset_id, now)


@pytest.fixture
async def catalog():
    catalog = CountingCatalog()
    await catalog.add_workspace(WORKSPACE)
    await catalog.add_asset(ASSET, clock)
    return catalog


@pytest.fixture
async def rows(catalog):
    rows = Rows(catalog)
    await rows.start()
    return rows


async def test_a_row_is_read_once(rows, catalog):
    found = [await rows.asset(ID, NOW) for _ in range(3)]
    assert ({asset.id for asset in found}, catalog.asked) == ({ID}, 1)


async def test_a_change_is_seen_by_the_next_look(rows, catalog):
    await rows.asset(ID, NOW)
    await catalog.update_asset("w", ID, lambda asset: replace(asset, visibility=Visibility.PRIVATE), clock)
    assert (await rows.asset(ID, NOW)).visibility is Visibility.PRIVATE


async def test_a_deleted_asset_is_gone_at_the_next_look(rows, catalog):
    await rows.asset(ID, NOW)
    await catalog.delete_asset("w", ID, NOW)
    assert await rows.asset(ID, NOW) is None


async def test_a_row_that_expires_in_memory_is_gone(rows, catalog):
    await catalog.update_asset(
        "w", ID, lambda asset: replace(asset, expires_at=NOW + timedelta(seconds=5)), clock
    )
    assert await rows.asset(ID, NOW) is not None
    assert await rows.asset(ID, NOW + timedelta(seconds=5)) is None


async def test_listeners_hear_every_event_in_order(rows, catalog):
    heard = []
    rows.listen(heard.append)
    await catalog.update_asset("w", ID, lambda asset: replace(asset, name="b.jpg"), clock)
    await catalog.delete_asset("w", ID, NOW)
    await rows.asset(ID, NOW)
    assert [event.kind for event in heard] == ["asset.updated", "asset.deleted"]


async def test_events_that_were_pruned_unread_empty_the_memory(rows, catalog, monkeypatch):
    heard = []
    rows.listen(heard.append)
    await rows.asset(ID, NOW)
    late = [Event(999, "w", "another", "asset.updated")]

    async def events_after(number, limit=1000):
        return late if number < 999 else []

    monkeypatch.setattr(catalog, "events_after", events_after)
    monkeypatch.setattr(catalog, "changed", lambda: True)
    await rows.asset(ID, NOW)
    assert (heard[0], heard[1], catalog.asked) == (None, late[0], 2)


async def test_a_row_read_while_it_changed_is_not_kept(rows, catalog):
    old = await catalog.asset(ID, NOW)

    async def changes_meanwhile(asset_id, now):
        del catalog.asset
        await catalog.update_asset("w", ID, lambda asset: replace(asset, name="new.jpg"), clock)
        rows.fresh()
        await rows.catch_up()
        return old

    catalog.asset = changes_meanwhile
    assert (await rows.asset(ID, NOW)).name == "a.jpg"
    assert (await rows.asset(ID, NOW)).name == "new.jpg"


class SlowCatalog(CountingCatalog):
    """The shipped catalog, whose events come when they are let."""

    def __init__(self):
        super().__init__()
        self.let, self.reading = asyncio.Event(), asyncio.Event()

    async def events_after(self, number, limit=1000):
        self.reading.set()
        await self.let.wait()
        return await super().events_after(number, limit)


async def test_copies_are_not_fresh_while_the_events_are_still_being_read():
    catalog = SlowCatalog()
    rows = Rows(catalog)
    await rows.start()
    await catalog.add_workspace(WORKSPACE)
    assert not rows.fresh()
    catching_up = asyncio.create_task(rows.catch_up())
    await catalog.reading.wait()
    assert not rows.fresh()
    catalog.let.set()
    await catching_up
    assert rows.fresh()


async def test_copies_are_not_fresh_after_events_that_could_not_be_read(rows, catalog, monkeypatch):
    async def events_after(number, limit=1000):
        raise StorageFailed

    await catalog.delete_asset("w", ID, NOW)
    monkeypatch.setattr(catalog, "events_after", events_after)
    with pytest.raises(StorageFailed):
        await rows.asset(ID, NOW)
    assert not rows.fresh()


async def test_who_catches_up_does_not_wait_for_changes_that_never_end(rows, catalog, monkeypatch):
    async def events_after(number, limit=1000):
        rows.fresh()
        return []

    monkeypatch.setattr(catalog, "changed", lambda: True)
    monkeypatch.setattr(catalog, "events_after", events_after)
    assert (await rows.asset(ID, NOW)).id == ID


async def test_metadata_which_may_be_large_is_not_kept_in_memory(rows, catalog):
    await catalog.update_asset("w", ID, lambda asset: replace(asset, metadata={"a": "x" * 2000}), clock)
    assert [(await rows.asset(ID, NOW)).metadata for _ in range(2)] == [{}, {}]
