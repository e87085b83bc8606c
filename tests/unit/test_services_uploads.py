"""Uploads: bytes before row, no row without bytes, and nothing left of what failed."""

import asyncio
import hashlib
from dataclasses import replace

import pytest

import pictures
from calotype.adapters.rendering.pool import PoolRenderer
from calotype.domain.assets import Facts
from calotype.domain.formats import SNIFF_BYTES, Format
from calotype.errors import (
    EmptyFile,
    ExternalIdTaken,
    FileTooLarge,
    ImageCorrupt,
    ImageTruncated,
    Invalid,
    RenderFailed,
    StorageFailed,
    UnsupportedType,
)
from calotype.ports import Ingested
from calotype.services.access import authenticate
from calotype.services.uploads import Upload, store
from platforms import Wrapped, key_for, memory_platform

PHOTO = pictures.jpeg(16, 12)
TERABYTES = (
    '<pattern id="p" width="1" height="1"><path d="M0 0h9v9"/></pattern>'
    '<rect width="1e6" height="1e6" fill="url(#p)"/>'
)
"""A tile as large as the shape that it paints: resvg asks for all of it at once, and aborts."""


class Decoded:
    """A renderer that finds a photograph with a mezzanine in whatever it is given, after `waiting`."""

    def __init__(self, waiting=None):
        self.waiting = waiting
        self.begun = asyncio.Event()
        self.calls = 0

    async def ingest(self, source, format_, limits, scratch, *, owner=""):
        self.calls += 1
        self.begun.set()
        if self.waiting is not None:
            await self.waiting.wait()
        mezzanine = scratch / "mezzanine"
        mezzanine.write_bytes(b"small")
        return Ingested(Facts(Format.JPEG, 16, 12, mezzanine=Format.JPEG), mezzanine=mezzanine)


@pytest.fixture
async def platform(tmp_path):
    return replace(await memory_platform(tmp_path), renderer=Decoded())


@pytest.fixture
async def owner(platform):
    return await authenticate(platform, f"Bearer {await key_for(platform)}")


def upload_of(platform, data=PHOTO, **words):
    path = platform.scratch.parent / "received"
    path.write_bytes(data)
    return Upload(path, len(data), hashlib.sha256(data).hexdigest(), data[:SNIFF_BYTES], **words)


async def kept(platform):
    return [blob.key.rpartition("/")[2] async for blob in platform.blobs.list()], [
        *platform.scratch.iterdir()
    ]


async def test_an_asset_is_its_own_first_version_with_size_and_hash_of_its_bytes(platform, owner):
    stored = await store(platform, owner, upload_of(platform, name="a.jpg"))
    version = stored.asset.version
    assert (version.id, version.size) == (stored.asset.id, len(PHOTO))
    assert version.sha256 == hashlib.sha256(PHOTO).hexdigest()
    assert await kept(platform) == (["original", "mezzanine"], [])


async def test_a_path_is_made_from_namespace_name_and_id(platform, owner):
    asset = (await store(platform, owner, upload_of(platform, name="a b.png", namespace="ns"))).asset
    assert (asset.folder, asset.file_name) == ("/ns/", f"a-b_{asset.id}.jpg")


async def test_the_row_is_committed_after_the_bytes_are_there(platform, owner):
    seen = []

    async def add_asset(asset, clock, quota):
        seen.extend((await kept(platform))[0])
        return await platform.catalog.add_asset(asset, clock, quota)

    watching = replace(platform, catalog=Wrapped(platform.catalog, add_asset=add_asset))
    await store(watching, owner, upload_of(platform))
    assert seen == ["original", "mezzanine"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyFile),
        (b"text", UnsupportedType),
        (b"BM" + bytes(100), FileTooLarge),
        (b"<svg " + b" " * 100, FileTooLarge),
    ],
)
async def test_what_its_first_bytes_condemn_is_never_decoded(tmp_path, data, error):
    platform = replace(await memory_platform(tmp_path, max_svg_bytes=50), renderer=Decoded())
    caller = await authenticate(platform, None)
    with pytest.raises(error):
        await store(platform, caller, upload_of(platform, data))
    assert platform.renderer.calls == 0


async def test_what_the_decode_refuses_leaves_nothing(platform, owner):
    async def ingest(source, format_, limits, scratch, *, owner):
        (scratch / "half-done").write_bytes(b"x")
        raise ImageTruncated

    with pytest.raises(ImageTruncated):
        await store(replace(platform, renderer=Wrapped(None, ingest=ingest)), owner, upload_of(platform))
    assert await kept(platform) == ([], [])


async def test_a_decode_stands_in_line_for_the_workspace_that_it_is_for(platform, owner):
    seen = []

    async def ingest(source, format_, limits, scratch, *, owner):
        seen.append(owner)
        raise ImageTruncated

    with pytest.raises(ImageTruncated):
        await store(replace(platform, renderer=Wrapped(None, ingest=ingest)), owner, upload_of(platform))
    assert seen == [owner.workspace.id]


class Crashing(Decoded):
    """A renderer whose worker dies in the first `deaths` decodes."""

    def __init__(self, deaths, cause="crash"):
        super().__init__()
        self.deaths, self.cause = deaths, cause

    async def ingest(self, source, format_, limits, scratch, *, owner=""):
        if self.calls < self.deaths:
            self.calls += 1
            raise RenderFailed("The render process ended with code -11.", cause=self.cause)
        return await super().ingest(source, format_, limits, scratch, owner=owner)


async def test_a_decode_whose_worker_was_killed_once_is_made_again(platform, owner):
    platform = replace(platform, renderer=Crashing(1))

    stored = await store(platform, owner, upload_of(platform))

    assert (stored.asset.version.facts.width, platform.renderer.calls) == (16, 2)


async def test_a_file_that_kills_two_workers_is_refused_and_leaves_nothing(platform, owner):
    platform = replace(platform, renderer=Crashing(9))

    with pytest.raises(ImageCorrupt, match="crashed its decoder"):
        await store(platform, owner, upload_of(platform))
    assert (await kept(platform), platform.renderer.calls) == (([], []), 2)


async def test_a_decode_that_failed_otherwise_is_not_made_again(platform, owner):
    platform = replace(platform, renderer=Crashing(9, cause="error"))

    with pytest.raises(RenderFailed):
        await store(platform, owner, upload_of(platform))
    assert platform.renderer.calls == 1


async def test_a_drawing_that_makes_the_renderer_abort_is_refused_and_the_next_upload_works(platform, owner):
    pool = PoolRenderer(
        platform.settings, slots=1, scratch=platform.scratch, readable=[platform.scratch.parent]
    )
    platform = replace(platform, renderer=pool)

    with pytest.raises(ImageCorrupt, match="crashed its decoder"):
        await store(platform, owner, upload_of(platform, pictures.svg(TERABYTES)))
    stored = await store(platform, owner, upload_of(platform))
    await pool.close()

    assert stored.asset.version.facts.width == 16


async def test_too_much_metadata_is_refused_before_the_decode(tmp_path):
    platform = replace(await memory_platform(tmp_path, max_metadata_bytes=50), renderer=Decoded())
    caller = await authenticate(platform, None)
    with pytest.raises(Invalid, match="at most 50 bytes in all"):
        await store(platform, caller, upload_of(platform, metadata={"a": "x" * 50}))
    assert platform.renderer.calls == 0


async def test_an_external_id_that_is_there_is_answered_before_the_decode(platform, owner):
    first = await store(platform, owner, upload_of(platform, external_id="x"))
    again = await store(platform, owner, upload_of(platform, external_id="x"))
    assert (again.asset, again.deduplicated) == (first.asset, True)
    assert platform.renderer.calls == 1


async def test_whoever_loses_a_race_for_an_external_id_deletes_his_bytes_and_gets_the_winner(platform, owner):
    decoding = asyncio.Event()
    slow = replace(platform, renderer=Decoded(decoding))
    loser = asyncio.create_task(store(slow, owner, upload_of(platform, external_id="x")))
    await slow.renderer.begun.wait()
    winner = await store(platform, owner, upload_of(platform, external_id="x"))
    decoding.set()
    assert await loser == replace(winner, deduplicated=True)
    assert await kept(platform) == (["original", "mezzanine"], [])


async def test_a_winner_that_is_gone_again_is_a_conflict(platform, owner):
    async def add_asset(asset, clock, quota):
        raise ExternalIdTaken

    lost = replace(platform, catalog=Wrapped(platform.catalog, add_asset=add_asset))
    with pytest.raises(ExternalIdTaken):
        await store(lost, owner, upload_of(platform, external_id="x"))
    assert await kept(platform) == ([], [])


async def test_a_row_that_cannot_be_kept_takes_its_bytes_with_it(platform, owner):
    async def add_asset(asset, clock, quota):
        raise StorageFailed

    broken = replace(platform, catalog=Wrapped(platform.catalog, add_asset=add_asset))
    with pytest.raises(StorageFailed):
        await store(broken, owner, upload_of(platform))
    assert await kept(platform) == ([], [])


async def test_a_commit_that_took_effect_and_whose_answer_got_lost_keeps_its_bytes(platform, owner):
    async def add_asset(asset, clock, quota):
        await platform.catalog.add_asset(asset, clock, quota)
        raise StorageFailed("The database did not answer.")

    broken = replace(platform, catalog=Wrapped(platform.catalog, add_asset=add_asset))
    with pytest.raises(StorageFailed):
        await store(broken, owner, upload_of(platform))
    assert await kept(platform) == (["original", "mezzanine"], [])


async def test_bytes_stay_when_the_catalog_cannot_tell_whether_they_have_a_row(platform, owner):
    async def fail(*_):
        raise StorageFailed

    broken = replace(platform, catalog=Wrapped(platform.catalog, add_asset=fail, known_versions=fail))
    with pytest.raises(StorageFailed):
        await store(broken, owner, upload_of(platform))
    assert (await kept(platform))[0] == ["original", "mezzanine"]


async def test_a_mezzanine_that_cannot_be_stored_takes_the_original_with_it(platform, owner):
    async def put(key, source, *, durable=True):
        if key.endswith("mezzanine"):
            raise StorageFailed
        await platform.blobs.put(key, source, durable=durable)

    with pytest.raises(StorageFailed):
        await store(replace(platform, blobs=Wrapped(platform.blobs, put=put)), owner, upload_of(platform))
    assert await kept(platform) == ([], [])


async def test_whoever_leaves_during_the_decode_leaves_nothing(platform, owner):
    endless = replace(platform, renderer=Decoded(asyncio.Event()))
    storing = asyncio.create_task(store(endless, owner, upload_of(platform)))
    await endless.renderer.begun.wait()
    storing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert await kept(platform) == ([], [])


async def test_whoever_leaves_while_the_row_is_written_leaves_bytes_and_row(platform, owner):
    writing, go_on = asyncio.Event(), asyncio.Event()

    async def add_asset(asset, clock, quota):
        writing.set()
        await go_on.wait()
        return await platform.catalog.add_asset(asset, clock, quota)

    slow = replace(platform, catalog=Wrapped(platform.catalog, add_asset=add_asset))
    storing = asyncio.create_task(store(slow, owner, upload_of(platform)))
    await writing.wait()
    for _ in range(3):  # a server that shuts down cancels more than once
        storing.cancel()
        await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert await kept(platform) == (["original", "mezzanine"], [])
    assert len(await platform.catalog.version_ids()) == 1
