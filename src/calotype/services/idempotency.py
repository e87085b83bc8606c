"""Requests that must not take effect twice: under an idempotency key an image is made once, however often it is sent.

Law: the id of the image is reserved before anything is stored, and whether there is an image of that id is the truth.
So a process may die anywhere, between its last commit and its answer too: a repetition finds the image, or takes over
the id, which no two images can have.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from calotype.domain.assets import Asset
from calotype.domain.moderation import check_served
from calotype.errors import (
    CalotypeError,
    IdempotencyConflict,
    IdempotencyInProgress,
    IdempotencyRecoveryConflict,
)
from calotype.ports import Attempt, Platform
from calotype.services.access import Caller
from calotype.services.admission import network_of
from calotype.services.completion import to_its_end
from calotype.services.identifiers import new_id, new_word
from calotype.services.uploads import Stored

KEPT = timedelta(hours=24)
HELD_S = 30
"""How long a key stays held by a process that died."""
RENEW_S = 10
RETRY_S = 2
"""When to look again for an image that is being made: most take less than a second."""

Make = Callable[[str], Awaitable[Stored]]
"""Makes the image under the id that it is given, or answers one that was there before."""

log = structlog.get_logger("calotype.idempotency")


@dataclass(frozen=True, slots=True)
class Repeatable:
    """What tells a repetition from another request: the sender's key, and the fingerprint of all that was asked."""

    key: str
    fingerprint: str


def fingerprint_of(*asked: object) -> str:
    """Digest what was *asked*: JSON's values, in which the order of an object's members means nothing."""
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


async def once(
    platform: Platform, caller: Caller, address: str, request: Repeatable | None, make: Make
) -> Stored:
    """*make* an image, or answer the one that the same *request* has made before. Without a key, it is just made.

    Keys are a workspace's own; those of callers without a credential are their network's (*address* is in it).

    Raises:
        IdempotencyConflict: the key stands for another request.
        IdempotencyInProgress: the same request is being answered elsewhere.
        IdempotencyRecoveryConflict: the image has been made, and is gone.
        MediaBlocked: it is served to nobody, nor is it made again.
        Exception: whatever *make* raises; the key is free again then.
    """
    if request is None:
        return await make(new_id(platform.random))
    mine = _attempt(platform, caller, address, request)
    seen = await _claim(platform, mine)
    if seen == mine:
        return await _run(platform, seen, make)
    made = await _made(platform, seen)
    if made is not None:
        return await _replayed(platform, seen, made)
    if seen.asset_id is not None:
        raise IdempotencyRecoveryConflict
    if seen.holder != mine.holder:
        raise IdempotencyInProgress(retry_after=RETRY_S)
    # Taken over from one that failed or died. What it has stored under this id is written over, never deleted: should
    # it come back to life and commit, its row must find bytes.
    return await _run(platform, seen, make)


async def _claim(platform: Platform, mine: Attempt) -> Attempt:
    """Remember the attempt, or find what is remembered of the same request."""
    while True:
        seen = await platform.requests_seen.claim(mine, platform.clock())
        if seen.fingerprint == mine.fingerprint:
            return seen
        if not seen.dead(platform.clock()) or await _made(platform, seen) is not None:
            raise IdempotencyConflict
        # Another request failed or died under this key, and left no image: it stands in nobody's way.
        await platform.requests_seen.forget(seen, platform.clock())


def _attempt(platform: Platform, caller: Caller, address: str, request: Repeatable) -> Attempt:
    now = platform.clock()
    return Attempt(
        workspace_id=caller.workspace.id,
        key=f"{network_of(address)} {request.key}" if caller.anonymous else request.key,
        fingerprint=request.fingerprint,
        reserved_id=new_id(platform.random),
        holder=new_word(platform.random, 24),
        held_until=now + timedelta(seconds=HELD_S),
        expires_at=now + KEPT,
    )


async def _made(platform: Platform, seen: Attempt) -> Asset | None:
    """Find the image that came of an attempt: the one that was noted, or one of the reserved id."""
    return await platform.catalog.asset(seen.asset_id or seen.reserved_id, platform.clock())


async def _replayed(platform: Platform, seen: Attempt, asset: Asset) -> Stored:
    check_served(asset)
    if seen.asset_id is None:
        await platform.requests_seen.finish(seen, asset.id)
    return Stored(asset, deduplicated=asset.id != seen.reserved_id, replayed=True)


async def _run(platform: Platform, attempt: Attempt, make: Make) -> Stored:
    """Make the image while holding the key, and note the outcome; after a failure, let the key go."""
    holding = asyncio.create_task(_hold(platform, attempt))
    try:
        stored = await make(attempt.reserved_id)
    except BaseException:
        await _noted(platform.requests_seen.hold(attempt, platform.clock()))
        raise
    finally:
        holding.cancel()
    await _noted(platform.requests_seen.finish(attempt, stored.asset.id))
    return stored


async def _hold(platform: Platform, attempt: Attempt) -> None:
    """Say again and again that the attempt is alive, until cancelled, or until the key is another's."""
    held = True
    while held:
        await asyncio.sleep(RENEW_S)
        with suppress(CalotypeError):
            until = platform.clock() + timedelta(seconds=HELD_S)
            held = await platform.requests_seen.hold(attempt, until)


async def _noted(work: Coroutine[Any, Any, object]) -> None:
    """Note what became of an attempt. When that fails nothing is lost: the image of the reserved id tells it too."""
    try:
        await to_its_end(work)
    except CalotypeError as error:
        log.warning("outcome not noted", reason=error.message)
