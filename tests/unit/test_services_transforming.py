"""Making an asset of another: what is left behind when it fails, or when nobody waits for it any more."""

import asyncio
from dataclasses import replace

import pytest

import pictures
from calotype.domain.assets import blob_prefix
from calotype.domain.formats import Format
from calotype.domain.transformations import Transformation
from calotype.errors import NotFound, StorageFailed
from calotype.operations.blur import Blur
from calotype.ports import AssetQuery
from calotype.services import library, workspaces
from calotype.services.access import operator
from calotype.services.delivery import Delivery
from calotype.services.transforming import source_of, transform
from calotype.services.uploads import Upload, store
from platforms import Wrapped, memory_platform

SOFT = Transformation.of(Blur(sigma=3), format_=Format.PNG)


class Counter:
    """Counts nothing."""

    def tier(self, name):
        """Bytes came from somewhere."""


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


@pytest.fixture
async def caller(platform):
    return operator(await workspaces.find(platform, "default"))


@pytest.fixture
async def source(platform, caller, tmp_path):
    data, file = pictures.png(32, 24), tmp_path / "file"
    file.write_bytes(data)
    stored = await store(platform, caller, Upload(file, len(data), "0" * 64, data[:512], name="a.png"))
    return stored.asset


async def blurred(platform, caller, source):
    delivery = Delivery(platform, Counter())
    await delivery.rows.start()
    return await transform(platform, delivery, caller, source, SOFT)


async def left_behind(platform, caller, source):
    """Count what is in the scratch folder, and name the assets and blobs that are not the source's."""
    assets = await platform.catalog.assets(AssetQuery(caller.workspace.id, platform.clock()))
    blobs = [blob.key async for blob in platform.blobs.list("")]
    return (
        len(list(platform.scratch.iterdir())),
        [asset.id for asset in assets if asset.id != source.id],
        [key for key in blobs if source.id not in key],
    )


async def test_the_new_asset_is_private_without_namespace_tags_or_end(platform, caller, source):
    asset = (await blurred(platform, caller, source)).asset
    expected = {"name": "a.png", "visibility": "private", "namespace": None, "tags": (), "expires_at": None}
    assert {name: getattr(asset, name) for name in expected} == expected
    assert asset.workspace_id == source.workspace_id


async def test_whoever_leaves_during_the_render_leaves_nothing(platform, caller, source):
    started = asyncio.Event()

    async def endless(*_, **__):
        started.set()
        await asyncio.Event().wait()

    slow = replace(platform, renderer=Wrapped(platform.renderer, render=endless))
    task = asyncio.create_task(blurred(slow, caller, source))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await left_behind(platform, caller, source) == (0, [], [])


async def test_what_cannot_be_kept_leaves_nothing(platform, caller, source):
    async def full(*_, **__):
        raise StorageFailed("The disk is full.")

    broken = replace(platform, catalog=Wrapped(platform.catalog, add_asset=full))
    with pytest.raises(StorageFailed):
        await blurred(broken, caller, source)
    assert await left_behind(platform, caller, source) == (0, [], [])


async def test_of_an_asset_that_was_deleted_meanwhile_nothing_is_made(platform, caller, source):
    found = await source_of(platform, caller, source.id)
    await library.delete(platform, caller, source.id)
    await platform.blobs.delete_prefix(blob_prefix(source.workspace_id, source.id))
    with pytest.raises(NotFound):
        await blurred(platform, caller, found)
    assert await left_behind(platform, caller, source) == (0, [], [])
