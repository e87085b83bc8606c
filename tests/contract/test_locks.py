"""One suite over all locks: in memory, in files, in PostgreSQL. One fact for each test."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from calotype.adapters.catalog.urls import parse
from calotype.adapters.locks import FileLocks, MemoryLocks, PostgresLocks, files, open_locks
from calotype.settings import Settings

HOLDER = Path(__file__).with_name("lock_holder.py")
ID = "0f3a5c7e9b1d2f4a6c8e0b1d"

AnyLocks = MemoryLocks | FileLocks | PostgresLocks


def locks_at(where: str) -> AnyLocks:
    """Locks of our own on what several share: `memory`, a folder, or a database."""
    if where == "memory":
        return MemoryLocks()
    return PostgresLocks(parse(where)) if "://" in where else FileLocks(Path(where))


@pytest.fixture(params=["files", "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where several processes meet."""
    return str(tmp_path / "locks") if request.param == "files" else request.getfixturevalue("postgres_url")


@pytest.fixture(params=["memory", "files", "postgres"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return "memory"
    return str(tmp_path / "locks") if request.param == "files" else request.getfixturevalue("postgres_url")


@pytest.fixture
async def locks(anywhere: str) -> AsyncIterator[AnyLocks]:
    locks = locks_at(anywhere)
    yield locks
    await locks.close()


@pytest.fixture
async def two(shared: str) -> AsyncIterator[tuple[AnyLocks, AnyLocks]]:
    """Two that know nothing of each other, as two processes have them."""
    one, other = locks_at(shared), locks_at(shared)
    yield one, other
    await one.close()
    await other.close()


class Room:
    """Counts who is inside, and the most there ever were."""

    def __init__(self) -> None:
        self.inside = self.most = self.visits = 0

    @contextlib.contextmanager
    def visit(self) -> Iterator[None]:
        self.inside += 1
        self.visits += 1
        self.most = max(self.most, self.inside)
        yield
        self.inside -= 1


async def visit(locks: AnyLocks, room: Room) -> None:
    async with locks.hold(ID):
        with room.visit():
            await asyncio.sleep(0.001)


async def held(locks: AnyLocks, name: str = ID) -> tuple[asyncio.Task[None], Callable[[], None]]:
    """Hold *name* in a task of its own; answer the task, and how to let go."""
    is_held, may_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with locks.hold(name):
            is_held.set()
            await may_go.wait()

    task = asyncio.create_task(hold())
    await is_held.wait()
    return task, may_go.set


async def waiting(locks: AnyLocks) -> asyncio.Task[None]:
    """Begin to wait for what somebody holds."""
    task = asyncio.create_task(visit(locks, Room()))
    await asyncio.sleep(0.05)
    assert not task.done()
    return task


async def test_a_name_has_one_holder_at_a_time(locks: AnyLocks):
    room = Room()
    await asyncio.gather(*(visit(locks, room) for _ in range(20)))
    assert (room.most, room.visits) == (1, 20)


async def test_names_do_not_wait_for_each_other(locks: AnyLocks):
    async with locks.hold("a"), locks.hold("b"):
        pass


async def test_an_error_lets_go(locks: AnyLocks):
    with pytest.raises(LookupError):
        async with locks.hold(ID):
            raise LookupError
    await visit(locks, Room())


async def test_five_hundred_may_wait_and_leave_the_threads_free(locks: AnyLocks):
    room = Room()
    task, let_go = await held(locks)
    waiters = [asyncio.create_task(visit(locks, room)) for _ in range(500)]
    assert await asyncio.to_thread(lambda: "free") == "free"
    let_go()
    await asyncio.gather(task, *waiters)
    assert (room.most, room.visits) == (1, 500)


async def test_a_cancelled_waiter_in_line_holds_nothing(locks: AnyLocks):
    task, let_go = await held(locks)
    waiter = await waiting(locks)
    waiter.cancel()
    let_go()
    await asyncio.wait([task, waiter])
    assert waiter.cancelled()
    await visit(locks, Room())


async def test_a_cancelled_holder_lets_go(locks: AnyLocks):
    task, _ = await held(locks)
    task.cancel()
    await asyncio.wait([task])
    await visit(locks, Room())


async def test_two_processes_share_a_name(two: tuple[AnyLocks, AnyLocks]):
    room = Room()
    await asyncio.gather(*(visit(each, room) for each in two * 10))
    assert (room.most, room.visits) == (1, 20)


async def test_whoever_is_cancelled_while_another_process_holds_leaves_nothing_held(
    two: tuple[AnyLocks, AnyLocks],
):
    task, let_go = await held(two[0])
    waiter = await waiting(two[1])
    waiter.cancel()
    await asyncio.wait([waiter])
    let_go()
    await task
    await visit(two[0], Room())


async def test_cancelled_at_any_moment_nothing_stays_held(two: tuple[AnyLocks, AnyLocks]):
    for n in range(40):
        task = asyncio.create_task(visit(two[0], Room()))
        asyncio.get_running_loop().call_later(n / 10_000, task.cancel)
        await asyncio.wait([task])
    await visit(two[1], Room())


async def test_a_killed_process_holds_nothing(shared: str):
    process = await asyncio.create_subprocess_exec(
        sys.executable, HOLDER, shared, ID, stdout=asyncio.subprocess.PIPE
    )
    assert await process.stdout.readline() == b"held\n"
    locks = locks_at(shared)
    waiter = await waiting(locks)
    process.kill()
    await process.wait()
    await waiter
    await locks.close()


async def test_lock_files_go_when_nobody_holds_them(tmp_path: Path):
    locks = FileLocks(tmp_path / "locks")
    async with locks.hold("a/../b"):
        assert [each.name for each in (tmp_path / "locks").iterdir()] == ["a%2F..%2Fb.lock"]
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_lock_on_a_file_that_was_just_removed_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path, real_flock = tmp_path / "a.lock", fcntl.flock

    def flock_too_late(descriptor: int, operation: int) -> None:
        path.unlink()  # the holder leaves between our opening and our locking
        real_flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock_too_late)
    assert files._try(path) is None


async def test_locks_outlive_a_broken_connection(postgres_url: str):
    locks = PostgresLocks(parse(postgres_url))
    await visit(locks, Room())
    locks._connection.terminate()
    await visit(locks, Room())
    await locks.close()


@pytest.mark.parametrize(
    ("url", "kind"),
    [("memory:", MemoryLocks), ("sqlite:///c.db", FileLocks), ("postgresql://db/c", PostgresLocks)],
)
def test_locks_reach_as_far_as_the_database(url: str, kind: type[AnyLocks], tmp_path: Path):
    assert isinstance(open_locks(Settings(database_url=url, data_dir=tmp_path)), kind)
