"""Batches: rows in one transaction, bytes after them, and nothing of another workspace's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calotype.domain.assets import Asset, Facts, Moderation, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.errors import (
    Forbidden,
    Invalid,
    MediaBlocked,
    MediaLocked,
    NotFound,
    StorageFailed,
    Unauthorized,
)
from calotype.ports import AssetQuery
from calotype.services import batches, jobs
from calotype.services.access import Caller, authenticate
from calotype.services.library import Change
from platforms import key_for, memory_platform

NOW = datetime(2024, 1, 1, tzinfo=UTC)
ELEVENTH = Change(more_tags=("k",))


def id_of(number):
    return f"{number:024x}"


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def owner(platform):
    return await authenticate(platform, f"Bearer {await key_for(platform)}")


@pytest.fixture
async def neighbour(platform):
    return await authenticate(platform, f"Bearer {await key_for(platform, 'neighbour')}")


async def put(platform, owner, *numbers, **fields):
    for number in numbers:
        id_ = id_of(number)
        version = Version(id_, 1, "", Facts(Format.JPEG, 1, 1))
        asset = Asset(id_, owner.workspace.id, id_, "/", id_, version, NOW, NOW)
        await platform.catalog.add_asset(replace(asset, **fields), platform.clock)
        original = platform.scratch / "original"
        original.write_bytes(b"bytes")
        await platform.blobs.put(f"{blob_prefix(owner.workspace.id, id_)}original", original)


async def left(platform, owner):
    """List whose rows are there; after the jobs, theirs are the only bytes."""
    await platform.jobs.run(jobs.handlers(platform))
    found = await platform.catalog.assets(AssetQuery(owner.workspace.id, NOW, 5000))
    versions = {blob.key.split("/")[2] async for blob in platform.blobs.list()}
    assert {asset.id for asset in found} == versions
    return [int(asset.id, 16) for asset in reversed(found)]


async def test_each_id_has_one_outcome_in_the_order_that_was_asked_for(platform, owner):
    await put(platform, owner, 1, 2, 3)
    await put(platform, owner, 4, tags=tuple("abcdefghij"))
    asked = [id_of(3), "nonsense", id_of(4), id_of(1)]
    outcomes = await batches.update_each(platform, owner, asked, ELEVENTH)
    assert list(outcomes.changed) == [id_of(3), id_of(1)]
    assert {id_: type(error) for id_, error in outcomes.refused.items()} == {
        "nonsense": NotFound,
        id_of(4): Invalid,
    }
    assert [asset.tags for asset in outcomes.changed.values()] == [("k",), ("k",)]


async def test_all_are_changed_or_none_and_the_reason_names_the_one(platform, owner):
    await put(platform, owner, 1)
    await put(platform, owner, 2, tags=tuple("abcdefghij"))
    with pytest.raises(Invalid) as caught:
        await batches.update_all(platform, owner, [id_of(1), id_of(2)], ELEVENTH)
    assert caught.value.fields == {"tags": [f"{id_of(2)}: at most 10 tags, got 11"]}
    assert (await platform.catalog.asset(id_of(1), NOW)).tags == ()
    assert await batches.update_all(platform, owner, [id_of(1), id_of(9)], ELEVENTH) == 1


async def test_deleting_takes_rows_and_bytes_and_again_takes_nothing(platform, owner):
    await put(platform, owner, *range(1, 21))
    asked = [id_of(number) for number in range(2, 21)]
    assert await batches.delete_all(platform, owner, [*asked, "nonsense"]) == 19
    assert await left(platform, owner) == [1]
    assert await batches.delete_all(platform, owner, asked) == 0


@pytest.mark.parametrize(
    ("verdict", "refusal"), [(Moderation.LOCKED, MediaLocked), (Moderation.BLOCKED, MediaBlocked)]
)
async def test_what_moderation_holds_is_refused_where_it_is_named_and_the_others_go(
    platform, owner, verdict, refusal
):
    await put(platform, owner, 1, 3)
    await put(platform, owner, 2, moderation=verdict)
    asked = [id_of(1), id_of(2)]
    outcomes = await batches.update_each(platform, owner, asked, Change({"caption": "new"}))
    assert (list(outcomes.changed), type(outcomes.refused[id_of(2)])) == ([id_of(1)], refusal)
    held = await batches.delete_each(platform, owner, asked)
    assert {id_: type(error) for id_, error in held.items()} == {id_of(2): refusal}
    assert await left(platform, owner) == [3, 2]


@pytest.mark.parametrize(
    ("verdict", "refusal"), [(Moderation.LOCKED, MediaLocked), (Moderation.BLOCKED, MediaBlocked)]
)
async def test_all_or_none_is_none_where_moderation_holds_one(platform, owner, verdict, refusal):
    await put(platform, owner, 1, namespace="trips")
    await put(platform, owner, 2, moderation=verdict, namespace="trips")
    asked = [id_of(1), id_of(2)]
    for refused in (
        batches.delete_all(platform, owner, asked),
        batches.update_all(platform, owner, asked, Change({"caption": "new"})),
    ):
        with pytest.raises(refusal):
            await refused
    assert await left(platform, owner) == [1, 2]
    assert await batches.delete_namespace(platform, owner, "trips") == 1
    assert await left(platform, owner) == [2]


async def test_a_namespace_is_deleted_a_thousand_at_a_time(platform, owner, monkeypatch):
    assert batches.NAMESPACE_MAX == 1000
    monkeypatch.setattr(batches, "NAMESPACE_MAX", 2)
    await put(platform, owner, 1, 2, 3, namespace="trips")
    await put(platform, owner, 4, namespace="other")
    assert await batches.delete_namespace(platform, owner, "trips") == 2
    assert await left(platform, owner) == [1, 4]
    assert await batches.delete_namespace(platform, owner, "trips") == 1
    assert await batches.delete_namespace(platform, owner, "trips") == 0


async def test_bytes_that_cannot_be_deleted_now_do_not_keep_the_rows_or_the_other_bytes(
    platform, owner, monkeypatch
):
    await put(platform, owner, 1, 2, 3)
    delete_prefix = platform.blobs.delete_prefix

    async def failing_once(prefix):
        if id_of(2) in prefix:
            raise StorageFailed
        return await delete_prefix(prefix)

    monkeypatch.setattr(platform.blobs, "delete_prefix", failing_once)
    assert await batches.delete_all(platform, owner, [id_of(1), id_of(2), id_of(3)]) == 3
    with pytest.raises(StorageFailed):
        await platform.jobs.run(jobs.handlers(platform))
    assert [blob.key.split("/")[2] async for blob in platform.blobs.list()] == [id_of(2)]
    assert await platform.catalog.assets(AssetQuery(owner.workspace.id, NOW)) == []
    monkeypatch.undo()
    assert await platform.jobs.run(jobs.handlers(platform)) == 1
    assert [blob async for blob in platform.blobs.list()] == []


async def test_what_is_another_workspaces_is_as_if_it_were_not_there(platform, owner, neighbour):
    await put(platform, owner, 1, namespace="trips")
    asked = [id_of(1)]
    outcomes = await batches.update_each(platform, neighbour, asked, Change({"caption": "mine"}))
    assert (dict(outcomes.changed), type(outcomes.refused[id_of(1)])) == ({}, NotFound)
    assert await batches.update_all(platform, neighbour, asked, Change({"caption": "mine"})) == 0
    assert await batches.delete_all(platform, neighbour, asked) == 0
    assert await batches.delete_namespace(platform, neighbour, "trips") == 0
    assert await batches.namespaces(platform, neighbour, 100, 0) == ([], None)
    assert await left(platform, owner) == [1]


async def test_namespaces_come_in_pages(platform, owner):
    await put(platform, owner, 1, 2, namespace="big")
    await put(platform, owner, 3, namespace="small")
    first, after = await batches.namespaces(platform, owner, 1, 0)
    second, end = await batches.namespaces(platform, owner, 1, after)
    assert [each.namespace for each in (*first, *second)] == ["big", "small"]
    assert (after, end) == (1, None)


@pytest.mark.parametrize(("key", "refusal"), [("reader", Forbidden), ("", Unauthorized)])
async def test_who_may_not_write_changes_and_deletes_nothing(platform, owner, key, refusal):
    await put(platform, owner, 1, namespace="trips")
    weak = Caller(owner.workspace, frozenset(), key)
    for verb in (
        batches.update_each(platform, weak, [id_of(1)], Change()),
        batches.update_all(platform, weak, [id_of(1)], Change()),
        batches.delete_all(platform, weak, [id_of(1)]),
        batches.delete_namespace(platform, weak, "trips"),
        batches.namespaces(platform, weak, 1, 0),
    ):
        with pytest.raises(refusal):
            await verb
    assert await left(platform, owner) == [1]
