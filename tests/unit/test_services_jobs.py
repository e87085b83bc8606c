"""The handlers: what each leaves behind, after once as after twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.cache.disk import DiskCache
from calotype.domain.assets import Asset, Facts, Moderation, Version, blob_prefix
from calotype.domain.formats import Format
from calotype.errors import MailFailed, NotConfigured
from calotype.ports import Job, Mail
from calotype.services import jobs
from calotype.services.workspaces import find
from platforms import Wrapped, memory_platform

NOW = datetime(2024, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FACTS = Facts(Format.JPEG, 1, 1)


def id_of(number):
    return f"{number:024x}"


@pytest.fixture
async def platform(tmp_path):
    platform = await memory_platform(tmp_path)
    return replace(platform, cache=DiskCache(tmp_path / "cache", 1_000_000))


async def put(platform, number, **fields):
    """Put an image with bytes in every tier below memory."""
    owner = await find(platform, "default")
    id_ = id_of(number)
    asset = Asset(id_, owner.id, "a.jpg", "/", f"{id_}.jpg", Version(id_, 5, "", FACTS), NOW, NOW)
    asset = await platform.catalog.add_asset(replace(asset, **fields), platform.clock)
    for name in ("original", "mezzanine", "delivered", "variants/k"):
        body = platform.scratch / "body"
        body.write_bytes(b"bytes")
        await platform.blobs.put(f"{blob_prefix(owner.id, id_)}{name}", body)
    await platform.cache.put(id_, "k", b"variant")
    return asset


async def tiers(platform):
    """List which versions have bytes in the blob store, and which assets on the disk."""
    blobs = {int(blob.key.split("/")[2], 16) async for blob in platform.blobs.list()}
    return sorted(blobs), sorted(int(id_, 16) for id_ in await platform.cache.assets())


async def run(platform):
    return await platform.jobs.run(jobs.handlers(platform))


async def test_the_sweep_deletes_what_has_expired_from_every_tier_and_nothing_else(platform):
    await put(platform, 1, expires_at=NOW + HOUR)
    await put(platform, 2, expires_at=NOW + 3 * HOUR)
    await put(platform, 3)
    platform.clock.move(hours=2)
    await platform.jobs.enqueue(Job("expire/1", "expire", {}))
    await run(platform)
    assert await tiers(platform) == ([2, 3], [2, 3])
    assert await platform.catalog.known_versions([id_of(1), id_of(2), id_of(3)]) == {id_of(2), id_of(3)}


async def test_the_sweep_goes_on_until_nothing_is_left(platform, monkeypatch):
    monkeypatch.setattr(jobs, "SWEPT_AT_ONCE", 2)
    for number in range(1, 6):
        await put(platform, number, expires_at=NOW + HOUR)
    platform.clock.move(hours=1)
    await platform.jobs.enqueue(Job("expire/1", "expire", {}))
    assert await run(platform) == 4
    assert await tiers(platform) == ([], [])


async def test_what_has_expired_gives_its_storage_back_and_is_an_event(platform):
    asset = await put(platform, 1, expires_at=NOW + HOUR)
    seen = await platform.catalog.last_event()
    platform.clock.move(hours=1)
    await platform.jobs.enqueue(Job("expire/1", "expire", {}))
    await run(platform)
    usage = await platform.meter.usage(asset.workspace_id, platform.clock())
    assert (usage.stored, usage.stored_bytes) == (0, 0)
    events = await platform.catalog.events_after(seen)
    assert [(event.kind, event.asset_id) for event in events] == [("asset.deleted", asset.id)]


async def test_what_is_locked_outlives_its_time_until_it_is_cleared(platform):
    await put(platform, 1, expires_at=NOW + HOUR, moderation=Moderation.LOCKED)
    await put(platform, 2, expires_at=NOW + HOUR, moderation=Moderation.BLOCKED)
    platform.clock.move(hours=1)
    await platform.jobs.enqueue(Job("expire/1", "expire", {}))
    await run(platform)
    assert await tiers(platform) == ([1], [1])


async def test_a_purge_that_is_run_twice_is_as_one_that_is_run_once(platform):
    await put(platform, 2)
    (job,) = jobs.purge_of([await put(platform, 1)])
    for _ in range(2):
        await jobs.handlers(platform)[job.name](job)
        assert await tiers(platform) == ([2], [2])


async def test_a_purge_that_is_cut_off_is_finished_by_the_next(platform):
    (job,) = jobs.purge_of([await put(platform, number) for number in (1, 2, 3)])
    begun = asyncio.Event()

    async def hang(prefix):
        if id_of(2) in prefix:
            begun.set()
            await asyncio.Event().wait()
        return await platform.blobs.delete_prefix(prefix)

    stuck = replace(platform, blobs=Wrapped(platform.blobs, delete_prefix=hang))
    task = asyncio.create_task(jobs.handlers(stuck)[job.name](job))
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert 2 in (await tiers(platform))[0]
    await jobs.handlers(platform)[job.name](job)
    assert await tiers(platform) == ([], [])


def test_nothing_that_is_gone_needs_no_job():
    assert jobs.purge_of([]) == []


class Outgoing:
    def __init__(self):
        self.sent = []

    async def send(self, mail):
        self.sent.append(mail)


async def test_a_mail_reaches_the_mailer_as_it_was_written(platform):
    outgoing = replace(platform, mailer=Outgoing())
    mail = Mail("æ@example.com", "Hello", "https://img.example/verify?token=secret", "<p>Hello</p>")
    await outgoing.jobs.enqueue(jobs.mail_job(outgoing, mail))
    await run(outgoing)
    assert outgoing.mailer.sent == [mail]


@pytest.mark.parametrize("final", [True, False])
async def test_a_mail_that_is_refused_for_good_is_tried_once(platform, final):
    class Refusing:
        async def send(self, mail):
            raise MailFailed(final=final)

    refused = replace(platform, mailer=Refusing())
    await refused.jobs.enqueue(jobs.mail_job(refused, Mail("a@example.com", "Hello", "Hello")))
    with nullcontext() if final else pytest.raises(MailFailed):
        await run(refused)
    assert len(platform.jobs.waiting) == (0 if final else 1)


async def test_a_mail_that_comes_too_late_is_given_up(platform):
    outgoing = replace(platform, mailer=Outgoing())
    mail = Mail("a@example.com", "Hello", "the code is 123456")
    await outgoing.jobs.enqueue(jobs.mail_job(outgoing, mail, timedelta(minutes=10)))
    platform.clock.move(minutes=10)
    assert await run(outgoing) == 1
    assert outgoing.mailer.sent == []


async def test_what_a_mail_says_is_not_to_be_read_in_its_job(platform):
    job = jobs.mail_job(platform, Mail("a@example.com", "Hello", "the code is 123456"))
    assert "123456" not in str(job)
    assert "a@example.com" not in str(job)
    with pytest.raises(NotConfigured):
        await jobs.handlers(replace(platform, secret_key="cd" * 32))["mail"](job)


async def test_one_process_works_and_another_takes_over_when_it_ends(platform, monkeypatch):
    monkeypatch.setattr(jobs, "ASKING_S", 0.001)
    monkeypatch.setattr(jobs, "REST_S", 0.001)
    working = asyncio.Queue()

    class Working:
        def __init__(self, name):
            self.name = name

        async def prepare(self):
            """Nothing takes a moment."""

        async def enqueue(self, job):
            """No sweep."""

        async def work(self, handlers):
            working.put_nowait(self.name)
            await asyncio.Event().wait()

    first, second = (
        asyncio.create_task(jobs.keep_working(replace(platform, jobs=Working(name)))) for name in "ab"
    )
    assert await working.get() == "a"
    await asyncio.sleep(0.01)
    assert working.empty()
    first.cancel()
    assert await working.get() == "b"
    second.cancel()
    await asyncio.wait([first, second])


async def test_the_sweep_is_enqueued_once_a_minute_whoever_ticks(platform):
    for _ in range(2):
        task = asyncio.create_task(jobs.keep_working(platform))
        while not await asyncio.sleep(0, platform.jobs._known):
            pass
        task.cancel()
        await asyncio.wait([task])
    assert platform.jobs._known == {"expire/28401120"}


@pytest.mark.parametrize("module", ["calotype.cli", "calotype.app", "calotype.adapters.rendering.worker"])
def test_neither_commands_nor_workers_import_what_runs_the_jobs(module):
    check = f"import sys, {module}; sys.exit('dbos' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
