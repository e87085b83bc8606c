"""The jobs: which there are, what each does, and how one process comes to do them.

Law: a handler may run twice for the same job, cut off at any point, and what it leaves is the same as after once.

Why so: docs/adr/0027.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import structlog

from calotype.domain.assets import Asset, blob_prefix
from calotype.errors import MailFailed
from calotype.ports import Handler, Job, Mail, Platform
from calotype.services import mezzanines, sealing
from calotype.services.identifiers import new_id

EXPIRE, PURGE_BLOBS, MAIL = "expire", "purge_blobs", "mail"

SWEEP_S = 60
"""How often expired rows are looked for; for everyone else they were gone at their second."""
SWEPT_AT_ONCE = 200
"""Rows that one transaction deletes: it holds the write lock of the database meanwhile."""
PURGED_AT_ONCE = 8
"""Versions whose bytes a process deletes side by side: a remote store answers slowly, but takes many."""
DECODED_AT_ONCE = 1
"""Originals that are decoded side by side for their mezzanines: nobody waits for one, but for the workers many do."""
KEPT = timedelta(hours=1)
"""How long it is remembered that a job has ended: longer than any request that might enqueue it once more."""
ASKING_S = 1.0
REST_S = 4.0
"""A process that does not work asks so long whether it may, and then rests so long: a dead one is replaced by then."""

log = structlog.get_logger("calotype.jobs")


def handlers(platform: Platform) -> Mapping[str, Handler]:
    """Give the table of what each name does."""
    turns = asyncio.Semaphore(PURGED_AT_ONCE)
    return {
        EXPIRE: partial(_expire, platform),
        PURGE_BLOBS: partial(_purge_blobs, platform, turns),
        MAIL: partial(_mail, platform),
        mezzanines.MEZZANINE: partial(mezzanines.make, platform, asyncio.Semaphore(DECODED_AT_ONCE)),
    }


class Place(NamedTuple):
    """Where the bytes of one version lie."""

    workspace_id: str
    asset_id: str
    version_id: str


def place_of(asset: Asset) -> Place:
    """Say where the bytes of *asset* lie."""
    return Place(asset.workspace_id, asset.id, asset.version.id)


def purge_of(gone: Sequence[Asset]) -> Sequence[Job]:
    """Name the job that deletes the bytes of *gone*: none for none. A version is deleted once, and so names it."""
    places = [place_of(asset) for asset in gone]
    if not places:
        return []
    return [Job(f"purge/{places[0].version_id}", PURGE_BLOBS, {"places": places}, bulk=True)]


async def _purge_blobs(platform: Platform, turns: asyncio.Semaphore, job: Job) -> None:
    """Delete the bytes of versions whose rows are gone.

    Raises:
        StorageFailed: some could not be deleted; the others were.
    """

    async def in_turn(place: Place) -> None:
        async with turns:
            await purge(platform, place)

    places = [Place(*place) for place in job.payload["places"]]
    for outcome in await asyncio.gather(*map(in_turn, places), return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def purge(platform: Platform, place: Place) -> None:
    """Delete the bytes at *place*, whose row is gone, from the disk and the store; memory hears of it by the event.

    Raises:
        StorageFailed: they could not be deleted.
    """
    await platform.cache.drop(place.asset_id)
    await platform.blobs.delete_prefix(blob_prefix(place.workspace_id, place.version_id))


async def _expire(platform: Platform, _job: Job) -> None:
    """Delete what has expired, the oldest first, until nothing is left; a job for each batch deletes the bytes."""
    while await platform.expiry.remove_expired(platform.clock(), SWEPT_AT_ONCE, purge_of):
        pass


def mail_job(platform: Platform, mail: Mail, good_for: timedelta = timedelta(days=1)) -> Job:
    """Name the job that sends *mail*, unless it comes too late to be *good_for* anything.

    What it says is sealed: links and codes open doors, and a job is a row.
    """
    job_id = f"mail/{new_id(platform.random)}"
    plain = json.dumps(asdict(mail))
    sealed = sealing.seal(platform.secret_key, platform.random, job_id, plain)
    return Job(job_id, MAIL, {"sealed": sealed, "until": int((platform.clock() + good_for).timestamp())})


def mail_of(secret_key: str, job: Job) -> Mail:
    """Read the mail out of its job.

    Raises:
        NotConfigured: it was sealed with another secret.
    """
    return Mail(**json.loads(sealing.unseal(secret_key, job.id, job.payload["sealed"])))


async def _mail(platform: Platform, job: Job) -> None:
    """Send a mail. One that was taken a moment before a crash is sent twice: no mail server tells them apart."""
    mail = mail_of(platform.secret_key, job)
    if platform.clock().timestamp() >= job.payload["until"]:
        log.info("mail given up", to=mail.to)  # its subject may hold a code
        return
    try:
        await platform.mailer.send(mail)
    except MailFailed as error:
        if not error.final:
            raise
        log.warning("mail refused", to=mail.to, exc_info=error)


async def keep_working(platform: Platform) -> None:
    """Work whenever no other process of this installation does, until cancelled."""
    await platform.jobs.prepare()
    while True:
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(ASKING_S):
                    await stack.enter_async_context(platform.locks.hold("jobs"))
                await _work(platform)
        except TimeoutError:
            pass  # another one works
        except Exception:
            log.exception("jobs stopped")
        await asyncio.sleep(REST_S)


async def _work(platform: Platform) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(platform.jobs.work(handlers(platform)))
        tasks.create_task(_tick(platform))


async def _tick(platform: Platform) -> None:
    """Enqueue the sweep once a minute, whichever process ticks, and forget the jobs that ended long ago."""
    while True:
        try:
            now = platform.clock()
            await platform.jobs.enqueue(Job(f"expire/{int(now.timestamp() // SWEEP_S)}", EXPIRE, {}))
            await asyncio.sleep(SWEEP_S)
            while await platform.jobs.forget(now - KEPT):
                pass
        except Exception:
            log.exception("no sweep")
            await asyncio.sleep(REST_S)
