"""One suite over every memory of idempotency keys. One fact for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.catalog import open_stores
from calotype.ports import Attempt, RequestsSeen
from catalog_rows import AWAY, HOME

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
TOMORROW = NOW + timedelta(hours=24)

FIRST = Attempt(HOME.id, "k", "f", "a" * 24, "me", SOON, TOMORROW)
AGAIN = replace(FIRST, reserved_id="b" * 24, holder="you", held_until=SOON + timedelta(seconds=30))


@pytest.fixture
async def seen(any_url: str) -> AsyncIterator[RequestsSeen]:
    """The memory of each kind of database, with two workspaces."""
    stores = await open_stores(any_url)
    await stores.catalog.add_workspace(HOME)
    await stores.catalog.add_workspace(AWAY)
    yield stores.requests_seen
    await stores.catalog.close()


async def test_a_new_key_is_the_claimants(seen: RequestsSeen):
    assert await seen.claim(FIRST, NOW) == FIRST


async def test_a_key_that_is_held_is_not_handed_on(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    assert await seen.claim(AGAIN, NOW) == FIRST


async def test_of_many_claims_at_once_one_wins(seen: RequestsSeen):
    claims = [replace(FIRST, holder=str(n), reserved_id=f"{n:024}") for n in range(20)]
    winners = {attempt.holder for attempt in await asyncio.gather(*(seen.claim(c, NOW) for c in claims))}
    assert len(winners) == 1


async def test_a_dead_attempt_at_the_same_request_is_taken_over_with_its_reserved_id(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    assert await seen.claim(AGAIN, SOON) == replace(AGAIN, reserved_id=FIRST.reserved_id)


async def test_of_many_that_take_over_at_once_one_wins(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    claims = [replace(AGAIN, holder=str(n)) for n in range(20)]
    winners = {attempt.holder for attempt in await asyncio.gather(*(seen.claim(c, SOON) for c in claims))}
    assert len(winners) == 1


async def test_a_dead_attempt_at_another_request_is_shown(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    assert await seen.claim(replace(AGAIN, fingerprint="g"), SOON) == FIRST


async def test_an_outcome_is_remembered_after_the_hold(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.finish(FIRST, FIRST.reserved_id)
    assert await seen.claim(AGAIN, SOON) == replace(FIRST, asset_id=FIRST.reserved_id)


async def test_after_its_time_a_key_is_as_new(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.finish(FIRST, FIRST.reserved_id)
    later = replace(AGAIN, fingerprint="g", expires_at=TOMORROW + timedelta(hours=24))
    assert await seen.claim(later, TOMORROW) == later


async def test_a_holder_holds_for_longer(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    assert await seen.hold(FIRST, AGAIN.held_until)
    assert (await seen.claim(AGAIN, SOON)).holder == "me"


async def test_a_holder_lets_go(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    assert await seen.hold(FIRST, NOW)
    assert (await seen.claim(AGAIN, NOW)).holder == "you"


async def test_who_was_replaced_holds_nothing(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.claim(AGAIN, SOON)
    assert not await seen.hold(FIRST, SOON + timedelta(hours=1))


async def test_who_was_replaced_may_still_note_the_image_of_the_reserved_id(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.claim(AGAIN, SOON)
    await seen.finish(FIRST, FIRST.reserved_id)
    assert (await seen.claim(AGAIN, SOON)).asset_id == FIRST.reserved_id


async def test_a_dead_attempt_can_be_forgotten(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.forget(FIRST, SOON)
    other = replace(AGAIN, fingerprint="g")
    assert await seen.claim(other, SOON) == other


async def test_a_living_attempt_is_not_forgotten(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.forget(FIRST, NOW)
    assert await seen.claim(AGAIN, NOW) == FIRST


async def test_an_outcome_is_not_forgotten(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.finish(FIRST, FIRST.reserved_id)
    await seen.forget(FIRST, SOON)
    assert (await seen.claim(AGAIN, SOON)).asset_id == FIRST.reserved_id


async def test_what_another_took_over_is_not_forgotten(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    await seen.claim(AGAIN, SOON)
    await seen.forget(FIRST, TOMORROW - timedelta(hours=1))
    assert (await seen.claim(FIRST, SOON)).holder == "you"


async def test_workspaces_have_keys_of_their_own(seen: RequestsSeen):
    await seen.claim(FIRST, NOW)
    theirs = replace(AGAIN, workspace_id=AWAY.id)
    assert await seen.claim(theirs, NOW) == theirs
