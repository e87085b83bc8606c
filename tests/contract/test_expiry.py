"""Every catalog finds what has expired, in all workspaces, and deletes it as anything else is deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from calotype.adapters.catalog import Stores, open_stores
from calotype.domain.assets import Moderation
from calotype.ports import AssetQuery, Job
from catalog_rows import AWAY, HOME, NOW, at, picture

HOUR = timedelta(hours=1)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stores]:
    stores = await open_stores(any_url)
    await stores.catalog.add_workspace(HOME)
    await stores.catalog.add_workspace(AWAY)
    yield stores
    await stores.jobs.close()
    await stores.catalog.close()


async def add(stores: Stores, number: int, **fields: object) -> str:
    return (await stores.catalog.add_asset(picture(number, **fields), at(NOW - HOUR))).id


async def test_what_has_expired_goes_and_what_has_not_stays(stores: Stores):
    gone = [await add(stores, number, expires_at=NOW) for number in (1, 2)]
    kept = [await add(stores, 3, expires_at=NOW + HOUR), await add(stores, 4)]
    found = await stores.expiry.remove_expired(NOW, 10, lambda _: [])
    assert sorted(asset.id for asset in found) == gone
    assert await stores.catalog.known_versions([*gone, *kept]) == frozenset(kept)
    assert await stores.expiry.remove_expired(NOW, 10, lambda _: []) == []


async def test_the_oldest_go_first_and_no_more_than_were_asked_for(stores: Stores):
    for number in (1, 2, 3):
        await add(stores, number, expires_at=NOW - number * timedelta(seconds=1))
    found = await stores.expiry.remove_expired(NOW, 2, lambda _: [])
    assert [asset.id for asset in found] == [picture(3).id, picture(2).id]


async def test_the_events_of_each_workspace_say_so(stores: Stores):
    mine = await add(stores, 1, expires_at=NOW)
    theirs = await add(stores, 2, workspace_id=AWAY.id, expires_at=NOW)
    seen = await stores.catalog.last_event()
    await stores.expiry.remove_expired(NOW, 10, lambda _: [])
    events = [(e.workspace_id, e.asset_id, e.kind) for e in await stores.catalog.events_after(seen)]
    assert sorted(events) == [(AWAY.id, theirs, "asset.deleted"), (HOME.id, mine, "asset.deleted")]


async def test_the_storage_of_each_workspace_is_given_back(stores: Stores):
    await add(stores, 1, expires_at=NOW)
    await add(stores, 2)
    await add(stores, 3, workspace_id=AWAY.id, expires_at=NOW)
    await stores.expiry.remove_expired(NOW, 10, lambda _: [])
    usages = [await stores.meter.usage(workspace.id, NOW) for workspace in (HOME, AWAY)]
    assert [(usage.stored, usage.stored_bytes) for usage in usages] == [(1, 1234), (0, 0)]


async def test_what_is_entailed_is_told_of_all_that_goes(stores: Stores):
    await add(stores, 1, expires_at=NOW)
    await add(stores, 2)
    told = []

    def entailed(gone):
        told.extend(asset.id for asset in gone)
        return [Job("purge", "purge", {})]

    await stores.expiry.remove_expired(NOW, 10, entailed)
    assert told == [picture(1).id]


async def test_what_is_locked_waits_and_what_is_blocked_does_not(stores: Stores):
    locked = await add(stores, 1, expires_at=NOW, moderation=Moderation.LOCKED)
    await add(stores, 2, expires_at=NOW, moderation=Moderation.BLOCKED)
    await stores.expiry.remove_expired(NOW, 10, lambda _: [])
    assert await stores.catalog.known_versions([locked, picture(2).id]) == {locked}


@pytest.mark.parametrize("held", [Moderation.LOCKED, Moderation.BLOCKED])
async def test_what_moderation_holds_is_deleted_neither_alone_nor_with_others(
    stores: Stores, held: Moderation
):
    held_id, free = await add(stores, 1, moderation=held), await add(stores, 2)
    assert await stores.catalog.delete_asset(HOME.id, held_id, NOW) is None
    gone = await stores.catalog.delete_assets(AssetQuery(HOME.id, NOW, ids=(held_id, free)))
    assert [asset.id for asset in gone] == [free]
    assert [asset.id for asset in await stores.catalog.assets(AssetQuery(HOME.id, NOW))] == [held_id]
