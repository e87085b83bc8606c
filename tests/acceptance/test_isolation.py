"""Untrusted decoding does no harm: real worker processes, tried from the inside and killed from the outside."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

import probes
from calotype.adapters.rendering import jobs, landlock
from calotype.adapters.rendering.pool import PoolRenderer
from calotype.domain.formats import Format
from calotype.errors import Busy, RenderFailed, TooManyPixels
from calotype.ports import IngestLimits
from calotype.settings import Settings

TESTS = Path(probes.__file__).parent

needs_landlock = pytest.mark.skipif(
    landlock.abi() < 4, reason="the kernel has no Landlock with TCP rules (6.7)"
)


@pytest.fixture
async def make_pool(tmp_path) -> AsyncIterator:
    pools = []

    def make(slots: int = 1, *, prepare=probes.nothing, observer=None, **settings: object) -> PoolRenderer:
        pool = PoolRenderer(
            Settings(data_dir=tmp_path / "data", **settings),
            slots=slots,
            scratch=tmp_path / "data" / "scratch",
            readable=[tmp_path / "data" / "blobs", TESTS],
            prepare=prepare,
            observer=observer,
        )
        pools.append(pool)
        return pool

    (tmp_path / "data" / "blobs").mkdir(parents=True)
    yield make
    for pool in pools:
        await pool.close()


async def _cause(job) -> str:
    with pytest.raises(RenderFailed) as failed:
        await job
    return failed.value.cause


# --- what a worker can reach ----------------------------------------------------------------------


async def test_every_measure_holds_on_this_kernel(make_pool):
    held = await make_pool().enforced()

    assert set(held) == {"lifetime", "priority", "memory", "files", "privileges", "landlock", "seccomp"}
    allowed = {"landlock"} if landlock.abi() == 0 else set()
    assert {name for name, how in held.items() if how.startswith("not enforced")} <= allowed


async def test_a_worker_sees_no_secret_of_the_servers_environment(make_pool, monkeypatch):
    monkeypatch.setenv("CALOTYPE_SECRET_KEY", "s3cret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    pool = make_pool(secret_key="s3cret")

    seen = await pool.run(probes.environment)

    allowed = "HOME LANG MALLOC_ARENA_MAX OPENBLAS_NUM_THREADS TMPDIR VIPS_BLOCK_UNTRUSTED VIPS_CONCURRENCY"
    assert seen == allowed.split()


async def test_a_worker_holds_no_descriptor_of_the_server(make_pool, tmp_path):
    with (tmp_path / "database").open("w") as database, socket.socket() as connection:
        os.set_inheritable(database.fileno(), True)
        os.set_inheritable(connection.fileno(), True)

        assert set(await make_pool().run(probes.descriptors)) <= {"pipe", "device", "standard"}


async def test_a_worker_cannot_connect(make_pool):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert await make_pool().run(probes.outcome, "tcp", *server.getsockname()) == "PermissionError"


async def test_a_worker_cannot_make_a_udp_socket_or_start_a_program(make_pool):
    pool = make_pool()

    assert await pool.run(probes.outcome, "udp") == "PermissionError"
    assert await pool.run(probes.outcome, "execute") == "PermissionError"


@needs_landlock
@pytest.mark.parametrize("path", ["/etc/passwd", "/proc/self/environ", "data/secret.key", "data/calotype.db"])
async def test_a_worker_cannot_read_what_is_not_an_image(make_pool, tmp_path, path):
    for name in ("secret.key", "calotype.db"):
        (tmp_path / "data" / name).write_text("secret")

    assert await make_pool().run(probes.outcome, "read", str(tmp_path / path)) == "PermissionError"


async def test_a_worker_can_read_originals_and_write_its_own_folder(make_pool, tmp_path):
    original = tmp_path / "data" / "blobs" / "original"
    original.write_bytes(b"image")
    pool = make_pool()

    assert await pool.run(probes.outcome, "read", str(original)) == "ok"
    assert await pool.run(probes.outcome, "write inside") == "ok"


@needs_landlock
@pytest.mark.parametrize("path", ["data/blobs/new", "data/scratch/new", "outside"])
async def test_a_worker_cannot_write_elsewhere(make_pool, tmp_path, path):
    assert await make_pool().run(probes.outcome, "write", str(tmp_path / path)) == "PermissionError"


@needs_landlock
async def test_a_worker_cannot_make_a_link_that_the_server_would_follow(make_pool, tmp_path):
    assert await make_pool().run(probes.outcome, "link", str(tmp_path)) == "PermissionError"


@pytest.mark.skipif(landlock.abi() < 6, reason="the kernel's Landlock does not scope signals (6.12)")
async def test_a_worker_cannot_signal_the_server(make_pool):
    assert await make_pool().run(probes.outcome, "signal", os.getpid()) == "PermissionError"


async def test_a_worker_that_answers_with_code_runs_none_of_it(make_pool, tmp_path):
    pool = make_pool()

    assert await _cause(pool.run(probes.evil, str(tmp_path / "owned"))) == "crash"
    assert not (tmp_path / "owned").exists()
    assert await pool.run(probes.echo, "next") == "next"


async def test_a_worker_cannot_make_the_server_take_up_a_file_that_is_not_its_own(
    make_pool, tmp_path, monkeypatch
):
    monkeypatch.setattr(jobs, "ingest", probes.steal)
    secret = tmp_path / "data" / "secret.key"
    secret.write_text("secret")

    job = make_pool().ingest(secret, Format.PNG, IngestLimits(1, 1, 1, 1, 1), tmp_path)

    assert await _cause(job) == "crash"
    assert secret.read_text() == "secret"


async def test_what_a_job_leaves_behind_is_gone_before_the_next(make_pool, tmp_path):
    pool = make_pool()

    await pool.run(probes.outcome, "write inside")

    assert [*(tmp_path / "data" / "scratch").glob("worker-*/*")] == []


async def test_a_worker_loads_libvips_and_nothing_of_the_server(make_pool):
    pool = make_pool(prepare=jobs.warm)

    loaded = set(await pool.run(probes.modules))

    assert "pyvips" in loaded
    unwanted = {
        "starlette",
        "uvicorn",
        "sqlalchemy",
        "pydantic_settings",
        "scipy",
        "typer",
        "httpx",
    }
    assert loaded & unwanted == set()


# --- how a worker dies ----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_a_signal_fails_one_job_and_the_next_one_works(make_pool, number):
    pool = make_pool()

    assert await _cause(pool.run(probes.die, number)) == "crash"
    assert await pool.run(probes.echo, 1) == 1


async def test_a_crash_leaves_the_neighbours_job_alone(make_pool):
    pool = make_pool(slots=2)
    neighbour = asyncio.ensure_future(pool.run(probes.sleep, 1.0))
    await pool.run(probes.pid)

    assert await _cause(pool.run(probes.segfault)) == "crash"
    assert await neighbour > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_meant_for_the_server_ends_no_running_job(make_pool, number):
    pool = make_pool()
    worker = await pool.run(probes.pid)
    running = asyncio.ensure_future(pool.run(probes.sleep, 0.5))
    await asyncio.sleep(0.2)

    os.kill(worker, number)

    assert await running == worker


async def test_an_endless_loop_ends_at_its_deadline_and_its_neighbour_finishes(make_pool):
    pool = make_pool(slots=2, render_timeout_s=1)
    endless = asyncio.ensure_future(pool.run(probes.loop))

    assert await pool.run(probes.echo, "neighbour") == "neighbour"
    assert await _cause(endless) == "timeout"
    assert await pool.run(probes.echo, "next") == "next"


async def test_processor_time_is_bounded_by_the_kernel_too(make_pool):
    pool = make_pool()

    assert await _cause(pool.run(probes.loop_with_cpu_budget, 1)) == "timeout"


async def test_a_memory_hog_gets_an_error_and_its_worker_lives_on(make_pool):
    pool = make_pool(render_memory_bytes=1024**3)
    before = await pool.run(probes.pid)

    assert await _cause(pool.run(probes.hog, 2 * 1024**3)) == "memory"
    assert await pool.run(probes.pid) == before


async def test_a_worker_killed_while_idle_fails_nobody(make_pool):
    pool = make_pool()

    os.kill(await pool.run(probes.pid), signal.SIGKILL)

    assert await pool.run(probes.echo, "next") == "next"


async def test_workers_are_replaced_after_their_number_of_jobs(make_pool):
    pool = make_pool(render_recycle=2)

    pids = [await pool.run(probes.pid) for _ in range(6)]

    assert [len(set(pair)) for pair in (pids[0:2], pids[2:4], pids[4:6])] == [1, 1, 1]
    assert len(set(pids)) == 3


async def test_an_error_of_ours_crosses_the_border_intact(make_pool):
    with pytest.raises(TooManyPixels, match="4,128 MP"):
        await make_pool().run(probes.raise_error, TooManyPixels("4,128 MP"))


async def test_any_other_error_is_told_in_words(make_pool):
    with pytest.raises(RenderFailed) as failed:
        await make_pool().run(probes.raise_error, KeyError("/a/path"))

    assert str(failed.value.__cause__) == "KeyError: '/a/path'"
    assert (failed.value.cause, failed.value.message) == ("error", "The image could not be rendered.")


async def test_a_worker_that_cannot_prepare_itself_is_an_error_not_a_wait(make_pool):
    assert await _cause(make_pool(prepare=probes.segfault).run(probes.pid)) == "error"


# --- who may wait ---------------------------------------------------------------------------------


async def test_a_job_that_finds_no_room_is_told_to_come_back(make_pool):
    pool = make_pool(render_queue=1, render_wait_s=5)
    running = asyncio.ensure_future(pool.run(probes.sleep, 0.5))
    queued = asyncio.ensure_future(pool.run(probes.echo, 1))
    await asyncio.sleep(0)

    with pytest.raises(Busy) as busy:
        await pool.run(probes.echo, 2)

    assert busy.value.retry_after == 5
    assert (await queued, await running > 0) == (1, True)


async def test_a_job_that_waits_too_long_is_told_to_come_back(make_pool):
    pool = make_pool(render_wait_s=0.1)
    running = asyncio.ensure_future(pool.run(probes.sleep, 1.0))
    await asyncio.sleep(0)

    with pytest.raises(Busy):
        await pool.run(probes.echo, 1)

    assert await running > 0


async def test_a_caller_that_leaves_does_not_end_its_running_job(make_pool, tmp_path):
    pool = make_pool()
    first = await pool.run(probes.pid)
    leaver = asyncio.ensure_future(pool.run(probes.sleep, 0.5))
    await asyncio.sleep(0.1)

    leaver.cancel()

    assert await pool.run(probes.pid) == first
    assert leaver.cancelled()


async def test_a_caller_that_leaves_while_queued_is_never_run(make_pool, tmp_path):
    observer = Counts()
    pool = make_pool(observer=observer)
    running = asyncio.ensure_future(pool.run(probes.sleep, 0.2))
    queued = asyncio.ensure_future(pool.run(probes.echo, 1))
    await asyncio.sleep(0)

    queued.cancel()
    await running
    await pool.run(probes.echo, 2)

    assert observer.kinds == ["other", "other"]


class Counts:
    def __init__(self) -> None:
        self.kinds: list[str] = []
        self.reasons: list[str] = []
        self.waits = 0

    def queued(self, seconds: float) -> None:
        self.waits += 1

    def rendered(self, seconds: float, kind: str) -> None:
        self.kinds.append(kind)

    def died(self, reason: str) -> None:
        self.reasons.append(reason)


async def test_the_observer_hears_of_waits_and_deaths(make_pool):
    observer = Counts()
    pool = make_pool(observer=observer)

    await _cause(pool.run(probes.segfault))

    assert (observer.waits, observer.kinds, observer.reasons) == (1, [], ["crash"])


# --- how the pool ends ----------------------------------------------------------------------------


async def test_closing_ends_every_worker_and_clears_its_folder(make_pool, tmp_path):
    pool = make_pool(slots=2)
    running = asyncio.ensure_future(pool.run(probes.sleep, 60))
    worker = psutil.Process(await pool.run(probes.pid))

    await pool.close()

    with pytest.raises(Busy, match="stopping"):
        await running
    assert not worker.is_running()
    assert [*(tmp_path / "data" / "scratch").iterdir()] == []


_SERVER = """
    import asyncio, sys
    from pathlib import Path
    import starlette.applications  # what the console script would drag into every worker
    sys.path.insert(0, {tests!r})
    import probes
    from calotype.adapters.rendering.pool import PoolRenderer
    from calotype.settings import Settings

    async def main():
        settings = Settings(data_dir={data!r})
        scratch = settings.data_dir / "scratch"
        pool = PoolRenderer(settings, slots=2, scratch=scratch, readable=[Path({tests!r})], prepare=probes.nothing)
        await pool.warm()
        print(*await pool.run(probes.modules), flush=True)
        await pool.run(probes.sleep, 60)

    if __name__ == "__main__":
        asyncio.run(main())
"""


@pytest.fixture
def server(tmp_path):
    script = tmp_path / "calotype-script"
    script.write_text(textwrap.dedent(_SERVER.format(tests=str(TESTS), data=str(tmp_path / "data"))))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def test_a_worker_does_not_import_the_script_that_started_the_server(server):
    loaded = server.stdout.readline().split()

    assert "probes" in loaded
    assert {"starlette", "calotype.settings", "calotype.cli"} & set(loaded) == set()


def test_killing_the_server_leaves_no_process_behind(server):
    server.stdout.readline()
    children = psutil.Process(server.pid).children(recursive=True)

    server.kill()
    server.wait()

    _, alive = psutil.wait_procs(children, timeout=20)
    assert len(children) >= 2
    assert alive == []
