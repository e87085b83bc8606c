"""The library: changes merge, deletion takes the bytes, and no door opens by being closed."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from calotype.domain.assets import Asset, Facts, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid, NotFound, StorageFailed
from calotype.ports import AssetQuery
from calotype.services import jobs, library
from calotype.services.access import authenticate
from calotype.services.library import Change
from platforms import key_for, memory_platform

NOW = datetime(2024, 1, 1, tzinfo=UTC)
ID = "0123456789abcdef01234567"
ASSET = Asset(
    ID,
    "w",
    "a.jpg",
    "/",
    "a.jpg",
    Version(ID, 1, "", Facts(Format.JPEG, 1, 1)),
    NOW,
    NOW,
    metadata={"a": "1"},
)


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def owner(platform):
    return await authenticate(platform, f"Bearer {await key_for(platform)}")


async def put(platform, owner, **fields):
    asset = await platform.catalog.add_asset(
        replace(ASSET, workspace_id=owner.workspace.id, **fields), platform.clock
    )
    original = platform.scratch / "original"
    original.write_bytes(b"bytes")
    await platform.blobs.put(f"{blob_prefix(asset.workspace_id, asset.id)}original", original)
    return asset


def test_a_change_of_nothing_changes_nothing():
    assert Change().of(ASSET, 1000) == ASSET


def test_a_change_merges_metadata_and_none_removes():
    assert Change(metadata={"b": "2", "a": None, "c": None}).of(ASSET, 1000).metadata == {"b": "2"}


def test_a_change_merges_labels_and_none_removes():
    labelled = replace(ASSET, labels={"site": "shop", "kind": "hero"})
    changed = Change(labels={"site": "blog", "kind": None, "new": ""}).of(labelled, 1000)
    assert changed.labels == {"site": "blog", "new": ""}


def test_labels_that_are_too_many_once_merged_are_refused():
    full = replace(ASSET, labels={str(number): "" for number in range(20)})
    assert len(Change(labels={"0": None, "new": ""}).of(full, 1000).labels) == 20
    with pytest.raises(Invalid, match="labels: at most 20, got 21"):
        Change(labels={"new": ""}).of(full, 1000)


@pytest.mark.parametrize(
    ("change", "tags"),
    [
        (Change(more_tags=("b", "c")), ("a", "b", "c")),
        (Change(fewer_tags=("a", "x")), ("b",)),
        (Change({"tags": ("z",)}), ("z",)),
    ],
)
def test_tags_are_added_taken_away_or_replaced(change, tags):
    assert change.of(replace(ASSET, tags=("a", "b")), 1000).tags == tags


def test_tags_that_are_too_many_once_added_are_refused():
    full = replace(ASSET, tags=tuple("abcdefghij"))
    assert Change(more_tags=("a", "b")).of(full, 1000).tags == full.tags
    with pytest.raises(Invalid, match="tags: at most 10 tags, got 11"):
        Change(more_tags=("k",)).of(full, 1000)


def test_merged_metadata_has_a_limit_in_bytes():
    with pytest.raises(Invalid):
        Change(metadata={"b": "x" * 100}).of(ASSET, 100)


@pytest.mark.parametrize(
    ("before", "page", "after"),
    [
        (Visibility.PUBLIC, False, Visibility.UNLISTED),
        (Visibility.UNLISTED, True, Visibility.PUBLIC),
        (Visibility.PRIVATE, False, Visibility.PRIVATE),
        (Visibility.DRAFT, False, Visibility.DRAFT),
        (Visibility.PRIVATE, True, Visibility.PUBLIC),
        (Visibility.PRIVATE, None, Visibility.PRIVATE),
    ],
)
def test_hiding_the_page_never_opens_another_door(before, page, after):
    assert Change(page=page).of(replace(ASSET, visibility=before), 1000).visibility == after


async def test_moving_to_a_namespace_leaves_the_path(platform, owner):
    await put(platform, owner)
    moved = await library.update(platform, owner, ID, Change({"namespace": "new", "name": "b.jpg"}))
    assert (moved.namespace, moved.folder, moved.file_name) == ("new", "/", "a.jpg")


@pytest.mark.parametrize("visibility", [Visibility.UNLISTED, Visibility.PRIVATE, Visibility.DRAFT])
async def test_only_public_images_are_shown_to_others(platform, owner, visibility):
    await put(platform, owner, visibility=visibility)
    nobody = await authenticate(platform, None)
    asset, _ = await library.get(platform, owner, ID)
    assert asset.visibility == visibility
    with pytest.raises(NotFound):
        await library.get(platform, nobody, ID)


async def test_a_public_image_comes_with_the_workspace_that_it_is_in_whoever_asks(platform, owner):
    await put(platform, owner, visibility=Visibility.PUBLIC)
    for caller in (owner, await authenticate(platform, None)):
        asset, workspace = await library.get(platform, caller, ID)
        assert (asset.id, workspace) == (ID, owner.workspace)


async def test_a_page_says_whether_there_is_more(platform, owner):
    await put(platform, owner)
    query = AssetQuery("", NOW, limit=1)
    assert not (await library.page(platform, owner, query)).more
    await put(platform, owner, id="f" * 24, file_name="b.jpg")
    page = await library.page(platform, owner, query)
    assert ([asset.id for asset in page.assets], page.more) == (["f" * 24], True)


async def test_a_list_cannot_ask_for_another_workspace(platform, owner):
    await put(platform, owner)
    other = await authenticate(platform, f"Bearer {await key_for(platform, 'other')}")
    page = await library.page(platform, other, AssetQuery(owner.workspace.id, NOW))
    assert page.assets == ()


async def test_deleting_leaves_no_byte(platform, owner):
    await put(platform, owner)
    await library.delete(platform, owner, ID)
    assert [blob async for blob in platform.blobs.list()] == []


async def test_bytes_that_cannot_be_deleted_now_are_deleted_by_the_job(platform, owner):
    class Stuck:
        async def delete_prefix(self, prefix):
            raise StorageFailed

    await put(platform, owner)
    await library.delete(replace(platform, blobs=Stuck()), owner, ID)
    with pytest.raises(NotFound):
        await library.get(platform, owner, ID)
    assert [blob.key async for blob in platform.blobs.list()] != []
    await platform.jobs.run(jobs.handlers(platform))
    assert [blob.key async for blob in platform.blobs.list()] == []


@pytest.mark.parametrize("asset_id", ["", "x", "../..", "A" * 24, "0" * 24])
async def test_an_unknown_or_malformed_id_is_not_found(platform, owner, asset_id):
    for ask in (library.get, library.delete):
        with pytest.raises(NotFound):
            await ask(platform, owner, asset_id)
    with pytest.raises(NotFound):
        await library.update(platform, owner, asset_id, Change())
