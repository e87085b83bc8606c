"""Captions, labels and the moment of publication, in every catalog."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calotype.adapters.catalog import migrate, open_catalog
from calotype.adapters.catalog.engines import engines_for
from calotype.adapters.catalog.upgrade import upgrade
from calotype.adapters.catalog.urls import parse
from calotype.domain.visibility import Visibility
from calotype.ports import AssetQuery, Catalog
from catalog_rows import AWAY, HOME, NOW, SECOND, at, picture

LATER = NOW + SECOND
SHOP = (("site", "shop"),)

SECOND_RELEASE = (
    """INSERT INTO workspaces (id, slug, storage, created_at, originals, newest_at)
       VALUES ('w', 'home', 'h0m', 0, 'blank-gps', 0)""",
    """INSERT INTO assets (id, workspace_id, version_id, name, folder, file_name, created_at, updated_at,
                           visibility, tags, metadata)
       VALUES ('a', 'w', 'a', 'a', '/', 'a.png', 7, 9, 'public', '[]', '{}'),
              ('b', 'w', 'b', 'b', '/', 'b.png', 8, 9, 'private', '[]', '{}')""",
    """INSERT INTO versions VALUES ('a', 'a', 'w', 4, 'ff', '{"format": "png", "width": 1, "height": 1}'),
                                   ('b', 'b', 'w', 4, 'ff', '{"format": "png", "width": 1, "height": 1}')""",
)


async def found(catalog: Catalog, workspace: str = HOME.id, **filters: object) -> list[str]:
    return [asset.name for asset in await catalog.assets(AssetQuery(workspace, LATER, **filters))]


async def add(catalog: Catalog, number: int, **fields: object) -> str:
    return (await catalog.add_asset(picture(number, name=str(number), **fields), at(NOW))).id


async def test_a_caption_and_labels_are_kept_as_they_were_given(catalog: Catalog):
    words = {"caption": "Dusk \N{SUNRISE}", "labels": {"site": "shop", "z": "", "a": "é"}}
    await add(catalog, 1, **words)
    asset = await catalog.asset(picture(1).id, NOW)
    assert (asset.caption, list(asset.labels.items())) == (words["caption"], list(words["labels"].items()))


async def test_a_label_finds_those_that_have_exactly_it_newest_first(catalog: Catalog):
    await add(catalog, 1, labels={"site": "shop"})
    await add(catalog, 2, labels={"site": "Shop"})
    await add(catalog, 3, labels={"site": "shop", "kind": "hero"})
    await add(catalog, 4, workspace_id=AWAY.id, labels={"site": "shop"})
    assert await found(catalog, labels=SHOP) == ["3", "1"]
    assert await found(catalog, labels=(*SHOP, ("kind", "hero"))) == ["3"]
    assert await found(catalog, labels=(*SHOP, ("site", "Shop"))) == []
    assert await found(catalog, AWAY.id, labels=SHOP) == ["4"]


async def test_labels_combine_with_every_other_filter(catalog: Catalog):
    await add(catalog, 1, labels={"site": "shop"}, tags=("a",), namespace="one")
    await add(catalog, 2, labels={"site": "shop"}, tags=("b",), namespace="two")
    await add(catalog, 3, labels={"site": "blog"}, tags=("a",), namespace="one")
    assert await found(catalog, labels=SHOP, tags=("a",)) == ["1"]
    assert await found(catalog, labels=SHOP, tags=("a", "b")) == ["2", "1"]
    assert await found(catalog, labels=SHOP, tags=("a", "b"), all_tags=True) == []
    assert await found(catalog, labels=SHOP, namespace="two") == ["2"]
    assert await found(catalog, labels=SHOP, ids=(picture(1).id, picture(3).id)) == ["1"]


async def test_a_page_of_a_label_goes_on_where_the_one_before_ended(catalog: Catalog):
    for number in range(1, 4):
        await add(catalog, number, labels={"site": "shop"})
    [newest] = await catalog.assets(AssetQuery(HOME.id, LATER, 1, labels=SHOP))
    await add(catalog, 4, labels={"site": "shop"})
    assert await found(catalog, labels=SHOP, after=(newest.created_at, newest.id)) == ["2", "1"]


async def test_changed_labels_are_found_and_former_ones_are_not(catalog: Catalog):
    id_ = await add(catalog, 1, labels={"site": "shop", "kind": "hero"})
    await catalog.update_asset(HOME.id, id_, lambda asset: replace(asset, labels={"site": "blog"}), at(LATER))
    assert await found(catalog, labels=SHOP) == []
    assert await found(catalog, labels=(("kind", "hero"),)) == []
    assert await found(catalog, labels=(("site", "blog"),)) == ["1"]


async def test_a_deleted_or_expired_image_is_not_found_by_its_labels(catalog: Catalog):
    await catalog.delete_asset(HOME.id, await add(catalog, 1, labels={"site": "shop"}), NOW)
    await add(catalog, 2, labels={"site": "shop"}, expires_at=LATER)
    assert await found(catalog, labels=SHOP) == []


async def switch(catalog: Catalog, id_: str, visibility: Visibility, moment: object) -> object:
    changed = await catalog.update_asset(
        HOME.id, id_, lambda asset: replace(asset, visibility=visibility), at(moment)
    )
    return changed.published_at


async def test_what_is_public_is_published_when_it_is_added_and_what_is_not_is_not(catalog: Catalog):
    public = await catalog.add_asset(picture(1), at(NOW))
    hidden = await catalog.add_asset(picture(2, visibility=Visibility.UNLISTED), at(NOW))
    assert (public.published_at, hidden.published_at) == (public.created_at, None)


async def test_publishing_again_is_a_new_publication_and_staying_public_is_none(catalog: Catalog):
    id_ = await add(catalog, 1)
    moments = [NOW + number * SECOND for number in range(5)]
    turns = [Visibility.PUBLIC, Visibility.PRIVATE, Visibility.PUBLIC, Visibility.PUBLIC]
    since = [
        await switch(catalog, id_, turn, moment) for turn, moment in zip(turns, moments[1:], strict=True)
    ]
    assert since == [moments[0], None, moments[3], moments[3]]


@pytest.mark.parametrize(("id_", "since"), [("a", 7), ("b", None)])
async def test_what_an_older_release_wrote_has_been_published_since_it_came(unmigrated_url, id_, since):
    await upgrade(parse(unmigrated_url), "0002")
    engines = engines_for(parse(unmigrated_url))
    await engines.write(lambda connection: [connection.exec_driver_sql(rows) for rows in SECOND_RELEASE])
    await engines.close()
    await migrate(unmigrated_url)
    catalog = await open_catalog(unmigrated_url)
    asset = await catalog.asset(id_, NOW)
    assert (asset.caption, asset.labels) == (None, {})
    assert (asset.published_at and asset.published_at.microsecond) == since
    await catalog.close()
