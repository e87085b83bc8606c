"""Many assets in one transaction, and namespaces counted, in every catalog."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from calotype.domain.assets import Asset
from calotype.errors import Invalid
from calotype.ports import AssetQuery, Catalog, NamespaceTotal
from catalog_rows import AWAY, HOME, NOW, SECOND, at, picture

LATER = NOW + SECOND


def chosen(*numbers: int, workspace: str = HOME.id, **filters: object) -> AssetQuery:
    ids = tuple(picture(number).id for number in numbers) or None
    return AssetQuery(workspace, NOW, 1000, ids=ids, **filters)


async def add(catalog: Catalog, *numbers: int, **fields: object) -> None:
    for number in numbers:
        await catalog.add_asset(picture(number, **fields), at(NOW))


async def happened(catalog: Catalog, after: int) -> list[tuple[str, str]]:
    return [(event.kind, event.asset_id) for event in await catalog.events_after(after)]


def named(name: str):
    return lambda asset: replace(asset, name=name)


async def test_every_chosen_asset_is_changed_and_stamped_and_no_other(catalog: Catalog):
    await add(catalog, 1, 2, 3)
    changed = await catalog.update_assets(chosen(1, 2, 9), named("new"), at(LATER))
    assert [(asset.id, asset.name, asset.updated_at) for asset in changed] == [
        (picture(2).id, "new", LATER),
        (picture(1).id, "new", LATER),
    ]
    assert [asset.name for asset in await catalog.assets(chosen())] == ["3.heic", "new", "new"]


async def test_each_change_has_its_event(catalog: Catalog):
    await add(catalog, 1, 2)
    before = await catalog.last_event()
    await catalog.update_assets(chosen(1, 2), named("new"), at(LATER))
    assert await happened(catalog, before) == [
        ("asset.updated", picture(2).id),
        ("asset.updated", picture(1).id),
    ]


async def test_what_the_change_makes_nothing_of_stays_as_it_was(catalog: Catalog):
    await add(catalog, 1, 2)
    before = await catalog.last_event()

    def first_alone(asset: Asset) -> Asset | None:
        return replace(asset, tags=("t",), labels={"k": "v"}) if asset.id == picture(1).id else None

    await catalog.update_assets(chosen(1, 2), first_alone, at(LATER))
    assert [asset.id for asset in await catalog.assets(chosen(tags=("t",)))] == [picture(1).id]
    assert [asset.id for asset in await catalog.assets(chosen(labels=(("k", "v"),)))] == [picture(1).id]
    assert await happened(catalog, before) == [("asset.updated", picture(1).id)]


async def test_a_change_that_raises_for_one_stores_none(catalog: Catalog):
    await add(catalog, 1, 2)
    before = await catalog.last_event()

    def refuse_the_second(asset: Asset) -> Asset:
        if asset.id == picture(1).id:
            raise Invalid.field("tags", "no")
        return replace(asset, name="new")

    with pytest.raises(Invalid):
        await catalog.update_assets(chosen(1, 2), refuse_the_second, at(LATER))
    assert [asset.name for asset in await catalog.assets(chosen())] == ["2.heic", "1.heic"]
    assert await happened(catalog, before) == []


async def test_another_workspaces_assets_are_neither_changed_nor_deleted(catalog: Catalog):
    await add(catalog, 1)
    assert await catalog.update_assets(chosen(1, workspace=AWAY.id), named("stolen"), at(LATER)) == []
    assert await catalog.delete_assets(chosen(1, workspace=AWAY.id)) == []
    assert [asset.name for asset in await catalog.assets(chosen())] == ["1.heic"]


async def test_chosen_assets_are_deleted_with_their_events_and_answered(catalog: Catalog):
    await add(catalog, 1, 2, 3, tags=("t",), labels={"k": "v"})
    before = await catalog.last_event()
    gone = await catalog.delete_assets(chosen(1, 3, 9))
    assert [asset.id for asset in gone] == [picture(3).id, picture(1).id]
    assert [asset.id for asset in await catalog.assets(chosen())] == [picture(2).id]
    assert await catalog.known_versions([asset.version.id for asset in gone]) == frozenset()
    assert await happened(catalog, before) == [
        ("asset.deleted", picture(3).id),
        ("asset.deleted", picture(1).id),
    ]


async def test_a_namespace_is_deleted_up_to_the_limit_newest_first(catalog: Catalog):
    await add(catalog, 1, 2, 3, namespace="trips")
    await add(catalog, 4, namespace="other")
    gone = await catalog.delete_assets(AssetQuery(HOME.id, NOW, 2, namespace="trips"))
    assert [asset.id for asset in gone] == [picture(3).id, picture(2).id]
    assert [asset.id for asset in await catalog.assets(chosen())] == [picture(4).id, picture(1).id]


async def test_nothing_chosen_is_nothing_changed_and_no_event(catalog: Catalog):
    await add(catalog, 1)
    before = await catalog.last_event()
    nothing = AssetQuery(HOME.id, NOW, ids=())
    assert await catalog.update_assets(nothing, named("new"), at(LATER)) == []
    assert await catalog.delete_assets(nothing) == []
    assert await happened(catalog, before) == []


async def test_batches_of_the_same_assets_in_any_order_all_come_to_an_end(catalog: Catalog):
    await add(catalog, *range(1, 9))
    orders = [chosen(*range(1, 9)), chosen(*range(8, 0, -1))] * 4
    outcomes = await asyncio.gather(
        *(catalog.update_assets(query, named(str(turn)), at(LATER)) for turn, query in enumerate(orders))
    )
    assert [len(changed) for changed in outcomes] == [8] * 8
    assert len({asset.name for asset in await catalog.assets(chosen())}) == 1


async def test_two_who_delete_the_same_share_them_out(catalog: Catalog):
    await add(catalog, *range(1, 9))
    gone = await asyncio.gather(*(catalog.delete_assets(chosen(*range(1, 9))) for _ in range(3)))
    assert sorted(len(each) for each in gone) == [0, 0, 8]


async def test_namespaces_are_counted_the_largest_first_and_then_by_name(catalog: Catalog):
    await add(catalog, 1, 2, namespace="b")
    await add(catalog, 3, namespace="z")
    await add(catalog, 4, namespace="a")
    await add(catalog, 5)
    await add(catalog, 6, namespace="a", workspace_id=AWAY.id)
    totals = [NamespaceTotal("b", 2, 2468), NamespaceTotal("a", 1, 1234), NamespaceTotal("z", 1, 1234)]
    assert await catalog.namespaces(HOME.id, NOW, 100, 0) == totals
    assert await catalog.namespaces(HOME.id, NOW, 1, 1) == totals[1:2]
    assert await catalog.namespaces(HOME.id, NOW, 100, 3) == []


async def test_expired_assets_count_for_no_namespace(catalog: Catalog):
    await add(catalog, 1, 2, namespace="trips", expires_at=LATER)
    await add(catalog, 3, namespace="trips")
    assert await catalog.namespaces(HOME.id, LATER, 100, 0) == [NamespaceTotal("trips", 1, 1234)]


async def test_namespaces_follow_every_change(catalog: Catalog):
    await add(catalog, *range(1, 7), namespace="old")
    await add(catalog, 7, 8, namespace="gone")
    await catalog.update_asset(HOME.id, f"{1:024x}", lambda asset: replace(asset, namespace="new"), at(NOW))
    await catalog.update_assets(chosen(2, 3), lambda asset: replace(asset, namespace=None), at(NOW))
    await catalog.update_assets(chosen(4), grown, at(NOW))
    await catalog.delete_asset(HOME.id, f"{5:024x}", NOW)
    await catalog.delete_assets(chosen(7, 8))
    assert await catalog.namespaces(HOME.id, NOW, 100, 0) == [
        NamespaceTotal("old", 2, 1234 + 2000), NamespaceTotal("new", 1, 1234),
    ]  # fmt: skip


def grown(asset: Asset) -> Asset:
    return replace(asset, version=replace(asset.version, size=2000))


async def test_batches_that_move_assets_to_and_fro_lose_no_count(catalog: Catalog):
    await add(catalog, *range(1, 5), namespace="a")
    await add(catalog, *range(5, 9), namespace="b")

    def swapped(asset: Asset) -> Asset:
        return replace(asset, namespace="b" if asset.namespace == "a" else "a")

    halves = (chosen(1, 2, 5, 6), chosen(8, 7, 4, 3))
    await asyncio.gather(*(catalog.update_assets(each, swapped, at(LATER)) for each in halves * 3))
    totals = await catalog.namespaces(HOME.id, NOW, 100, 0)
    assert totals == [NamespaceTotal("a", 4, 4936), NamespaceTotal("b", 4, 4936)]
