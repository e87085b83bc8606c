"""ImageKit's `e-bgremove` with a model that finds subjects: what is cut, when the model is asked, what stays behind."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

import pictures
from calotype.adapters.vision import MemoryVision
from calotype.domain.assets import blob_prefix
from calotype.domain.formats import Format
from calotype.domain.planning import Plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.visibility import Visibility
from calotype.domain.workspaces import Ability
from calotype.errors import VisionFailed
from calotype.operations import Crop, Resize
from calotype.operations.models import RemoveBackground
from calotype.operations.steps import Step
from calotype.ports import Talent
from calotype.services.access import Caller
from calotype.services.delivery import Delivery
from calotype.services.uploads import Upload, store
from calotype.spool import Spool
from platforms import memory_platform


class Nobody:
    def tier(self, name):
        """Bytes came from somewhere."""


class World:
    def __init__(self, platform, workspace):
        self.platform, self.workspace = platform, workspace
        self.caller = Caller(workspace, frozenset(Ability), "key")
        self.delivery = Delivery(platform, Nobody())

    async def put(self, data):
        spool = Spool(self.platform.scratch, len(data), "")
        spool.write(memoryview(data))
        file = spool.close("a.png")
        upload = Upload(file.path, file.size, file.sha256, file.head, "a.png", visibility=Visibility.PUBLIC)
        return (await store(self.platform, self.caller, upload)).asset

    async def get(self, asset, *steps):
        wish = Transformation(tuple(Step(each) for each in steps), OutputWish(Format.PNG))
        target = await self.delivery.target(self.workspace.storage, asset.id, wish, lambda _: True)
        assert isinstance(target.what, Plan)
        return Image.open(io.BytesIO(await self.delivery.bytes_of(target)))

    async def masks(self, asset):
        prefix = blob_prefix(asset.workspace_id, asset.version.id)
        return [blob.key async for blob in self.platform.blobs.list(prefix) if "/subject-" in blob.key]


def mask(*, left: int, right: int) -> bytes:
    """Make a mask with these opacities."""
    drawn = Image.new("LA", (8, 8), (0, left))
    drawn.paste((0, right), (4, 0, 8, 8))
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def plain(width=100, height=60) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
async def world(tmp_path):
    vision = MemoryVision({Talent.REMOVE_BACKGROUND: mask(left=0, right=255)})
    platform = replace(await memory_platform(tmp_path), vision=vision)
    world = World(platform, await platform.catalog.workspace_by_slug("default"))
    await world.delivery.rows.start()
    return world


async def test_what_the_mask_does_not_cover_is_transparent(world):
    asset = await world.put(plain())
    cut = await world.get(asset, (RemoveBackground(),))
    assert (cut.size, cut.mode) == ((100, 60), "RGBA")
    assert cut.getpixel((10, 30))[3] == 0
    assert cut.getpixel((90, 30)) == (200, 100, 50, 255)


async def test_a_model_sees_the_picture_as_it_is_at_that_step(world):
    asset = await world.put(plain(3000, 1500))
    cut = await world.get(asset, (Resize(width=2000, height=1500),), (RemoveBackground(),))
    ((_, image),) = world.platform.vision.asked
    assert (cut.size, Image.open(io.BytesIO(image)).size) == ((2000, 1500), (1024, 768))


async def test_what_follows_is_done_to_what_is_left(world):
    asset = await world.put(plain())
    right = Crop(left=50, top=0, width=50, height=60)
    cut = await world.get(asset, (RemoveBackground(),), (right,))
    assert (cut.size, cut.getpixel((40, 30))) == ((50, 60), (200, 100, 50, 255))


async def test_the_model_is_asked_once_for_a_picture(world):
    asset = await world.put(plain())
    for height in (10, 20, 30):
        await world.get(asset, (RemoveBackground(),), (Resize(height=height),))
    again = World(world.platform, world.workspace)  # another process
    await again.delivery.rows.start()
    await again.get(asset, (RemoveBackground(),), (Resize(height=40),))
    assert len(world.platform.vision.asked) == 1


async def test_another_picture_is_another_question(world):
    asset = await world.put(plain())
    await world.get(asset, (RemoveBackground(),))
    await world.get(asset, (Crop(left=0, top=0, width=50, height=60),), (RemoveBackground(),))
    assert len(world.platform.vision.asked) == 2
    assert len(await world.masks(asset)) == 2


async def test_a_mask_goes_with_its_image(world):
    asset = await world.put(plain())
    await world.get(asset, (RemoveBackground(),))
    (key,) = await world.masks(asset)
    assert key.startswith(blob_prefix(asset.workspace_id, asset.version.id))
    await world.platform.blobs.delete_prefix(blob_prefix(asset.workspace_id, asset.version.id))
    assert await world.masks(asset) == []


@pytest.mark.parametrize("given", [b"", b"no picture", pictures.gif(), pictures.jpeg(), pictures.png()[:60]])
async def test_what_is_no_mask_is_the_models_failure_and_is_not_kept(world, given):
    world.platform.vision.answers[Talent.REMOVE_BACKGROUND] = given
    asset = await world.put(plain())
    with pytest.raises(VisionFailed):
        await world.get(asset, (RemoveBackground(),))
    assert await world.masks(asset) == []
    world.platform.vision.answers[Talent.REMOVE_BACKGROUND] = mask(left=255, right=255)
    assert (await world.get(asset, (RemoveBackground(),))).getpixel((10, 30)) == (200, 100, 50, 255)
