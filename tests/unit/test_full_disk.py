"""What takes no more bytes (V4): work goes on without what could not be written, and nothing half is left."""

import errno
import os
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from calotype.adapters.cache.disk import DiskCache
from calotype.errors import StorageFailed
from calotype.services.flights import alone
from calotype.services.variant_budget import spend
from doors import ASSET
from platforms import memory_platform

KEY = "4e07408562bedb8b60ce05c1decfe3ad16b72230"


class NoLocks:
    """A disk without room for a lock file."""

    @asynccontextmanager
    async def hold(self, name):
        raise StorageFailed("The lock file could not be made.")
        yield


async def test_where_no_lock_can_be_made_work_is_done_without():
    done = []
    async with alone(NoLocks(), "key"):
        done.append("work")
    assert done == ["work"]


async def test_a_failure_of_the_work_itself_is_no_failure_of_the_lock():
    with pytest.raises(StorageFailed, match="gone"):
        async with alone(NoLocks(), "key"):
            raise StorageFailed("gone")


async def test_a_variant_that_cannot_be_counted_is_made(tmp_path):
    platform, asked = await memory_platform(tmp_path), []

    async def fail(*_):
        asked.append(KEY)
        raise StorageFailed

    platform.catalog.spend_variant = fail
    await spend(platform, ASSET, KEY, 1)
    assert asked == [KEY]


@pytest.fixture
def failing(monkeypatch):
    """Have a call of `os` or `Path` fail with an error number."""

    def fail(owner, name, number):
        def broken(*_, **__):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(owner, name, broken)

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("call", ["mkdir", "write_bytes", "replace"])
async def test_whatever_fails_on_writing_a_variant_leaves_nothing_that_is_served(
    tmp_path, failing, call, number
):
    disk = DiskCache(tmp_path / "cache", 100_000)
    failing(Path, call, number)
    await disk.put(ASSET.id, KEY, b"body" * 100)
    assert disk.get(ASSET.id, KEY) is None
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


async def test_a_write_that_breaks_off_in_the_middle_leaves_nothing(tmp_path, monkeypatch):
    def half(path, content):
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    disk = DiskCache(tmp_path / "cache", 100_000)
    await disk.put(ASSET.id, KEY, b"body" * 100)
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


async def test_a_cache_that_cannot_be_swept_is_used_all_the_same(tmp_path):
    disk = DiskCache(tmp_path / "cache", 100)
    (tmp_path / "cache" / ".sweep").mkdir()  # no file can be opened there
    await disk.put(ASSET.id, KEY, b"body" * 100)
    assert disk.get(ASSET.id, KEY) == b"body" * 100
