"""What models are shown of pictures of every kind, and what is not even asked."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

import pictures
from calotype.adapters.vision import MemoryVision
from calotype.domain.assets import Moderation
from calotype.domain.formats import Format
from calotype.domain.transformations import Transformation
from calotype.domain.workspaces import Ability
from calotype.errors import Forbidden, MediaBlocked, NotConfigured, NotFound, Quarantined, QuotaExceeded
from calotype.operations.models import RemoveBackground
from calotype.ports import Imagination, Label, Talent
from calotype.services import moderation, vision, workspaces
from calotype.services.access import Caller
from calotype.services.delivery import Delivery
from calotype.services.transforming import transform
from calotype.services.uploads import Upload, store
from calotype.spool import Spool
from platforms import memory_platform


def cmyk() -> bytes:
    out = io.BytesIO()
    Image.new("CMYK", (60, 40), (0, 255, 255, 0)).save(out, "JPEG", quality=95)
    return out.getvalue()


def deep() -> bytes:
    out = io.BytesIO()
    Image.new("I;16", (60, 40), 40_000).save(out, "PNG")
    return out.getvalue()


def half() -> bytes:
    """Make a mask that keeps the left half."""
    out = io.BytesIO()
    mask = Image.new("LA", (4, 4), (0, 0))
    mask.paste((0, 255), (0, 0, 2, 4))
    mask.save(out, "PNG")
    return out.getvalue()


KINDS = {
    "cmyk": (cmyk(), (60, 40)),
    "16 bits": (deep(), (60, 40)),
    "animated": (pictures.gif(3), (64, 48)),
    "drawing": (pictures.svg(), None),
    "transparent": (pictures.webp(64, 48), (64, 48)),
    "upright only by its metadata": (pictures.jpeg(64, 48, orientation=6), (48, 64)),
    "a strip": (pictures.png(3000, 1), (1024, 1)),
}
FIVE = tuple(Label(name, 0.1) for name in "abcde")


@pytest.fixture
async def platform(tmp_path):
    answers = {Talent.CLASSIFY: FIVE, Talent.REMOVE_BACKGROUND: half(), Talent.IMAGINE: pictures.png(8, 8)}
    return replace(
        await memory_platform(tmp_path, plans={"tiny": {"label": "Tiny", "uploads": 0}}),
        vision=MemoryVision(answers),
    )


@pytest.fixture
async def caller(platform):
    return Caller(await workspaces.find(platform, "default"), frozenset(Ability), "key")


class Nobody:
    def tier(self, name):
        """Bytes came from somewhere."""


@pytest.fixture
async def delivery(platform):
    delivery = Delivery(platform, Nobody())
    await delivery.rows.start()
    return delivery


async def put(platform, caller, data):
    spool = Spool(platform.scratch, len(data), "")
    spool.write(memoryview(data))
    file = spool.close("a")
    return (await store(platform, caller, Upload(file.path, file.size, file.sha256, file.head, "a"))).asset


@pytest.mark.parametrize("kind", KINDS)
async def test_a_model_is_shown_an_upright_rgb_jpeg_whatever_was_stored(platform, delivery, caller, kind):
    data, size = KINDS[kind]
    asset = await put(platform, caller, data)
    await vision.classify(platform, delivery, caller, asset.id)
    ((_, image),) = platform.vision.asked
    with Image.open(io.BytesIO(image)) as shown:
        expected = size or (asset.version.facts.width, asset.version.facts.height)
        assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", expected)
        assert "exif" not in shown.info


@pytest.mark.parametrize("kind", KINDS)
async def test_a_background_is_removed_from_pictures_of_every_kind(platform, delivery, caller, kind):
    asset = await put(platform, caller, KINDS[kind][0])
    wish = Transformation.of(RemoveBackground(), format_=Format.PNG)
    made = (await transform(platform, delivery, caller, asset, wish)).asset
    before, after = asset.version.facts, made.version.facts
    assert (after.format, after.width, after.height) == ("png", before.width, before.height)
    assert (after.frames, after.alpha, made.name) == (1, True, asset.name)


async def test_nothing_is_painted_for_a_plan_without_room(platform):
    workspace = await workspaces.create(platform, "small")
    full = Caller(replace(workspace, plan="tiny"), frozenset(Ability), "key")
    with pytest.raises(QuotaExceeded):
        await vision.imagine(platform, full, Imagination("a cat"), {"name": "a"})
    assert platform.vision.asked == []


async def test_the_pictures_of_others_are_not_there(platform, delivery, caller):
    asset = await put(platform, caller, pictures.jpeg())
    other = Caller(await workspaces.create(platform, "other"), frozenset(Ability), "key")
    with pytest.raises(NotFound):
        await vision.classify(platform, delivery, other, asset.id)
    assert platform.vision.asked == []


async def test_a_key_that_may_only_write_sees_nothing(platform, delivery, caller):
    asset = await put(platform, caller, pictures.jpeg())
    with pytest.raises(Forbidden):
        await vision.classify(
            platform, delivery, replace(caller, abilities=frozenset({Ability.WRITE})), asset.id
        )


async def test_a_key_that_may_only_read_makes_nothing(platform, delivery, caller):
    reader = replace(caller, abilities=frozenset({Ability.READ}))
    with pytest.raises(Forbidden):
        await vision.imagine(platform, reader, Imagination("a cat"), {"name": "a"})
    assert platform.vision.asked == []


async def test_what_is_blocked_is_shown_to_no_model(platform, delivery, caller):
    asset = await put(platform, caller, pictures.jpeg())
    await moderation.judge(platform, asset, Moderation.BLOCKED)
    with pytest.raises(MediaBlocked):
        await vision.classify(platform, delivery, caller, asset.id)
    assert platform.vision.asked == []


async def test_without_a_model_nothing_is_rendered(platform, delivery, caller, monkeypatch):
    asset = await put(platform, caller, pictures.jpeg())
    monkeypatch.setattr(type(platform.renderer), "render", None)
    platform.vision.answers.clear()
    with pytest.raises(NotConfigured):
        await vision.classify(platform, delivery, caller, asset.id)


async def test_what_killed_its_decoders_is_rendered_for_no_model(platform, delivery, caller):
    asset = await put(platform, caller, pictures.jpeg())
    await platform.catalog.quarantine(asset.version.id, None)
    with pytest.raises(Quarantined):
        await vision.classify(platform, delivery, caller, asset.id)
    assert platform.vision.asked == []
