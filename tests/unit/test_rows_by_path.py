"""What delivery by path looks up stays true in memory: finding nothing, too, ends with the next change."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.catalog.memory import MemoryCatalog
from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import Format
from calotype.domain.workspaces import NamedTransformation, Workspace
from calotype.ports import Event
from calotype.services import rows as rows_module
from calotype.services.rows import Rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)
WORKSPACE = Workspace("w", "default", "abc", NOW)
THUMB = NamedTransformation("w", "thumb", "w-100", NOW)


def clock():
    return NOW


def picture(letter, file_name="a.jpg", **fields):
    id_ = letter * 24
    version = Version(id_, 4, "aa", Facts(Format.JPEG, 4, 3))
    return replace(Asset(id_, "w", "a.jpg", "/f/", file_name, version, NOW, NOW), **fields)


class CountingCatalog(MemoryCatalog):
    """The shipped catalog, which counts what it was asked."""

    def __init__(self):
        super().__init__()
        self.asked = Counter()

    async def asset_by_path(self, *place):
        self.asked["path"] += 1
        return await super().asset_by_path(*place)

    async def workspace_by_slug(self, slug):
        self.asked["slug"] += 1
        return await super().workspace_by_slug(slug)

    async def transformations(self, workspace_id):
        self.asked["transformations"] += 1
        return await super().transformations(workspace_id)


@pytest.fixture
async def catalog():
    catalog = CountingCatalog()
    await catalog.add_workspace(WORKSPACE)
    await catalog.add_asset(picture("a", metadata={"k": "v"}), clock)
    return catalog


@pytest.fixture
async def rows(catalog):
    rows = Rows(catalog)
    await rows.start()
    return rows


async def found(rows, file_name="a.jpg", now=NOW):
    asset = await rows.by_path("w", "/f/", file_name, now)
    return None if asset is None else asset.id[0]


async def test_a_path_is_looked_up_once_and_its_metadata_is_not_kept(rows, catalog):
    assets = [await rows.by_path("w", "/f/", "a.jpg", NOW) for _ in range(3)]
    assert [(asset.id[0], asset.metadata) for asset in assets] == [("a", {})] * 3
    assert catalog.asked["path"] == 1


async def test_what_is_not_there_is_looked_for_once(rows, catalog):
    assert [await found(rows, "none.jpg") for _ in range(3)] == [None] * 3
    assert catalog.asked["path"] == 1


async def test_an_asset_that_comes_is_found_where_none_was(rows, catalog):
    assert await found(rows, "b.jpg") is None
    await catalog.add_asset(picture("b", "b.jpg"), clock)
    assert await found(rows, "b.jpg") == "b"


async def test_a_moved_asset_is_at_its_new_path_and_no_more_at_its_old_one(rows, catalog):
    assert (await found(rows), await found(rows, "b.jpg")) == ("a", None)
    await catalog.update_asset("w", "a" * 24, lambda old: replace(old, file_name="b.jpg"), clock)
    assert (await found(rows), await found(rows, "b.jpg")) == (None, "a")


async def test_a_moved_asset_that_was_asked_for_by_its_id_meanwhile_has_left_its_old_path(rows, catalog):
    await found(rows)
    await catalog.update_asset("w", "a" * 24, lambda old: replace(old, file_name="b.jpg"), clock)
    assert (await rows.asset("a" * 24, NOW)).file_name == "b.jpg"
    assert await found(rows) is None


async def test_a_deleted_asset_is_at_no_path_and_another_may_take_it(rows, catalog):
    await found(rows)
    await catalog.delete_asset("w", "a" * 24, NOW)
    assert await found(rows) is None
    await catalog.add_asset(picture("b"), clock)
    assert await found(rows) == "b"


async def test_the_path_of_an_expired_asset_leads_to_the_one_that_took_it(rows, catalog):
    await catalog.update_asset("w", "a" * 24, lambda old: replace(old, expires_at=LATER), clock)
    assert (await found(rows), await found(rows, now=LATER)) == ("a", None)
    await catalog.add_asset(picture("b"), lambda: LATER)
    assert await found(rows, now=LATER) == "b"


async def test_answers_that_nothing_is_there_are_bounded(catalog, monkeypatch):
    monkeypatch.setattr(rows_module, "ROWS", 10)
    rows = Rows(catalog)
    await rows.start()
    for number in range(100):
        await found(rows, f"{number}.jpg")
    assert len(rows._vacant._answers) == 10


async def test_another_workspaces_assets_change_nothing_here(rows, catalog):
    await catalog.add_workspace(Workspace("x", "other", "def", NOW))
    await found(rows, "none.jpg")
    await catalog.add_asset(picture("b", workspace_id="x"), clock)
    await found(rows, "none.jpg")
    assert catalog.asked["path"] == 1


async def test_an_answer_read_while_something_came_is_not_kept(rows, catalog):
    async def comes_meanwhile(*place):
        del catalog.asset_by_path
        await catalog.add_asset(picture("b", "b.jpg"), clock)
        rows.fresh()
        await rows.catch_up()

    catalog.asset_by_path = comes_meanwhile
    assert (await found(rows, "b.jpg"), await found(rows, "b.jpg")) == (None, "b")


async def test_events_that_were_pruned_unread_end_what_was_not_there(rows, catalog, monkeypatch):
    assert await found(rows, "b.jpg") is None
    await catalog.add_asset(picture("b", "b.jpg"), clock)
    late = [Event(999, "x", "another", "asset.updated")]

    async def events_after(number, limit=1000):
        return late if number < 999 else []

    monkeypatch.setattr(catalog, "events_after", events_after)
    assert await found(rows, "b.jpg") == "b"


async def test_a_workspace_is_looked_up_by_its_slug_once_and_follows_its_policies(rows, catalog):
    assert [await rows.workspace_by_slug("default") for _ in range(2)] == [WORKSPACE] * 2
    await catalog.update_workspace("w", lambda old: replace(old, restrict_unsigned=True))
    assert (await rows.workspace_by_slug("default")).restrict_unsigned
    assert catalog.asked["slug"] == 1


async def test_a_slug_that_nobody_has_is_looked_up_once_until_somebody_takes_it(rows, catalog):
    assert [await rows.workspace_by_slug("acme") for _ in range(3)] == [None] * 3
    assert catalog.asked["slug"] == 1
    acme = Workspace("x", "acme", "def", NOW)
    await catalog.add_workspace(acme)
    assert await rows.workspace_by_slug("acme") == acme


async def test_a_named_transformation_follows_its_changes(rows, catalog):
    seen = [await rows.transformation("w", "thumb")]
    await catalog.set_transformation(THUMB)
    seen.append(await rows.transformation("w", "thumb"))
    await catalog.set_transformation(replace(THUMB, value="w-200"))
    seen += [await rows.transformation("w", "thumb") for _ in range(3)]
    await catalog.remove_transformation("w", "thumb")
    seen.append(await rows.transformation("w", "thumb"))
    assert seen == [None, "w-100", "w-200", "w-200", "w-200", None]
    assert catalog.asked["transformations"] == 4


async def test_a_name_belongs_to_one_workspace(rows, catalog):
    await catalog.set_transformation(THUMB)
    assert await rows.transformation("x", "thumb") is None
