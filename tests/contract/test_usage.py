"""What workspaces use: reserved with the row, given back with it, whoever else adds and deletes at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from calotype.adapters.catalog import Stores, open_stores
from calotype.adapters.catalog.schema import usage
from calotype.domain.assets import Version
from calotype.domain.plans import NO_QUOTA, Quota, Usage
from calotype.errors import ExternalIdTaken, QuotaExceeded
from calotype.ports import AssetQuery, Miscount
from catalog_rows import AWAY, FACTS, HOME, NOW, SECOND, at, picture

SIZE = 1234
"""Of each picture, in bytes."""
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stores]:
    async for opened in _opened(any_url):
        yield opened


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Stores]:
    async for opened in _opened(database_url):
        yield opened


async def _opened(url: str) -> AsyncIterator[Stores]:
    opened = await open_stores(url)
    await opened.catalog.add_workspace(HOME)
    await opened.catalog.add_workspace(AWAY)
    yield opened
    await opened.catalog.close()


async def fits(stores: Stores, number: int, quota: Quota = NO_QUOTA, now: datetime = NOW, **fields) -> bool:
    try:
        await stores.catalog.add_asset(picture(number, **fields), at(now), quota)
    except QuotaExceeded:
        return False
    return True


async def used(stores: Stores, now: datetime = NOW) -> Usage:
    return await stores.meter.usage(HOME.id, now)


async def test_a_new_workspace_has_used_nothing(stores: Stores):
    assert await used(stores) == Usage(uploads=0, stored=0, stored_bytes=0)
    assert await stores.meter.usage("unknown", NOW) == Usage()


async def test_an_upload_is_counted_in_its_own_workspace(stores: Stores):
    await fits(stores, 1)
    await fits(stores, 2, workspace_id=AWAY.id)
    await fits(stores, 3)
    assert await used(stores) == Usage(uploads=2, stored=2, stored_bytes=2 * SIZE)
    found = await stores.meter.usages(NOW)
    assert (found[HOME.id].uploads, found[AWAY.id].uploads) == (2, 1)


@pytest.mark.parametrize(
    ("quota", "fitting"),
    [
        (NO_QUOTA, [True, True, True]),
        (Quota(uploads=2), [True, True, False]),
        (Quota(storage_bytes=2 * SIZE), [True, True, False]),
        (Quota(storage_bytes=2 * SIZE - 1), [True, False, False]),
        (Quota(uploads=0), [False, False, False]),
        (Quota(uploads=3, storage_bytes=SIZE), [True, False, False]),
        (Quota(storage_bytes=2**62), [True, True, True]),
    ],
)
async def test_the_last_that_fits_fills_the_quota_to_the_byte(stores: Stores, quota: Quota, fitting):
    assert [await fits(stores, number, quota) for number in (1, 2, 3)] == fitting


async def test_what_is_refused_leaves_no_row_no_event_and_no_count(stores: Stores):
    await fits(stores, 1)
    events = await stores.catalog.last_event()
    assert not await fits(stores, 2, Quota(uploads=1), tags=("a",))
    assert await stores.catalog.asset(picture(2).id, NOW) is None
    assert await stores.catalog.last_event() == events
    assert await used(stores) == Usage(1, 1, SIZE)


@pytest.mark.parametrize("quota", [Quota(uploads=4), Quota(storage_bytes=4 * SIZE)], ids=["uploads", "bytes"])
async def test_of_a_hundred_at_once_with_room_for_one_one_fits(stores: Stores, quota: Quota):
    for number in range(3):
        await fits(stores, number)
    outcomes = await asyncio.gather(*(fits(stores, number, quota) for number in range(3, 103)))
    assert sum(outcomes) == 1
    assert await used(stores) == Usage(4, 4, 4 * SIZE)


async def test_an_external_id_that_is_taken_counts_nothing(stores: Stores):
    await fits(stores, 1, external_id="e")
    with pytest.raises(ExternalIdTaken):
        await stores.catalog.add_asset(picture(2, external_id="e"), at(NOW), Quota(uploads=1))
    assert await used(stores) == Usage(1, 1, SIZE)


async def test_deleting_gives_storage_back_and_uploads_not(stores: Stores):
    for number in range(4):
        await fits(stores, number, namespace="ns" if number > 1 else None)
    await stores.catalog.delete_asset(HOME.id, picture(0).id, NOW)
    assert await used(stores) == Usage(4, 3, 3 * SIZE)
    await stores.catalog.delete_asset(HOME.id, picture(0).id, NOW)
    await stores.catalog.delete_assets(AssetQuery(HOME.id, NOW, namespace="ns"))
    assert await used(stores) == Usage(4, 1, SIZE)
    assert not await fits(stores, 9, Quota(uploads=4))
    assert await fits(stores, 9, Quota(storage_bytes=2 * SIZE))


async def test_what_was_deleted_at_once_by_many_is_given_back_once(stores: Stores):
    for number in range(6):
        await fits(stores, number)
    half = tuple(picture(number).id for number in range(3))
    await asyncio.gather(
        *(stores.catalog.delete_assets(AssetQuery(HOME.id, NOW, ids=half)) for _ in range(8))
    )
    assert await used(stores) == Usage(6, 3, 3 * SIZE)


async def test_adding_and_deleting_side_by_side_ends_in_what_the_rows_say(stores: Stores):
    for number in range(20):
        await fits(stores, number)
    deleting = [stores.catalog.delete_asset(HOME.id, picture(number).id, NOW) for number in range(15)]
    adding = [fits(stores, number, Quota(storage_bytes=50 * SIZE)) for number in range(20, 40)]
    await asyncio.gather(*deleting, *adding)
    assert await used(stores) == Usage(40, 25, 25 * SIZE)
    assert await stores.meter.miscounts() == []


async def test_what_has_expired_is_given_back_when_its_row_goes(stores: Stores):
    await fits(stores, 1, expires_at=NOW + SECOND)
    await fits(stores, 2, expires_at=NOW + SECOND, workspace_id=AWAY.id)
    await fits(stores, 3)
    assert await used(stores) == Usage(2, 2, 2 * SIZE)
    await stores.expiry.remove_expired(NOW + SECOND, 100, lambda _: ())
    assert await used(stores) == Usage(2, 1, SIZE)
    assert await stores.meter.usage(AWAY.id, NOW) == Usage(1, 0, 0)


async def test_a_new_month_forgets_uploads_and_keeps_what_is_stored(stores: Stores):
    assert await fits(stores, 1, Quota(uploads=1), DECEMBER - SECOND)
    assert not await fits(stores, 2, Quota(uploads=1), DECEMBER - SECOND)
    assert await used(stores, DECEMBER) == Usage(0, 1, SIZE)
    assert await fits(stores, 2, Quota(uploads=1), DECEMBER)
    assert await used(stores, DECEMBER) == Usage(1, 2, 2 * SIZE)


async def test_a_month_that_has_ended_does_not_come_back_by_a_clock_that_is_late(stores: Stores):
    await fits(stores, 1, now=DECEMBER)
    await fits(stores, 2, now=DECEMBER - SECOND)
    assert await used(stores, DECEMBER) == Usage(2, 2, 2 * SIZE)
    assert await used(stores, DECEMBER - SECOND) == Usage(2, 2, 2 * SIZE)


async def test_a_version_that_replaces_another_counts_the_difference(stores: Stores):
    await fits(stores, 1)

    def grown(asset):
        return replace(asset, version=Version(asset.id, SIZE + 100, "cd" * 32, FACTS))

    await stores.catalog.update_asset(HOME.id, picture(1).id, grown, at(NOW))
    assert await used(stores) == Usage(1, 1, SIZE + 100)


async def test_a_count_that_is_wrong_is_found_and_set_right(database: Stores):
    await fits(database, 1)
    await fits(database, 2)
    await database.meter._database.execute(update(usage).values(stored=7, stored_bytes=2**40))
    assert await database.meter.miscounts() == [
        Miscount(AWAY.id, 7, 2**40, 0, 0),
        Miscount(HOME.id, 7, 2**40, 2, 2 * SIZE),
    ]
    await database.meter.recount(AWAY.id)
    await database.meter.recount(HOME.id)
    assert await used(database) == Usage(2, 2, 2 * SIZE)
    assert await database.meter.miscounts() == []


async def test_counting_anew_is_exact_while_others_add_and_delete(database: Stores):
    for number in range(10):
        await fits(database, number)
    adding = [fits(database, number) for number in range(10, 30)]
    deleting = [database.catalog.delete_asset(HOME.id, picture(number).id, NOW) for number in range(8)]
    counting = [database.meter.recount(HOME.id) for _ in range(8)]
    await asyncio.gather(*adding, *counting, *deleting)
    assert await used(database) == Usage(30, 22, 22 * SIZE)
