"""Mezzanines on first demand: what a first variant has made beside an image that no worker had decoded."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

import pictures
from calotype.domain.assets import Asset, Facts, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.domain.pictures import Source
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.visibility import Visibility
from calotype.errors import RenderFailed, StorageFailed
from calotype.operations.resize import Resize
from calotype.services import jobs, library, workspaces
from calotype.services.access import operator
from calotype.services.delivery import Delivery
from calotype.services.mezzanines import Mezzanines, mezzanine_of
from calotype.services.transforming import transform
from engine_runs import ingest
from platforms import Wrapped, memory_platform

ID = "5f0c83d1a2b94e6f70812345"
LARGE = pictures.jpeg(1800, 900)
TOLD = Facts(Format.JPEG, 1800, 900)
"""What a plan tells of it (`domain/rendered.py`)."""
SMALL = Transformation.of(Resize(width=300), format_=Format.JPEG)


class Nobody:
    """Counts nothing."""

    def tier(self, name):
        """Bytes came from somewhere."""


@pytest.fixture
async def platform(tmp_path):
    return await memory_platform(tmp_path)


async def put(platform, data=LARGE, facts=TOLD, **fields):
    """Put an image as `store_rendered` does."""
    owner, file = await workspaces.find(platform, "default"), platform.scratch / "file"
    file.write_bytes(data)
    await platform.blobs.put(f"{blob_prefix(owner.id, ID)}original", file)
    file.unlink()
    version, now = Version(ID, len(data), "ab", facts), platform.clock()
    asset = Asset(ID, owner.id, "a.jpg", "/", "a.jpg", version, now, now, **fields)
    return await platform.catalog.add_asset(asset, platform.clock)


async def planned(platform, wish=SMALL):
    """Find the image as its next visitor does, and what they will get."""
    delivery = Delivery(platform, Nobody())
    await delivery.rows.start()
    owner = await workspaces.find(platform, "default")
    return delivery, await delivery.target(owner.storage, ID, wish, lambda _: True)


async def get(platform, wish=SMALL):
    delivery, target = await planned(platform, wish)
    body = await delivery.bytes_of(target)
    await asyncio.sleep(0)  # what was begun beside the answer
    return body


async def run(platform):
    return await platform.jobs.run(jobs.handlers(platform))


async def left(platform):
    """Name what is stored of the image, and count what lies in the scratch folder."""
    names = sorted([blob.key.rsplit("/", 1)[1] async for blob in platform.blobs.list()])
    return names, len([*platform.scratch.iterdir()])


def found(tmp_path, data=LARGE):
    (tmp_path / "ingest").mkdir()
    return ingest(data, tmp_path / "ingest").facts


def meanwhile(port, method, action):
    """Wrap *port*: *action* happens before *method* does."""

    async def act(*arguments, **named):
        await action()
        return await getattr(port, method)(*arguments, **named)

    return Wrapped(port, **{method: act})


async def test_the_first_variant_is_made_of_the_image_itself_and_asks_for_a_mezzanine(platform):
    await put(platform)
    _, target = await planned(platform)
    await get(platform)
    assert target.what.picture.source is Source.ORIGINAL
    assert [job.id for job in platform.jobs.waiting] == [f"mezzanine/{ID}"]
    assert await left(platform) == (["original"], 0)


async def test_however_many_variants_are_asked_for_it_is_asked_for_once(platform):
    await put(platform)
    for width in (300, 301, 302):
        await get(platform, Transformation.of(Resize(width=width), format_=Format.JPEG))
    assert len(platform.jobs.waiting) == 1


async def test_a_process_asks_once_for_each_image_and_again_when_nobody_heard(platform):
    asset, asked = await put(platform), []

    async def enqueue(job):
        asked.append(job.id)
        if len(asked) == 1:
            raise StorageFailed("The disk is full.")

    mezzanines = Mezzanines(Wrapped(platform.jobs, enqueue=enqueue))
    for _ in range(4):
        mezzanines.want(asset)
        await asyncio.sleep(0)
    assert asked == [f"mezzanine/{asset.version.id}"] * 2


async def test_the_job_leaves_what_an_upload_of_the_same_bytes_leaves(platform, tmp_path):
    before = await put(platform)
    await get(platform)
    platform.clock.move(hours=1)
    await run(platform)
    facts = found(tmp_path)
    assert facts.dominant and facts.thumbhash and facts.phash and facts.small is Format.JPEG  # noqa: PT018 - one value
    expected = replace(before, version=replace(before.version, facts=facts))
    assert await platform.catalog.asset(ID, platform.clock()) == expected
    assert await left(platform) == (["mezzanine-small", "original"], 0)


async def test_the_next_variant_is_made_of_the_mezzanine_under_the_key_that_it_had(platform):
    await put(platform)
    _, before = await planned(platform)
    await get(platform)
    await run(platform)
    _, after = await planned(platform)
    assert (after.what.picture.source, after.what.key) == (Source.SMALL, before.what.key)
    assert (await get(platform)).startswith(b"\xff\xd8")


async def test_whoever_held_the_row_hears_of_it(platform):
    await put(platform)
    delivery, target = await planned(platform)
    await delivery.bytes_of(target)
    await asyncio.sleep(0)
    await run(platform)
    owner = await workspaces.find(platform, "default")
    after = await delivery.target(owner.storage, ID, SMALL, lambda _: True)
    assert after.what.picture.source is Source.SMALL


async def test_a_picture_that_turns_out_opaque_is_planned_as_one(platform, tmp_path):
    data = pictures.png(1800, 900)
    await put(platform, data, Facts(Format.PNG, 1800, 900, alpha=True))
    wish = Transformation.of(Resize(width=300))
    wish = replace(wish, output=OutputWish(auto=True))
    _, before = await planned(platform, wish)
    await get(platform, wish)
    await run(platform)
    _, after = await planned(platform, wish)
    assert (before.what.output.format, after.what.output.format) == (Format.PNG, Format.JPEG)
    assert before.what.key != after.what.key


@pytest.mark.parametrize(
    "facts",
    [
        Facts(Format.JPEG, 1699, 900),
        replace(TOLD, bits=16),
        replace(TOLD, frames=2),
        Facts(Format.SVG, 1800, 900),
        replace(TOLD, small=Format.JPEG, small_width=1280, small_height=640),
    ],
    ids=["small", "16 bits", "animated", "vector", "has it"],
)
async def test_where_none_belongs_or_one_is_none_is_asked_for(platform, facts):
    class Painter:
        async def render(self, plan, sources, *, started=lambda: None, owner=""):
            return b"paint"

    asset = await put(platform, facts=facts)
    if facts.small:
        await platform.blobs.put(f"{blob_prefix(asset.workspace_id, ID)}mezzanine-small", file_of(platform))
    await get(replace(platform, renderer=Painter()))
    assert platform.jobs.waiting == []


def file_of(platform):
    file = platform.scratch / "small"
    file.write_bytes(LARGE)
    return file


async def test_what_is_made_for_the_library_asks_for_none(platform):
    asset = await put(platform)
    delivery, _ = await planned(platform)
    await transform(platform, delivery, operator(await workspaces.find(platform, "default")), asset, SMALL)
    await asyncio.sleep(0)
    assert platform.jobs.waiting == []


async def test_a_database_that_takes_no_job_spoils_no_answer(platform):
    async def full(job):
        raise StorageFailed("The disk is full.")

    await put(platform)
    with capture_logs() as logs:
        body = await get(replace(platform, jobs=Wrapped(platform.jobs, enqueue=full)))
    assert body.startswith(b"\xff\xd8")
    assert [each["event"] for each in logs] == ["mezzanine not asked for"]


async def test_a_job_that_runs_again_decodes_nothing_again(platform):
    asset = await put(platform)
    job = mezzanine_of(asset)
    await jobs.handlers(platform)[job.name](job)
    before = await platform.catalog.asset(ID, platform.clock())
    await jobs.handlers(replace(platform, renderer=None))[job.name](job)
    assert await platform.catalog.asset(ID, platform.clock()) == before


PLACES = {
    "before": lambda platform, act: meanwhile(platform.catalog, "asset", act),
    "in the decode": lambda platform, act: meanwhile(platform.renderer, "ingest", act),
    "before the bytes": lambda platform, act: meanwhile(platform.blobs, "put", act),
    "before the row": lambda platform, act: meanwhile(platform.catalog, "update_assets", act),
}
PORTS = {
    "before": "catalog",
    "in the decode": "renderer",
    "before the bytes": "blobs",
    "before the row": "catalog",
}


@pytest.mark.parametrize("place", PLACES)
async def test_of_an_image_that_is_deleted_meanwhile_nothing_is_left(platform, place):
    asset = await put(platform)
    caller = operator(await workspaces.find(platform, "default"))

    async def delete():
        if await platform.catalog.known_versions((ID,)):
            await library.delete(platform, caller, ID)
            await run(platform)

    beset = replace(platform, **{PORTS[place]: PLACES[place](platform, delete)})
    await jobs.handlers(beset)["mezzanine"](mezzanine_of(asset))
    assert await left(platform) == ([], 0)


async def test_an_image_that_was_deleted_while_the_server_was_down_leaves_nothing(platform):
    asset = await put(platform)

    async def die():
        raise asyncio.CancelledError

    dying = replace(platform, catalog=meanwhile(platform.catalog, "update_assets", die))
    with pytest.raises(asyncio.CancelledError):
        await jobs.handlers(dying)["mezzanine"](mezzanine_of(asset))
    assert await left(platform) == (["mezzanine-small", "original"], 0)
    await platform.catalog.delete_asset(asset.workspace_id, ID, platform.clock())
    await jobs.handlers(platform)["mezzanine"](mezzanine_of(asset))
    assert await left(platform) == ([], 0)


async def test_what_was_cut_off_between_bytes_and_row_is_finished_by_the_next_run(platform, tmp_path):
    asset = await put(platform)

    async def die():
        raise asyncio.CancelledError

    dying = replace(platform, catalog=meanwhile(platform.catalog, "update_assets", die))
    with pytest.raises(asyncio.CancelledError):
        await jobs.handlers(dying)["mezzanine"](mezzanine_of(asset))
    await jobs.handlers(platform)["mezzanine"](mezzanine_of(asset))
    assert (await platform.catalog.asset(ID, platform.clock())).version.facts == found(tmp_path)


async def test_an_image_that_expires_meanwhile_is_swept_with_all_that_was_made(platform):
    asset = await put(platform, expires_at=platform.clock.now.replace(hour=1))

    async def expire():
        platform.clock.move(hours=2)

    beset = replace(platform, catalog=meanwhile(platform.catalog, "update_assets", expire))
    await jobs.handlers(beset)["mezzanine"](mezzanine_of(asset))
    assert (await left(platform))[0] == ["mezzanine-small", "original"]
    await platform.expiry.remove_expired(platform.clock(), 10, jobs.purge_of)
    await run(platform)
    assert await left(platform) == ([], 0)


async def test_another_version_learns_nothing_from_the_bytes_of_this_one(platform):
    asset = await put(platform)
    other = Version("e" * 24, 7, "cd", TOLD)

    async def change():
        await platform.catalog.update_asset(
            asset.workspace_id, ID, lambda now: replace(now, version=other), platform.clock
        )

    beset = replace(platform, renderer=meanwhile(platform.renderer, "ingest", change))
    await jobs.handlers(beset)["mezzanine"](mezzanine_of(asset))
    assert (await platform.catalog.asset(ID, platform.clock())).version == other


async def test_an_owners_change_in_the_middle_is_kept(platform):
    asset = await put(platform)

    async def hide():
        await platform.catalog.update_asset(
            asset.workspace_id, ID, lambda now: replace(now, visibility=Visibility.PRIVATE), platform.clock
        )

    beset = replace(platform, renderer=meanwhile(platform.renderer, "ingest", hide))
    await jobs.handlers(beset)["mezzanine"](mezzanine_of(asset))
    after = await platform.catalog.asset(ID, platform.clock())
    assert (after.visibility, after.version.facts.small) == (Visibility.PRIVATE, Format.JPEG)


async def test_what_is_over_a_limit_of_today_is_left_as_it_is(tmp_path):
    platform = await memory_platform(tmp_path, max_pixels=1_000_000)
    asset = await put(platform)
    await jobs.handlers(platform)["mezzanine"](mezzanine_of(asset))
    assert await platform.catalog.asset(ID, platform.clock()) == asset
    assert await left(platform) == (["original"], 0)
    assert (await get(platform)).startswith(b"\xff\xd8")


async def test_the_second_crash_of_its_decoder_sets_the_image_aside_and_ends_the_job(platform):
    async def crash(*_, **__):
        raise RenderFailed(cause="crash")

    asset = await put(platform)
    crashing = replace(platform, renderer=Wrapped(platform.renderer, ingest=crash))
    for _ in range(2):
        with pytest.raises(RenderFailed):
            await jobs.handlers(crashing)["mezzanine"](mezzanine_of(asset))
    assert await platform.catalog.quarantines(platform.clock()) == {ID: None}
    await jobs.handlers(platform)["mezzanine"](mezzanine_of(asset))
    assert await left(platform) == (["original"], 0)
