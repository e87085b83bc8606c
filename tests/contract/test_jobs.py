"""Every port of jobs runs what was enqueued, once it is committed, and keeps at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from calotype.adapters.catalog import Stores, open_stores
from calotype.adapters.jobs import MemoryJobs, tables
from calotype.ports import Handler, Job
from catalog_rows import HOME, NOW, at, picture

LONG_S = 20


@pytest.fixture
async def stores(any_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stores]:
    monkeypatch.setattr("calotype.adapters.jobs.worker.POLL_S", 0.05)
    monkeypatch.setattr("calotype.adapters.jobs.worker.FIRST_RETRY_S", 0.01)
    stores = await open_stores(any_url)
    await stores.catalog.add_workspace(HOME)
    yield stores
    await stores.jobs.close()
    await stores.catalog.close()


@asynccontextmanager
async def working(stores: Stores, handlers: Mapping[str, Handler]) -> AsyncIterator[None]:
    task = asyncio.create_task(stores.jobs.work(handlers))
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class Notebook:
    """Notes the jobs that come, until as many came as were awaited; the first *failing* fail."""

    def __init__(self, failing: int = 0) -> None:
        self.jobs: list[Job] = []
        self.failing = failing
        self._came = asyncio.Condition()

    async def __call__(self, job: Job) -> None:
        async with self._came:
            self.jobs.append(job)
            self._came.notify_all()
        if len(self.jobs) <= self.failing:
            raise OSError("not yet")

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(LONG_S), self._came:
            await self._came.wait_for(lambda: len(self.jobs) >= count)


async def test_a_job_runs_with_its_payload(stores: Stores):
    notebook, job = Notebook(), Job("a", "note", {"to": "æ", "many": [1, None, {"deep": True}]})
    await stores.jobs.enqueue(job)
    async with working(stores, {"note": notebook}):
        await notebook.wait(1)
    assert notebook.jobs == [job]


async def test_jobs_enqueued_while_others_run_are_run_too(stores: Stores):
    notebook = Notebook()
    async with working(stores, {"note": notebook}):
        for id_ in ("a", "b", "c"):
            await stores.jobs.enqueue(Job(id_, "note", {}))
        await notebook.wait(3)
    assert {job.id for job in notebook.jobs} == {"a", "b", "c"}


async def test_a_job_of_a_known_id_is_not_run_again(stores: Stores):
    notebook = Notebook()
    for id_ in ("a", "a", "b", "a"):
        await stores.jobs.enqueue(Job(id_, "note", {}))
    async with working(stores, {"note": notebook}):
        await notebook.wait(2)
        await stores.jobs.enqueue(Job("a", "note", {}))
        await stores.jobs.enqueue(Job("c", "note", {}))
        await notebook.wait(3)
    assert sorted(job.id for job in notebook.jobs) == ["a", "b", "c"]


async def test_those_for_which_nobody_waits_let_the_others_go_first(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
):
    if isinstance(stores.jobs, MemoryJobs):
        pytest.skip("memory keeps the order in which they came")
    monkeypatch.setattr("calotype.adapters.jobs.worker.AT_ONCE", 1)
    notebook = Notebook()
    for id_, bulk in (("many", True), ("more", True), ("one", False)):
        await stores.jobs.enqueue(Job(id_, "note", {}, bulk=bulk))
    async with working(stores, {"note": notebook}):
        await notebook.wait(3)
    assert [job.id for job in notebook.jobs] == ["one", "many", "more"]


async def test_a_handler_that_raises_is_called_again_with_the_same_job(stores: Stores):
    notebook, job = Notebook(failing=2), Job("a", "note", {"n": 1})
    async with working(stores, {"note": notebook}):
        await stores.jobs.enqueue(job)
        await notebook.wait(1)
        for id_ in "bcd":  # what is kept in memory is tried again when another comes
            await stores.jobs.enqueue(Job(id_, "other", {}))
            await asyncio.sleep(0)
        await notebook.wait(3)
    assert notebook.jobs == [job, job, job]


async def test_what_is_cut_off_is_run_again_by_the_next_who_works(stores: Stores):
    begun, notebook = asyncio.Event(), Notebook()

    async def never_ending(job: Job) -> None:
        begun.set()
        await asyncio.Event().wait()

    await stores.jobs.enqueue(Job("a", "note", {}))
    async with working(stores, {"note": never_ending}), asyncio.timeout(LONG_S):
        await begun.wait()
    async with working(stores, {"note": notebook}):
        await notebook.wait(1)
    assert notebook.jobs == [Job("a", "note", {})]


async def test_a_deletion_and_its_job_are_stored_together(stores: Stores):
    await stores.catalog.add_asset(picture(1), at(NOW))
    notebook = Notebook()
    await stores.catalog.delete_asset(
        HOME.id, picture(1).id, NOW, lambda gone: [Job(f"gone/{asset.id}", "note", {}) for asset in gone]
    )
    async with working(stores, {"note": notebook}):
        await notebook.wait(1)
    assert notebook.jobs == [Job(f"gone/{picture(1).id}", "note", {})]


async def test_a_deletion_that_fails_leaves_the_rows_and_no_job(stores: Stores):
    await stores.catalog.add_asset(picture(1), at(NOW))
    jobs = [Job("first", "note", {}), Job("second", "note", {"no": object()})]
    if isinstance(stores.jobs, MemoryJobs):
        pytest.skip("memory stores whatever it is given")
    with pytest.raises(TypeError):
        await stores.catalog.delete_asset(HOME.id, picture(1).id, NOW, lambda _: jobs)
    assert await stores.catalog.asset(picture(1).id, NOW) is not None
    notebook = Notebook()
    await stores.jobs.enqueue(Job("third", "note", {}))
    async with working(stores, {"note": notebook}):
        await notebook.wait(1)
    assert [job.id for job in notebook.jobs] == ["third"]


async def test_who_is_stopped_while_beginning_leaves_the_jobs_to_the_next(stores: Stores):
    await stores.jobs.enqueue(Job("a", "note", {}))
    first, second = Notebook(), Notebook()
    for _ in range(3):
        task = asyncio.create_task(stores.jobs.work({"note": first}))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    if not first.jobs:
        async with working(stores, {"note": second}):
            await second.wait(1)
    assert len(first.jobs + second.jobs) == 1


async def test_what_is_remembered_of_jobs_that_ended_is_forgotten_in_time(any_url: str, stores: Stores):
    if any_url == "memory:":
        pytest.skip("memory keeps nothing of them but their ids")
    notebook = Notebook()
    await stores.jobs.enqueue(Job("a", "note", {"secret": "x"}))
    async with working(stores, {"note": notebook}):
        await notebook.wait(1)
        assert await stores.jobs.forget(datetime.now(UTC) - timedelta(hours=1)) == 0
        async with asyncio.timeout(LONG_S):
            while not await stores.jobs.forget(datetime.now(UTC) + timedelta(hours=1)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # its end is written a moment after its handler has returned
        assert await stores.jobs.forget(datetime.now(UTC) + timedelta(hours=1)) == 0


def test_the_version_of_the_tables_is_that_of_the_installed_library():
    from dbos._migration import get_dbos_migrations, sqlite_migrations

    assert len(sqlite_migrations) == tables.TABLES
    assert len(get_dbos_migrations("dbos", use_listen_notify=True, is_cockroach=False)) == tables.TABLES
