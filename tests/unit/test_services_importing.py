"""Imports: what was fetched becomes an asset as if it had been sent, and nothing is left of what failed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

import pictures
from calotype.adapters.fetching import MemoryFetcher
from calotype.errors import (
    FetchFailed,
    FileTooLarge,
    ImportFailed,
    RenderFailed,
    StorageFailed,
    UnsupportedType,
)
from calotype.services.access import authenticate
from calotype.services.admission import Admission
from calotype.services.importing import import_image, name_in
from platforms import key_for, memory_platform

URL = "https://pictures.example/trips/lake%20%26%20dawn.jpg?size=large#top"
PHOTO = pictures.jpeg(16, 12)
ROOM = Admission(1_000_000, "CALOTYPE_MAX_UPLOAD_BYTES")


class Broken:
    """A port of which every method fails with *error*."""

    def __init__(self, error):
        self._error = error

    def __getattr__(self, name):
        async def fail(*_, **__):
            raise self._error

        return fail


@pytest.fixture
async def platform(tmp_path):
    return replace(await memory_platform(tmp_path), fetcher=MemoryFetcher({URL: PHOTO}))


@pytest.fixture
async def owner(platform):
    return await authenticate(platform, f"Bearer {await key_for(platform)}")


async def left_of(platform):
    return [blob.key async for blob in platform.blobs.list()] + [*platform.scratch.iterdir()]


async def test_an_import_keeps_where_it_came_from_and_is_named_by_it(platform, owner):
    asset = (await import_image(platform, owner, ROOM, URL, {})).asset
    assert (asset.name, asset.source_url) == ("lake & dawn.jpg", URL)
    assert [*platform.scratch.iterdir()] == []


async def test_what_its_sender_says_of_it_is_kept_as_of_an_upload(platform, owner):
    described = {"name": "mine.jpg", "tags": ("a",), "namespace": "ns", "metadata": {"b": "c"}}
    asset = (await import_image(platform, owner, ROOM, URL, described)).asset
    assert (asset.name, asset.tags, asset.namespace, asset.metadata) == ("mine.jpg", ("a",), "ns", {"b": "c"})


async def test_what_an_external_id_has_already_is_not_fetched_again(platform, owner):
    first = await import_image(platform, owner, ROOM, URL, {"external_id": "e"})
    offline = replace(platform, fetcher=MemoryFetcher())
    second = await import_image(offline, owner, ROOM, URL, {"external_id": "e"})
    assert (second.asset, second.deduplicated) == (first.asset, True)


async def test_strangers_share_no_external_ids(platform):
    nobody = await authenticate(platform, None)
    first = await import_image(platform, nobody, ROOM, URL, {"external_id": "e"})
    second = await import_image(platform, nobody, ROOM, URL, {"external_id": "e"})
    assert first.asset.id != second.asset.id
    assert second.asset.external_id is None


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (b"<!DOCTYPE html><title>Not found</title>", UnsupportedType),
        (PHOTO + bytes(1_000_000), FileTooLarge),
        (FetchFailed(), FetchFailed),
    ],
)
async def test_what_is_refused_leaves_nothing(platform, owner, page, error):
    world = replace(platform, fetcher=MemoryFetcher({URL: page}))
    with pytest.raises(error):
        await import_image(world, owner, ROOM, URL, {})
    assert await left_of(platform) == []


@pytest.mark.parametrize(
    ("port", "cause"),
    [("blobs", StorageFailed("full")), ("renderer", RenderFailed("timed out", cause="timeout"))],
)
async def test_what_fails_here_is_our_failure_to_import_and_keeps_its_cause(platform, owner, port, cause):
    with pytest.raises(ImportFailed) as caught:
        await import_image(replace(platform, **{port: Broken(cause)}), owner, ROOM, URL, {})
    assert caught.value.__cause__ is cause
    assert await left_of(platform) == []


async def test_an_import_that_is_given_up_in_mid_fetch_leaves_nothing(platform, owner):
    begun = asyncio.Event()

    class Slow(MemoryFetcher):
        async def fetch(self, url, sink):
            sink.write(memoryview(PHOTO))
            begun.set()
            await asyncio.Event().wait()

    importing = asyncio.create_task(import_image(replace(platform, fetcher=Slow()), owner, ROOM, URL, {}))
    await begun.wait()
    importing.cancel()
    await asyncio.gather(importing, return_exceptions=True)
    assert await left_of(platform) == []


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/photo.jpg", "photo.jpg"),
        ("https://a.example/b/c/photo.jpg?d=/e.png#/f.gif", "photo.jpg"),
        ("https://a.example/b%2Fc.jpg", "b/c.jpg"),
        ("https://a.example/%ff%00.jpg", "\ufffd\0.jpg"),
        ("https://a.example/200", "200"),
        ("https://a.example/b/", ""),
        ("https://a.example", ""),
        ("https://a.example?b/c.jpg", ""),
    ],
)
def test_a_url_names_what_it_leads_to_by_the_last_part_of_its_path(url, name):
    assert name_in(url) == name
