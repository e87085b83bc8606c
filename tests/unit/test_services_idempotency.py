"""Idempotency in the services: whatever dies, and wherever, an image is made once."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta

import pytest

from calotype.domain.assets import blob_prefix
from calotype.errors import IdempotencyConflict, IdempotencyInProgress, StorageFailed
from calotype.ports import AssetQuery, Platform
from calotype.services import idempotency
from calotype.services.access import Caller, authenticate
from calotype.services.idempotency import Repeatable, fingerprint_of, once
from calotype.services.uploads import Stored, Upload, store
from pictures import jpeg
from platforms import Wrapped, key_for, memory_platform

ASKED = Repeatable("k", fingerprint_of("/v1/images", [], "f"))
OTHER = Repeatable("k", fingerprint_of("/v1/images", [], "g"))


class Died(BaseException):
    """The process is gone: what handles errors, handles no power cut."""


@pytest.fixture
async def platform(tmp_path) -> Platform:
    return await memory_platform(tmp_path)


@pytest.fixture
async def owner(platform) -> Caller:
    return await authenticate(platform, f"Bearer {await key_for(platform)}")


def making(platform, caller, *, dying_after=False, made=None):
    async def make(asset_id: str) -> Stored:
        path = platform.scratch / asset_id
        path.write_bytes(jpeg(64, 48))
        upload = Upload(path, path.stat().st_size, "0" * 64, path.read_bytes()[:512], "a.jpg")
        stored = await store(platform, caller, upload, asset_id)
        if made is not None:
            made.append(asset_id)
        if dying_after:
            raise Died
        return stored

    return make


async def dying(platform: Platform, caller: Caller, request: Repeatable = ASKED, **how: bool) -> None:
    """Let a process die in mid-request: nothing that it would do on its way out happens."""
    lost = Wrapped(platform.requests_seen, hold=_nothing, finish=_nothing)
    right = platform.requests_seen
    object.__setattr__(platform, "requests_seen", lost)
    with pytest.raises(Died):
        await once(platform, caller, "", request, making(platform, caller, **how) if how else _die)
    object.__setattr__(platform, "requests_seen", right)


async def _nothing(*_: object) -> bool:
    return True


async def _die(_: str) -> Stored:
    raise Died


async def images(platform: Platform, caller: Caller) -> int:
    return len(await platform.catalog.assets(AssetQuery(caller.workspace.id, platform.clock())))


async def test_a_death_between_the_images_commit_and_the_answer_makes_no_second_image(platform, owner):
    await dying(platform, owner, dying_after=True)
    again = await once(platform, owner, "", ASKED, making(platform, owner))
    assert (again.replayed, again.deduplicated) == (True, False)
    assert await images(platform, owner) == 1


async def test_a_death_before_the_commit_holds_the_key_for_half_a_minute(platform, owner):
    await dying(platform, owner)
    with pytest.raises(IdempotencyInProgress):
        await once(platform, owner, "", ASKED, making(platform, owner))
    platform.clock.move(seconds=30)
    assert not (await once(platform, owner, "", ASKED, making(platform, owner))).replayed


async def test_what_the_dead_had_stored_is_written_over(platform, owner, tmp_path):
    await dying(platform, owner)
    platform.clock.move(seconds=30)
    [attempt] = platform.requests_seen._seen.values()
    prefix = blob_prefix(owner.workspace.id, attempt.reserved_id)
    for part in ("original", "mezzanine"):
        (tmp_path / part).write_bytes(b"of another picture")
        await platform.blobs.put(prefix + part, tmp_path / part)
    made = await once(platform, owner, "", ASKED, making(platform, owner))
    stored = b"".join([chunk async for chunk in platform.blobs.read(f"{prefix}original")])
    assert hashlib.sha256(stored).hexdigest() == hashlib.sha256(jpeg(64, 48)).hexdigest()
    assert not made.asset.version.facts.mezzanine  # so that the other's is never looked for


async def test_a_dead_request_stands_in_no_other_requests_way(platform, owner):
    await dying(platform, owner)
    platform.clock.move(seconds=30)
    assert not (await once(platform, owner, "", OTHER, making(platform, owner))).replayed


async def test_a_dead_request_that_left_its_image_does(platform, owner):
    await dying(platform, owner, dying_after=True)
    platform.clock.move(seconds=30)
    with pytest.raises(IdempotencyConflict):
        await once(platform, owner, "", OTHER, making(platform, owner))


async def test_two_that_both_think_the_key_theirs_make_one_image(platform, owner):
    one = _Paused(making(platform, owner))
    first = asyncio.create_task(once(platform, owner, "", ASKED, one.make))
    await one.begun.wait()
    platform.clock.move(seconds=30)  # it was asleep for so long that it seems dead
    second = await once(platform, owner, "", ASKED, making(platform, owner))
    one.go_on.set()
    with pytest.raises(Exception, match=r".") as refused:
        await first
    assert isinstance(refused.value, StorageFailed)
    assert await images(platform, owner) == 1
    assert (await once(platform, owner, "", ASKED, making(platform, owner))).asset.id == second.asset.id


class _Paused:
    """Something to be made that waits until it may begin."""

    def __init__(self, make):
        self._make = make
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def make(self, asset_id: str) -> Stored:
        self.begun.set()
        await self.go_on.wait()
        return await self._make(asset_id)


async def test_a_cancelled_request_lets_its_key_go(platform, owner):
    one = _Paused(making(platform, owner))
    first = asyncio.create_task(once(platform, owner, "", ASKED, one.make))
    await one.begun.wait()
    first.cancel()
    await asyncio.wait([first])
    assert not (await once(platform, owner, "", ASKED, making(platform, owner))).replayed


async def test_whoever_works_long_keeps_the_key(platform, owner, monkeypatch):
    monkeypatch.setattr(idempotency, "RENEW_S", 0)
    one = _Paused(making(platform, owner))
    first = asyncio.create_task(once(platform, owner, "", ASKED, one.make))
    await one.begun.wait()
    platform.clock.move(seconds=29)
    [held] = platform.requests_seen._seen.values()
    while held.held_until < platform.clock() + timedelta(seconds=30):
        await asyncio.sleep(0)
        [held] = platform.requests_seen._seen.values()
    platform.clock.move(seconds=29)
    with pytest.raises(IdempotencyInProgress):
        await once(platform, owner, "", ASKED, making(platform, owner))
    one.go_on.set()
    await first


async def test_an_outcome_that_cannot_be_noted_is_found_all_the_same(platform, owner):
    async def away(*_: object) -> None:
        raise StorageFailed

    right = platform.requests_seen
    object.__setattr__(platform, "requests_seen", Wrapped(right, finish=away))
    first = await once(platform, owner, "", ASKED, making(platform, owner))
    object.__setattr__(platform, "requests_seen", right)
    assert (await once(platform, owner, "", ASKED, making(platform, owner))).asset.id == first.asset.id


async def test_a_commit_whose_answer_was_lost_is_found(platform, owner):
    async def add_asset(*args, **kwargs):
        await right.add_asset(*args, **kwargs)
        raise StorageFailed

    right = platform.catalog
    object.__setattr__(platform, "catalog", Wrapped(right, add_asset=add_asset))
    with pytest.raises(StorageFailed):
        await once(platform, owner, "", ASKED, making(platform, owner))
    object.__setattr__(platform, "catalog", right)
    assert (await once(platform, owner, "", ASKED, making(platform, owner))).replayed
    assert await images(platform, owner) == 1


async def test_strangers_of_different_networks_share_no_key(platform):
    nobody = await authenticate(platform, None)
    one = await once(platform, nobody, "192.0.2.1", ASKED, making(platform, nobody))
    two = await once(platform, nobody, "192.0.2.2", ASKED, making(platform, nobody))
    assert one.asset.id != two.asset.id


def test_a_fingerprint_knows_structure_from_text():
    prints = {fingerprint_of(*asked) for asked in (["a", "b"], ["ab"], [["a", "b"]], ["a", ["b"]], ["a,b"])}
    assert len(prints) == 5
