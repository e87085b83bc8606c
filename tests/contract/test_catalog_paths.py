"""Where assets are, and what is known of their pixels: one suite over every catalog."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from calotype.adapters.catalog.measurements import KEPT
from calotype.errors import PathTaken
from calotype.operations.base import Box
from calotype.ports import Catalog
from catalog_rows import AWAY, HOME, NOW, SECOND, at, picture

THEN = NOW + SECOND


def placed(number: int, folder: str = "/trips/", file_name: str = "same.jpg", **fields: object):
    return picture(number, folder=folder, file_name=file_name, **fields)


async def move(catalog: Catalog, number: int, folder: str, file_name: str):
    return await catalog.update_asset(
        HOME.id,
        picture(number).id,
        lambda old: replace(old, folder=folder, file_name=file_name),
        at(THEN),
    )


# Paths


async def test_an_asset_is_found_by_where_it_is_in_its_workspace(catalog: Catalog):
    added = await catalog.add_asset(placed(1), at(NOW))
    assert await catalog.asset_by_path(HOME.id, "/trips/", "same.jpg", NOW) == added
    assert await catalog.asset_by_path(HOME.id, "/", "same.jpg", NOW) is None
    assert await catalog.asset_by_path(HOME.id, "/trips/", "SAME.jpg", NOW) is None
    assert await catalog.asset_by_path(AWAY.id, "/trips/", "same.jpg", NOW) is None


async def test_one_asset_is_at_a_path_of_each_workspace(catalog: Catalog):
    await catalog.add_asset(placed(1), at(NOW))
    with pytest.raises(PathTaken):
        await catalog.add_asset(placed(2), at(NOW))
    await catalog.add_asset(placed(3, workspace_id=AWAY.id), at(NOW))
    assert await catalog.asset(picture(2).id, NOW) is None
    assert (await catalog.asset_by_path(AWAY.id, "/trips/", "same.jpg", NOW)).id == picture(3).id


async def test_an_asset_that_moves_leaves_its_old_path(catalog: Catalog):
    await catalog.add_asset(placed(1), at(NOW))
    moved = await move(catalog, 1, "/new/", "b.jpg")
    assert await catalog.asset_by_path(HOME.id, "/new/", "b.jpg", NOW) == moved
    assert await catalog.asset_by_path(HOME.id, "/trips/", "same.jpg", NOW) is None


async def test_nothing_moves_onto_a_living_asset(catalog: Catalog):
    await catalog.add_asset(placed(1), at(NOW))
    await catalog.add_asset(placed(2, file_name="other.jpg"), at(NOW))
    with pytest.raises(PathTaken):
        await move(catalog, 2, "/trips/", "same.jpg")
    assert (await catalog.asset(picture(2).id, NOW)).path == "/trips/other.jpg"


async def test_an_expired_asset_gives_its_path_up(catalog: Catalog):
    await catalog.add_asset(placed(1, expires_at=THEN), at(NOW))
    assert await catalog.asset_by_path(HOME.id, "/trips/", "same.jpg", THEN) is None
    await catalog.add_asset(placed(2, expires_at=THEN + SECOND), at(THEN))
    await catalog.add_asset(placed(3, file_name="x.jpg"), at(THEN))
    await catalog.update_asset(
        HOME.id, picture(3).id, lambda old: replace(old, file_name="same.jpg"), at(THEN + SECOND)
    )
    found = await catalog.asset_by_path(HOME.id, "/trips/", "same.jpg", THEN + SECOND)
    assert found.id == picture(3).id


async def test_a_race_for_one_path_has_one_winner(catalog: Catalog):
    racers = [catalog.add_asset(placed(n), at(NOW)) for n in range(1, 9)]
    outcomes = await asyncio.gather(*racers, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Asset"] + ["PathTaken"] * 7


async def test_a_focus_is_kept_changed_and_taken_away(catalog: Catalog):
    await catalog.add_asset(picture(1, focus=Box(1, 2, 30, 40)), at(NOW))
    assert (await catalog.asset(picture(1).id, NOW)).focus == Box(1, 2, 30, 40)
    for focus in (Box(0, 0, 1, 1), None):
        await catalog.update_asset(
            HOME.id, picture(1).id, lambda old, to=focus: replace(old, focus=to), at(NOW)
        )
        assert (await catalog.asset(picture(1).id, NOW)).focus == focus


# Measurements


async def test_a_measurement_is_kept_with_its_version(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    await catalog.add_asset(picture(2), at(NOW))
    await catalog.remember_measure(picture(1).id, "trim:10", (1, 2, 300, 400))
    await catalog.remember_measure(picture(1).id, "faces", ())
    assert await catalog.measured(picture(1).id) == {"trim:10": (1, 2, 300, 400), "faces": ()}
    assert await catalog.measured(picture(2).id) == {}


async def test_remembering_again_replaces_and_adds_nothing(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    for values in ((1,), (1,), (2, 3)):
        await catalog.remember_measure(picture(1).id, "a", values)
    assert await catalog.measured(picture(1).id) == {"a": (2, 3)}


async def test_measurements_go_with_their_version_and_come_too_late_for_a_deleted_one(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    await catalog.remember_measure(picture(1).id, "a", (1,))
    await catalog.delete_asset(HOME.id, picture(1).id, NOW)
    await catalog.remember_measure(picture(1).id, "b", (1,))
    assert await catalog.measured(picture(1).id) == {}


async def test_the_measurements_of_one_version_are_bounded(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    for number in range(KEPT + 3):
        await catalog.remember_measure(picture(1).id, str(number), (number,))
    assert len(await catalog.measured(picture(1).id)) == KEPT
    assert str(KEPT) not in await catalog.measured(picture(1).id)


async def test_a_measurement_is_no_event(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    before = await catalog.last_event()
    await catalog.remember_measure(picture(1).id, "a", (1,))
    assert await catalog.last_event() == before
