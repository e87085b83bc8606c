"""What a purge asks of every catalog: which assets a path's beginning names, and that their copies are forgotten."""

from __future__ import annotations

import pytest

from calotype.ports import Catalog
from catalog_rows import AWAY, HOME, NOW, SECOND, at, picture

PLACES = [
    ("/", "a.jpg"),
    ("/trips/", "A.jpg"),
    ("/trips/2024/", "a_1.jpg"),
    ("/tripset/", "a.jpg"),
    ("/50%/", "ä.jpg"),
]


@pytest.fixture
async def placed(catalog: Catalog) -> Catalog:
    for number, (folder, file_name) in enumerate(PLACES, start=1):
        await catalog.add_asset(picture(number, folder=folder, file_name=file_name), at(NOW))
    await catalog.add_asset(picture(9, workspace_id=AWAY.id, folder="/trips/", file_name="a.jpg"), at(NOW))
    return catalog


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("/", [1, 2, 3, 4, 5]),
        ("/trips/", [2, 3]),
        ("/trips", [2, 3, 4]),
        ("/trips/a", []),
        ("/trips/2024/a_", [3]),
        ("/trips/2024/a%", []),
        ("/50%/ä", [5]),
        ("/none/", []),
    ],
)
async def test_assets_are_found_by_how_their_path_begins(placed: Catalog, start: str, found: list[int]):
    pairs = await placed.versions_under(HOME.id, start)
    assert pairs == [(f"{number:024x}", f"{number:024x}") for number in found]


async def test_they_come_in_pages(placed: Catalog):
    first = await placed.versions_under(HOME.id, "/", limit=2)
    second = await placed.versions_under(HOME.id, "/", first[-1][0], limit=10)
    assert [int(asset_id, 16) for asset_id, _ in (*first, *second)] == [1, 2, 3, 4, 5]


async def test_expired_ones_still_have_bytes(catalog: Catalog):
    await catalog.add_asset(picture(1, expires_at=NOW + SECOND), at(NOW))
    assert await catalog.asset(f"{1:024x}", NOW + SECOND) is None
    assert len(await catalog.versions_under(HOME.id, "/")) == 1


async def test_an_announcement_is_an_event_for_each_asset(placed: Catalog):
    before = await placed.last_event()
    placed.changed()
    await placed.announce(HOME.id, [f"{1:024x}", f"{2:024x}"], "asset.purged")
    events = await placed.events_after(before)
    assert [(event.workspace_id, int(event.asset_id, 16), event.kind) for event in events] == [
        (HOME.id, 1, "asset.purged"),
        (HOME.id, 2, "asset.purged"),
    ]
