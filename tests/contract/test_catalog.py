"""One suite over every catalog: in memory, in SQLite, in PostgreSQL. One fact for each test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from calotype.domain.assets import Asset, Version
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Ability, Workspace
from calotype.errors import ExternalIdTaken, NotFound, StorageFailed
from calotype.ports import AssetQuery, Catalog
from catalog_rows import AWAY, FACTS, HOME, MICROSECOND, NOW, SECOND, at, key, picture


async def add(catalog: Catalog, *pictures: Asset) -> list[Asset]:
    """Add them a second apart, the first at NOW."""
    return [await catalog.add_asset(each, at(NOW + n * SECOND)) for n, each in enumerate(pictures)]


async def ids(catalog: Catalog, **filters: object) -> list[int]:
    query = AssetQuery(HOME.id, NOW, **filters)
    return [int(asset.id, 16) for asset in await catalog.assets(query)]


async def kinds(catalog: Catalog, after: int = 0) -> list[str]:
    return [event.kind for event in await catalog.events_after(after)]


async def silence(catalog: Catalog) -> None:
    """Wait until nothing changes any more: PostgreSQL's notifications take a moment."""
    while True:
        if not catalog.changed():
            return
        await asyncio.sleep(0.01)


# Workspaces and keys


async def test_a_workspace_is_found_by_its_id_and_by_its_slug(catalog: Catalog):
    assert await catalog.workspace("w-away") == AWAY
    assert await catalog.workspace_by_slug("away") == AWAY


async def test_an_unknown_workspace_is_none(catalog: Catalog):
    assert await catalog.workspace("w-none") is None
    assert await catalog.workspace_by_slug("none") is None


@pytest.mark.parametrize("taken", [{"slug": "home"}, {"storage": "h0m"}])
async def test_a_slug_or_a_storage_segment_belongs_to_one_workspace(catalog: Catalog, taken: dict[str, str]):
    assert not await catalog.add_workspace(replace(Workspace("w-3", "third", "th1rd", NOW), **taken))
    assert await catalog.workspace("w-3") is None


async def test_a_key_is_found_by_what_it_starts_with(catalog: Catalog):
    read_only = key(1, abilities=frozenset({Ability.READ}))
    await catalog.add_key(read_only)
    await catalog.add_key(key(2, lookup="img_live_other000"))
    assert await catalog.keys_by_lookup("img_live_abcd0123") == [read_only]


async def test_a_revoked_key_is_listed_but_not_found(catalog: Catalog):
    await catalog.add_key(key(1))
    assert await catalog.revoke_key("k1", NOW + SECOND)
    assert await catalog.keys_by_lookup("img_live_abcd0123") == []
    assert await catalog.keys() == [key(1, revoked_at=NOW + SECOND)]


async def test_a_key_is_revoked_once(catalog: Catalog):
    await catalog.add_key(key(1))
    assert await catalog.revoke_key("k1", NOW)
    assert not await catalog.revoke_key("k1", NOW + SECOND)
    assert not await catalog.revoke_key("no such key", NOW)


async def test_keys_are_listed_oldest_first_of_one_workspace_or_of_all(catalog: Catalog):
    for each in (key(3), key(1), key(2, workspace_id=AWAY.id)):
        await catalog.add_key(each)
    assert [each.id for each in await catalog.keys()] == ["k1", "k2", "k3"]
    assert [each.id for each in await catalog.keys(HOME.id)] == ["k1", "k3"]


# Adding and finding


async def test_an_asset_comes_back_as_it_was_added(catalog: Catalog):
    full = picture(
        1,
        visibility=Visibility.UNLISTED,
        namespace="trips",
        tags=("zebra", "ant", "ünïcode"),
        external_id="e-1",
        date="2026-01-31",
        metadata={"z": "last", "a": 'first "quoted" 日本'},
        published_at=None,
        expires_at=NOW + timedelta(days=90),
    )
    await add(catalog, full)
    assert await catalog.asset(full.id, NOW) == full
    assert await catalog.asset_by_external_id(HOME.id, "e-1", NOW) == full
    assert list((await catalog.asset(full.id, NOW)).metadata) == ["z", "a"]


async def test_an_asset_is_dated_by_the_clock_and_not_by_its_maker(catalog: Catalog):
    added = await catalog.add_asset(picture(1), at(NOW + SECOND))
    assert (added.created_at, added.updated_at) == (NOW + SECOND, NOW + SECOND)
    assert await catalog.asset(added.id, NOW) == added


@pytest.mark.parametrize("later", [timedelta(0), -SECOND], ids=["stands still", "goes back"])
async def test_each_asset_is_newer_than_the_last_even_when_the_clock_is_not(
    catalog: Catalog, later: timedelta
):
    await catalog.add_asset(picture(1), at(NOW))
    second = await catalog.add_asset(picture(2), at(NOW + later))
    assert second.created_at == NOW + MICROSECOND


async def test_nothing_is_added_to_a_workspace_that_is_not_there(catalog: Catalog):
    with pytest.raises(NotFound):
        await catalog.add_asset(picture(1, workspace_id="w-none"), at(NOW))
    assert await catalog.asset(picture(1).id, NOW) is None


async def test_an_id_is_given_once(catalog: Catalog):
    await catalog.add_asset(picture(1), at(NOW))
    with pytest.raises(StorageFailed):
        await catalog.add_asset(picture(1, file_name="other.png", name="second"), at(NOW))
    assert (await catalog.asset(picture(1).id, NOW)).name == "1.heic"


# External ids


async def test_a_living_asset_keeps_its_external_id(catalog: Catalog):
    await catalog.add_asset(picture(1, external_id="e"), at(NOW))
    with pytest.raises(ExternalIdTaken):
        await catalog.add_asset(picture(2, external_id="e"), at(NOW))
    assert await ids(catalog) == [1]


async def test_an_external_id_is_a_workspaces_own(catalog: Catalog):
    await catalog.add_asset(picture(1, external_id="e"), at(NOW))
    await catalog.add_asset(picture(2, external_id="e", workspace_id=AWAY.id), at(NOW))
    assert (await catalog.asset_by_external_id(AWAY.id, "e", NOW)).id == picture(2).id


async def test_an_expired_asset_gives_its_external_id_up(catalog: Catalog):
    await catalog.add_asset(picture(1, external_id="e", expires_at=NOW + SECOND), at(NOW))
    await catalog.add_asset(picture(2, external_id="e"), at(NOW + SECOND))
    assert (await catalog.asset_by_external_id(HOME.id, "e", NOW + SECOND)).id == picture(2).id


async def test_a_race_for_one_external_id_has_one_winner(catalog: Catalog):
    racers = [catalog.add_asset(picture(n, external_id="e"), at(NOW)) for n in range(1, 9)]
    outcomes = await asyncio.gather(*racers, return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Asset"] + ["ExternalIdTaken"] * 7
    assert len(await ids(catalog)) == 1


async def test_a_change_cannot_take_anothers_external_id(catalog: Catalog):
    await add(catalog, picture(1, external_id="e"), picture(2))
    with pytest.raises(ExternalIdTaken):
        await catalog.update_asset(HOME.id, picture(2).id, lambda old: replace(old, external_id="e"), at(NOW))
    assert (await catalog.asset(picture(2).id, NOW)).external_id is None


async def test_a_change_may_keep_its_own_external_id_or_take_an_expired_ones(catalog: Catalog):
    await add(catalog, picture(1, external_id="old", expires_at=NOW + SECOND), picture(2, external_id="mine"))
    for wanted in ("mine", "old"):
        changed = await catalog.update_asset(
            HOME.id, picture(2).id, lambda old, to=wanted: replace(old, external_id=to), at(NOW + SECOND)
        )
        assert changed.external_id == wanted


# Expiry


async def test_an_expired_asset_is_nowhere(catalog: Catalog):
    await catalog.add_asset(picture(1, external_id="e", tags=("t",), expires_at=NOW + SECOND), at(NOW))
    then, id_ = NOW + SECOND, picture(1).id
    assert await catalog.asset(id_, then) is None
    assert await catalog.asset_by_external_id(HOME.id, "e", then) is None
    assert await catalog.assets(AssetQuery(HOME.id, then)) == []
    assert await catalog.assets(AssetQuery(HOME.id, then, tags=("t",))) == []
    assert await catalog.update_asset(HOME.id, id_, lambda old: old, at(then)) is None
    assert await catalog.delete_asset(HOME.id, id_, then) is None


async def test_an_asset_lives_until_the_microsecond_it_expires(catalog: Catalog):
    await catalog.add_asset(picture(1, expires_at=NOW + SECOND), at(NOW))
    assert await catalog.asset(picture(1).id, NOW + SECOND - MICROSECOND) is not None


# Listing


async def test_assets_are_listed_newest_first_and_only_the_workspaces_own(catalog: Catalog):
    await add(catalog, picture(3), picture(1), picture(2), picture(4, workspace_id=AWAY.id))
    assert await ids(catalog) == [2, 1, 3]


@pytest.mark.parametrize("filters", [{}, {"tags": ("a",)}, {"tags": ("a", "b")}], ids=["all", "tag", "tags"])
async def test_pages_neither_skip_nor_repeat_while_assets_are_added(
    catalog: Catalog, filters: dict[str, object]
):
    await add(catalog, *(picture(n, tags=("a", "b")) for n in range(1, 8)))
    seen, after = [], None
    for round_ in range(3):
        page = await catalog.assets(AssetQuery(HOME.id, NOW, limit=3, after=after, **filters))
        seen += [int(asset.id, 16) for asset in page]
        after = (page[-1].created_at, page[-1].id)
        await catalog.add_asset(picture(100 + round_, tags=("a", "b")), at(NOW + timedelta(minutes=1)))
    assert seen == [7, 6, 5, 4, 3, 2, 1]


async def test_a_namespace_filters(catalog: Catalog):
    await add(
        catalog,
        picture(1, namespace="a1"),
        picture(2),
        picture(3, namespace="b1"),
        picture(4, namespace="a1"),
    )
    assert await ids(catalog, namespace="a1") == [4, 1]


async def test_any_tag_or_all_tags(catalog: Catalog):
    await add(
        catalog, picture(1, tags=("a",)), picture(2, tags=("b", "a")), picture(3, tags=("b",)), picture(4)
    )
    assert await ids(catalog, tags=("a",)) == [2, 1]
    assert await ids(catalog, tags=("a", "b")) == [3, 2, 1]
    assert await ids(catalog, tags=("a", "b"), all_tags=True) == [2]
    assert await ids(catalog, tags=("a", "c"), all_tags=True) == []


async def test_ids_filter_and_none_of_them_is_none(catalog: Catalog):
    await add(catalog, picture(1), picture(2), picture(3))
    assert await ids(catalog, ids=(picture(1).id, picture(3).id, "unknown")) == [3, 1]
    assert await ids(catalog, ids=()) == []


async def test_filters_combine_with_and(catalog: Catalog):
    await add(
        catalog,
        picture(1, namespace="nn", tags=("a", "b")),
        picture(2, namespace="nn", tags=("b",)),
        picture(3, tags=("a",)),
        picture(4, namespace="nn", tags=("a",)),
    )
    three = tuple(picture(n).id for n in (1, 2, 3))
    assert await ids(catalog, namespace="nn", tags=("a",), ids=three) == [1]
    assert await ids(catalog, namespace="nn", tags=("a", "b"), ids=three) == [2, 1]


# Changing


async def test_a_change_is_stored_with_its_time(catalog: Catalog):
    await add(catalog, picture(1, metadata={"a": "1"}))
    wanted = {
        "name": "new",
        "visibility": Visibility.PRIVATE,
        "metadata": {"b": "2"},
        "expires_at": NOW + 9 * SECOND,
    }
    changed = await catalog.update_asset(
        HOME.id, picture(1).id, lambda old: replace(old, **wanted), at(NOW + SECOND)
    )
    assert changed == picture(1, **wanted, updated_at=NOW + SECOND, published_at=None)
    assert await catalog.asset(picture(1).id, NOW) == changed


async def test_changed_tags_are_what_a_tag_finds(catalog: Catalog):
    await add(catalog, picture(1, tags=("a", "b")))
    await catalog.update_asset(HOME.id, picture(1).id, lambda old: replace(old, tags=("c", "b")), at(NOW))
    assert [await ids(catalog, tags=(tag,)) for tag in "abc"] == [[], [1], [1]]


async def test_a_change_touches_neither_identity_nor_age(catalog: Catalog):
    await add(catalog, picture(1))
    stolen = {"id": picture(9).id, "workspace_id": AWAY.id, "created_at": NOW - SECOND}
    changed = await catalog.update_asset(HOME.id, picture(1).id, lambda old: replace(old, **stolen), at(NOW))
    assert changed == picture(1)


async def test_a_change_that_raises_stores_nothing(catalog: Catalog):
    await add(catalog, picture(1))
    before = await catalog.last_event()

    def refuse(_: Asset) -> Asset:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await catalog.update_asset(HOME.id, picture(1).id, refuse, at(NOW + SECOND))
    assert await catalog.asset(picture(1).id, NOW) == picture(1)
    assert await catalog.last_event() == before


async def test_another_workspaces_asset_is_neither_changed_nor_deleted(catalog: Catalog):
    await add(catalog, picture(1))
    assert (
        await catalog.update_asset(AWAY.id, picture(1).id, lambda old: replace(old, name="x"), at(NOW))
        is None
    )
    assert await catalog.delete_asset(AWAY.id, picture(1).id, NOW) is None
    assert await catalog.asset(picture(1).id, NOW) == picture(1)


async def test_changes_made_at_once_all_count(catalog: Catalog):
    await add(catalog, picture(1))

    def tagged(n: int) -> Callable[[Asset], Asset]:
        return lambda old: replace(old, tags=(*old.tags, f"t{n}"))

    await asyncio.gather(
        *(catalog.update_asset(HOME.id, picture(1).id, tagged(n), at(NOW)) for n in range(8))
    )
    assert sorted((await catalog.asset(picture(1).id, NOW)).tags) == [f"t{n}" for n in range(8)]


@pytest.mark.parametrize("version_id", ["1".rjust(24, "0"), "f" * 24], ids=["new facts", "new version"])
async def test_a_change_may_bring_new_facts_or_a_new_version(catalog: Catalog, version_id: str):
    await add(catalog, picture(1))
    newer = Version(version_id, 77, "cd" * 32, replace(FACTS, dominant="#102030"))
    await catalog.update_asset(HOME.id, picture(1).id, lambda old: replace(old, version=newer), at(NOW))
    assert (await catalog.asset(picture(1).id, NOW)).version == newer


@pytest.mark.parametrize("words", [{}, {"name": "new"}], ids=["facts alone", "a name as well"])
async def test_what_is_learned_of_the_same_bytes_is_stored_with_its_event_and_is_no_update(
    catalog: Catalog, words: dict[str, str]
):
    await add(catalog, picture(1))
    before = await catalog.last_event()
    learned = replace(picture(1).version, facts=replace(FACTS, dominant="#102030"))
    wanted = {"version": learned, **words}
    query = AssetQuery(HOME.id, NOW, ids=(picture(1).id,))
    await catalog.update_assets(query, lambda old: replace(old, **wanted), at(NOW + SECOND))
    expected = picture(1, **wanted, updated_at=NOW + SECOND if words else NOW)
    assert await catalog.asset(picture(1).id, NOW) == expected
    assert await kinds(catalog, before) == ["asset.updated"]


async def test_a_change_of_nothing_is_an_update_all_the_same(catalog: Catalog):
    await add(catalog, picture(1))
    changed = await catalog.update_asset(HOME.id, picture(1).id, lambda old: old, at(NOW + SECOND))
    assert changed == picture(1, updated_at=NOW + SECOND)


async def test_deleting_answers_what_was_deleted(catalog: Catalog):
    await add(catalog, picture(1, tags=("a",), external_id="e"))
    gone = await catalog.delete_asset(HOME.id, picture(1).id, NOW)
    assert gone == picture(1, tags=("a",), external_id="e")
    assert await catalog.asset(picture(1).id, NOW) is None
    assert await ids(catalog, tags=("a",)) == []
    assert await catalog.delete_asset(HOME.id, picture(1).id, NOW) is None


# Versions, crashes, quarantine


async def test_all_versions_are_paged_through_by_id(catalog: Catalog):
    await add(catalog, picture(2), picture(3), picture(1, workspace_id=AWAY.id))
    first = await catalog.version_ids(limit=2)
    assert first == [(AWAY.id, picture(1).id), (HOME.id, picture(2).id)]
    assert await catalog.version_ids(after=picture(2).id) == [(HOME.id, picture(3).id)]


async def test_known_versions_are_those_with_a_row(catalog: Catalog):
    await add(catalog, picture(1), picture(2))
    await catalog.delete_asset(HOME.id, picture(2).id, NOW)
    asked = [picture(n).id for n in (1, 2, 3)]
    assert await catalog.known_versions(asked) == {picture(1).id}
    assert await catalog.known_versions([]) == frozenset()


async def test_crashes_add_up_for_each_subject(catalog: Catalog):
    totals = [await catalog.record_crash(subject, NOW) for subject in ("a", "b", "a")]
    assert totals == [1, 1, 2]


async def test_a_deleted_assets_failures_and_quarantine_are_forgotten(catalog: Catalog):
    await add(catalog, picture(1))
    subjects = (picture(1).id, f"{picture(1).id}/enlarged")
    for subject in subjects:
        await catalog.record_crash(subject, NOW)
        await catalog.quarantine(subject, None)
    await catalog.delete_asset(HOME.id, picture(1).id, NOW)
    assert [await catalog.record_crash(subject, NOW) for subject in subjects] == [1, 1]
    assert not set(subjects) & set(await catalog.quarantines(NOW))


async def test_a_quarantine_ends_at_its_time_or_never(catalog: Catalog):
    await catalog.quarantine("a", NOW + SECOND)
    await catalog.quarantine("b", None)
    assert await catalog.quarantines(NOW) == {"a": NOW + SECOND, "b": None}
    assert "a" not in await catalog.quarantines(NOW + SECOND)
    assert "b" in await catalog.quarantines(NOW + timedelta(days=10_000))
    assert "x" not in await catalog.quarantines(NOW)


async def test_the_latest_word_on_a_quarantine_counts(catalog: Catalog):
    await catalog.quarantine("a", None)
    await catalog.quarantine("a", NOW)
    assert "a" not in await catalog.quarantines(NOW)


# Counters


async def test_a_counter_adds_up_in_its_window(catalog: Catalog):
    assert await catalog.count("a", NOW, 60) == 1
    assert await catalog.count("a", NOW, 60, 5) == 6
    assert await catalog.count("b", NOW, 60) == 1
    assert await catalog.count("a", NOW + timedelta(seconds=60), 60) == 1


async def test_windows_of_different_length_count_apart(catalog: Catalog):
    assert await catalog.count("a", NOW, 3600) == 1
    assert await catalog.count("a", NOW, 86_400) == 1


async def test_counts_made_at_once_all_count(catalog: Catalog):
    values = await asyncio.gather(*(catalog.count("a", NOW, 60) for _ in range(20)))
    assert sorted(values) == list(range(1, 21))


async def test_a_new_window_leaves_those_that_have_not_ended(catalog: Catalog):
    await catalog.count("long", NOW, 3600)
    await catalog.quarantine("aside", NOW + timedelta(hours=1))
    await catalog.count("short", NOW + timedelta(minutes=30), 60)
    assert await catalog.count("long", NOW, 3600) == 2
    assert "aside" in await catalog.quarantines(NOW)


# Events


async def test_every_change_is_one_event_and_a_failed_one_is_none(catalog: Catalog):
    before = await catalog.last_event()
    await catalog.add_key(key(1))
    await catalog.revoke_key("k1", NOW)
    await add(catalog, picture(1, external_id="e"))
    await catalog.update_asset(HOME.id, picture(1).id, lambda old: replace(old, name="x"), at(NOW))
    with pytest.raises(ExternalIdTaken):
        await catalog.add_asset(picture(2, external_id="e"), at(NOW))
    await catalog.delete_asset(HOME.id, picture(1).id, NOW)
    assert await kinds(catalog, before) == [
        "key.added",
        "key.revoked",
        "asset.added",
        "asset.updated",
        "asset.deleted",
    ]


async def test_an_event_says_whose_and_which(catalog: Catalog):
    await add(catalog, picture(1))
    newest = (await catalog.events_after(await catalog.last_event() - 1))[0]
    assert (newest.workspace_id, newest.asset_id) == (HOME.id, picture(1).id)


async def test_events_are_read_oldest_first_up_to_a_limit(catalog: Catalog):
    await add(catalog, picture(1), picture(2))
    assert [event.number for event in await catalog.events_after(0, limit=3)] == [1, 2, 3]
    assert [event.number for event in await catalog.events_after(3)] == [4]
    assert await catalog.events_after(4) == []


async def test_events_of_changes_made_at_once_are_numbered_without_gaps(catalog: Catalog):
    await asyncio.gather(*(catalog.add_key(key(n)) for n in range(20)))
    assert [event.number for event in await catalog.events_after(0)] == list(range(1, 23))


async def test_changed_says_yes_after_a_change_and_then_falls_silent(catalog: Catalog):
    await silence(catalog)
    await catalog.add_key(key(1))
    assert catalog.changed()
    await silence(catalog)


# Failing


async def test_a_catalog_that_answers_pings(catalog: Catalog):
    await catalog.ping()


async def test_whoever_leaves_in_the_middle_leaves_a_whole_asset_or_none(catalog: Catalog):
    tasks = [asyncio.ensure_future(catalog.add_asset(picture(n, tags=("a",)), at(NOW))) for n in range(40)]
    for n, task in enumerate(tasks):
        asyncio.get_running_loop().call_later(n / 1000, task.cancel)
    await asyncio.wait(tasks)
    await catalog.add_asset(picture(100, tags=("a",)), at(NOW))
    everything = await ids(catalog)
    assert 100 in everything
    assert await ids(catalog, tags=("a",)) == everything
    assert len(await catalog.version_ids()) == len(everything)


async def test_what_is_above_a_place_is_the_nearest_of_it_newest_first(catalog: Catalog):
    for number in range(1, 6):
        await catalog.add_asset(picture(number), at(NOW + number * SECOND))
    middle = await catalog.asset(picture(2).id, NOW)
    query = AssetQuery(HOME.id, NOW + 10 * SECOND, limit=2, above=(middle.created_at, middle.id))
    assert [asset.id for asset in await catalog.assets(query)] == [picture(4).id, picture(3).id]


async def test_when_an_asset_was_made_is_known_after_it_is_deleted_to_its_workspace_alone(catalog: Catalog):
    asset = await catalog.add_asset(picture(1), at(NOW))
    assert await catalog.created_at(HOME.id, asset.id) == asset.created_at
    await catalog.delete_asset(HOME.id, asset.id, NOW)
    assert await catalog.created_at(HOME.id, asset.id) == asset.created_at
    assert await catalog.created_at(AWAY.id, asset.id) is None
    assert await catalog.created_at(HOME.id, picture(2).id) is None
