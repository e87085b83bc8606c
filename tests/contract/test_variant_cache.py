"""One suite over every variant cache; it may forget at any time, and it never answers with anything else."""

import asyncio
import os

import pytest

from calotype.adapters.blobs.local import LocalBlobs
from calotype.adapters.blobs.memory import MemoryBlobs
from calotype.adapters.cache.disk import DiskCache
from calotype.adapters.cache.memory import MemoryCache
from calotype.errors import NotFound, StorageFailed
from calotype.ports import Dropped, VariantCache

ASSET = "ab" + "0" * 22
OTHER = "cd" + "0" * 22
KEY = "4e07408562bedb8b60ce05c1decfe3ad16b72230"
ORIGINAL = f"work/ab/{ASSET}/original"
MEZZANINE = f"work/ab/{ASSET}/mezzanine"


@pytest.fixture(params=["memory", "disk"])
def cache(request, tmp_path) -> VariantCache:
    if request.param == "memory":
        return MemoryCache(tmp_path / "cache")
    return DiskCache(tmp_path / "cache", 1_000_000)


@pytest.fixture
def disk(tmp_path):
    return DiskCache(tmp_path / "cache", 100_000)


class FarBlobs(MemoryBlobs):
    """The shipped store, which counts how often it was read, and breaks off when told to."""

    read_times = 0
    breaks = False

    async def read(self, key, start=0, end=None):
        self.read_times += 1
        async for chunk in super().read(key, start, end):
            await asyncio.sleep(0)
            yield chunk
            if self.breaks:
                raise StorageFailed


async def stored(blobs, tmp_path, key=ORIGINAL, body=b"a photograph"):
    source = tmp_path / "source"
    source.write_bytes(body)
    await blobs.put(key, source)
    return blobs


@pytest.fixture
async def far(tmp_path):
    return await stored(FarBlobs(), tmp_path)


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".sweep"]


# Variants


async def test_what_is_put_is_got(cache):
    await cache.put(ASSET, KEY, b"body")
    assert (cache.get(ASSET, KEY), cache.get(ASSET, "other"), cache.get(OTHER, KEY)) == (b"body", None, None)


async def test_what_is_put_again_replaces(cache):
    await cache.put(ASSET, KEY, b"old")
    await cache.put(ASSET, KEY, b"new")
    assert cache.get(ASSET, KEY) == b"new"


async def test_dropping_an_asset_forgets_all_of_it_and_nothing_else(cache, far, tmp_path):
    await cache.put(ASSET, KEY, b"body")
    await cache.put(OTHER, KEY, b"other")
    copy = await cache.file(ASSET, far, ORIGINAL)
    assert (await cache.drop(ASSET)).count == 2
    assert await cache.drop(ASSET) == Dropped()
    assert (cache.get(ASSET, KEY), cache.get(OTHER, KEY), copy.exists()) == (None, b"other", False)


async def test_dropping_variants_leaves_the_copy_that_a_render_may_be_reading(cache, far):
    await cache.put(ASSET, KEY, b"body")
    await cache.put(ASSET, "other", b"another body")
    copy = await cache.file(ASSET, far, ORIGINAL)
    dropped = await cache.drop_variants(ASSET)
    assert (dropped.count, dropped.size >= len(b"bodyanother body")) == (2, True)
    assert (cache.get(ASSET, KEY), copy.read_bytes()) == (None, b"a photograph")
    assert await cache.drop_variants(ASSET) == Dropped()


async def test_assets_are_those_that_something_is_kept_of(cache, far):
    assert await cache.assets() == []
    await cache.put(ASSET, KEY, b"body")
    await cache.file(OTHER, far, ORIGINAL)
    assert sorted(await cache.assets()) == [ASSET, OTHER]
    await cache.drop(ASSET)
    assert await cache.assets() == [OTHER]


# Files to render from


async def test_a_near_blob_is_its_own_file(cache, tmp_path):
    near = await stored(LocalBlobs(tmp_path / "blobs"), tmp_path)
    assert await cache.file(ASSET, near, ORIGINAL) == near.path(ORIGINAL)


async def test_a_far_blob_is_fetched_once(cache, far):
    paths = [await cache.file(ASSET, far, ORIGINAL) for _ in range(3)]
    assert (paths[0].read_bytes(), len(set(paths)), far.read_times) == (b"a photograph", 1, 1)


async def test_a_far_blob_that_many_want_at_once_is_fetched_once(cache, far):
    paths = await asyncio.gather(*(cache.file(ASSET, far, ORIGINAL) for _ in range(20)))
    assert (len(set(paths)), far.read_times) == (1, 1)


async def test_two_blobs_of_an_asset_are_two_files(cache, far, tmp_path):
    await stored(far, tmp_path, MEZZANINE, b"smaller")
    files = [await cache.file(ASSET, far, key) for key in (ORIGINAL, MEZZANINE)]
    assert [file.read_bytes() for file in files] == [b"a photograph", b"smaller"]


@pytest.mark.parametrize("make", [FarBlobs, LocalBlobs])
async def test_a_blob_that_is_not_there_is_not_found(cache, tmp_path, make):
    blobs = make() if make is FarBlobs else make(tmp_path / "blobs")
    with pytest.raises(NotFound):
        await cache.file(ASSET, blobs, ORIGINAL)
    assert files(tmp_path / "cache") == []


async def test_a_fetch_that_breaks_off_leaves_nothing_and_the_next_one_succeeds(cache, far, tmp_path):
    far.breaks = True
    with pytest.raises(StorageFailed):
        await cache.file(ASSET, far, ORIGINAL)
    assert files(tmp_path / "cache") == []
    far.breaks = False
    assert (await cache.file(ASSET, far, ORIGINAL)).read_bytes() == b"a photograph"


# What only the disk must withstand


async def test_a_second_process_sees_what_the_first_has_put(disk, tmp_path):
    await disk.put(ASSET, KEY, b"body")
    assert DiskCache(tmp_path / "cache", 1_000_000).get(ASSET, KEY) == b"body"


async def test_a_rotten_or_half_file_is_a_miss(disk, tmp_path):
    await disk.put(ASSET, KEY, b"body" * 100)
    [path] = files(tmp_path / "cache")
    whole = path.read_bytes()
    for content in (b"", whole[:5], whole[:-1], whole[:-1] + b"x", whole + b"x", b"JUNK" + whole[4:]):
        path.write_bytes(content)
        assert disk.get(ASSET, KEY) is None


async def test_the_budget_holds_and_what_was_used_last_stays(disk, tmp_path):
    for number in range(50):
        await disk.put(ASSET, str(number), b"x" * 10_000)
        os.utime(tmp_path / "cache" / "ab" / ASSET / str(number), (number, number))
        disk.get(ASSET, "0")
    disk.sweep()
    assert sum(path.stat().st_size for path in files(tmp_path / "cache")) <= 100_000
    assert disk.get(ASSET, "0") is not None
    assert disk.get(ASSET, "1") is None


@pytest.mark.parametrize("budget", [0, 5])
async def test_a_copy_larger_than_the_budget_stays_while_it_is_in_use(tmp_path, far, budget):
    disk = DiskCache(tmp_path / "cache", budget)
    copy = await disk.file(ASSET, far, ORIGINAL)
    disk.sweep()
    assert copy.read_bytes() == b"a photograph"
    os.utime(copy, (1, 1))  # nobody has used it since 1970
    disk.sweep()
    assert not copy.exists()


async def test_a_full_disk_is_no_error(disk, tmp_path):
    (tmp_path / "cache" / "ab").write_text("a file where a folder must be")
    await disk.put(ASSET, KEY, b"body")
    assert disk.get(ASSET, KEY) is None


async def test_a_copy_that_cannot_be_kept_is_a_failure_with_a_code(disk, far, tmp_path):
    (tmp_path / "cache" / "ab").write_text("a file where a folder must be")
    with pytest.raises(StorageFailed):
        await disk.file(ASSET, far, ORIGINAL)


async def test_a_budget_of_nothing_keeps_nothing(tmp_path):
    disk = DiskCache(tmp_path / "cache", 0)
    await disk.put(ASSET, KEY, b"body")
    assert files(tmp_path) == []
