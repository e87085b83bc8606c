"""Policies, named transformations and spent variants: one suite over every catalog."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

import pytest

from calotype.domain.workspaces import Key, KeyKind, NamedTransformation, OriginalPolicy, Workspace
from calotype.ports import Catalog
from catalog_rows import AWAY, HOME, NOW, SECOND, at, key, picture

CHOICES = {
    "originals": OriginalPolicy.KEEP,
    "auto_avif": True,
    "quality": 70,
    "restrict_unsigned": True,
    "restrict_unnamed": True,
    "variant_budget": 0,
    "max_age_s": 60,
}
TODAY, TOMORROW = date(2026, 11, 21), date(2026, 11, 22)


def named(name: str, value: str = "w-300", workspace: Workspace = HOME) -> NamedTransformation:
    return NamedTransformation(workspace.id, name, value, NOW)


async def newest(catalog: Catalog) -> tuple[str, str, str]:
    event = (await catalog.events_after(await catalog.last_event() - 1))[0]
    return event.kind, event.workspace_id, event.asset_id


# Policies


async def test_a_workspace_has_its_policies_from_the_start_or_by_a_change(catalog: Catalog):
    strict = Workspace("w-3", "third", "th1rd", NOW, **CHOICES)
    assert await catalog.add_workspace(strict)
    assert await catalog.workspace("w-3") == strict
    changed = await catalog.update_workspace(HOME.id, lambda old: replace(old, **CHOICES))
    assert changed == replace(HOME, **CHOICES) == await catalog.workspace_by_slug("home")


async def test_a_change_of_policies_is_an_event_of_the_workspace(catalog: Catalog):
    await catalog.update_workspace(HOME.id, lambda old: replace(old, quality=50))
    assert await newest(catalog) == ("workspace.updated", HOME.id, "")


async def test_a_test_stage_knows_whose_it_is(catalog: Catalog):
    twin = Workspace("w-3", "home-test", "th1rd", NOW, live_id=HOME.id)
    await catalog.add_workspace(twin)
    assert await catalog.workspace_by_slug("home-test") == twin
    assert {each.slug for each in await catalog.workspaces() if each.is_test} == {"home-test"}


async def test_a_change_of_policies_touches_no_address(catalog: Catalog):
    stolen = {"id": "x", "slug": "away", "storage": "aw4y", "created_at": NOW - SECOND, "live_id": "y"}
    changed = await catalog.update_workspace(HOME.id, lambda old: replace(old, quality=50, **stolen))
    assert changed == replace(HOME, quality=50)


async def test_assets_are_still_added_in_order_after_a_change_of_policies(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    await catalog.update_workspace(HOME.id, lambda old: replace(old, quality=50))
    assert (await catalog.add_asset(picture(2), at(NOW))).created_at > NOW


async def test_no_workspace_is_changed_that_is_not_there(catalog: Catalog):
    assert await catalog.update_workspace("w-none", lambda old: old) is None


async def test_workspaces_are_listed_oldest_first(catalog: Catalog):
    await catalog.add_workspace(Workspace("a-older", "older", "0ld", NOW - SECOND))
    assert [each.slug for each in await catalog.workspaces()] == ["older", "away", "home"]


async def test_a_pair_of_keys_comes_back_whole(catalog: Catalog):
    pair: Key = key(1, kind=KeyKind.IMAGEKIT, public_id="public_x", sealed="c2VhbGVk")
    await catalog.add_key(pair)
    assert await catalog.keys(HOME.id) == [pair]


# Named transformations


async def test_a_named_transformation_is_found_by_its_name_in_its_workspace(catalog: Catalog):
    await catalog.set_transformation(named("thumb"))
    assert await catalog.transformation(HOME.id, "thumb") == named("thumb")
    assert await catalog.transformation(HOME.id, "Thumb") is None
    assert await catalog.transformation(AWAY.id, "thumb") is None


async def test_a_name_gets_a_new_value_and_keeps_its_age(catalog: Catalog):
    await catalog.set_transformation(named("thumb"))
    await catalog.set_transformation(replace(named("thumb", "w-200"), created_at=NOW + SECOND))
    assert await catalog.transformations(HOME.id) == [named("thumb", "w-200")]


async def test_named_transformations_are_listed_by_name(catalog: Catalog):
    for each in (named("b"), named("A"), named("a"), named("_"), named("other", workspace=AWAY)):
        await catalog.set_transformation(each)
    assert [each.name for each in await catalog.transformations(HOME.id)] == ["A", "_", "a", "b"]


async def test_a_name_is_removed_once(catalog: Catalog):
    await catalog.set_transformation(named("thumb"))
    assert await catalog.remove_transformation(HOME.id, "thumb")
    assert not await catalog.remove_transformation(HOME.id, "thumb")
    assert await catalog.transformation(HOME.id, "thumb") is None


async def test_every_change_of_a_name_is_an_event_of_the_workspace(catalog: Catalog):
    before = await catalog.last_event()
    await catalog.set_transformation(named("thumb"))
    await catalog.set_transformation(named("thumb", "w-200"))
    await catalog.remove_transformation(HOME.id, "thumb")
    await catalog.remove_transformation(HOME.id, "thumb")
    events = [(each.kind, each.workspace_id, each.asset_id) for each in await catalog.events_after(before)]
    assert events == [("transformation.changed", HOME.id, "")] * 3


# Spent variants


@pytest.fixture
async def spend(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    await catalog.add_asset(picture(2), at(NOW))

    async def spend(key: str, limit: int = 2, number: int = 1, day: date = TODAY) -> bool:
        return await catalog.spend_variant(picture(number).id, day, key, limit)

    return spend


async def test_variants_are_spent_up_to_the_limit_and_repeating_is_free(spend):
    assert [await spend(key) for key in ("a", "b", "c", "a", "b", "c")] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]


async def test_each_asset_and_each_day_has_its_own_budget(spend):
    assert [await spend(key) for key in "abc"] == [True, True, False]
    assert await spend("c", number=2)
    assert await spend("c", day=TOMORROW)


async def test_what_is_spent_is_counted_by_asset_and_day(catalog: Catalog, spend):
    for use in "aab":
        await spend(use)
    await spend("c", number=2)
    counted = [(1, TODAY), (2, TODAY), (1, TOMORROW), (3, TODAY)]
    assert [await catalog.variants_spent(picture(number).id, day) for number, day in counted] == [2, 1, 0, 0]


async def test_a_higher_limit_holds_at_once(spend):
    assert [await spend(key) for key in "abc"] == [True, True, False]
    assert await spend("c", limit=3)


async def test_of_many_spent_at_once_exactly_the_limit_fits(spend):
    fitted = await asyncio.gather(*(spend(str(number), limit=5) for number in range(20)))
    assert sum(fitted) == 5


async def test_a_deleted_asset_spends_nothing(catalog: Catalog, spend):
    await spend("a")
    assert await catalog.delete_asset(HOME.id, picture(1).id, NOW)
    assert await spend("b", limit=0)


async def test_spending_is_no_event(catalog: Catalog, spend):
    before = await catalog.last_event()
    await spend("a")
    assert await catalog.last_event() == before
