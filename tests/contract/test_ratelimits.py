"""One suite over every rate limiter: counting in memory and in each catalog. One fact for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from calotype.adapters.catalog import MemoryCatalog, open_catalog
from calotype.adapters.ratelimits import CatalogRateLimiter, MemoryRateLimiter, open_limiter
from calotype.errors import NotConfigured
from calotype.ports import RateLimiter
from calotype.settings import Settings

DAY = 86_400


def noon() -> datetime:
    return datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture(params=["library", "memory", "sqlite", "postgres"])
def where(request: pytest.FixtureRequest) -> str:
    """Where to count: in the library's memory, or in the catalog at this URL."""
    plain = {"library": "library", "memory": "memory:"}
    return plain.get(request.param) or request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def limiter(where: str) -> AsyncIterator[RateLimiter]:
    if where == "library":
        yield MemoryRateLimiter()
        return
    catalog = await open_catalog(where)
    yield CatalogRateLimiter(catalog, noon)
    await catalog.close()


async def test_up_to_the_limit_nothing_is_refused(limiter: RateLimiter):
    assert [await limiter.hit("a", 3, DAY) for _ in range(3)] == [0, 0, 0]


async def test_above_the_limit_it_says_how_long_to_wait(limiter: RateLimiter):
    await limiter.hit("a", 1, DAY)
    assert 0 < await limiter.hit("a", 1, DAY) <= DAY


async def test_buckets_count_apart(limiter: RateLimiter):
    await limiter.hit("a", 1, DAY)
    assert await limiter.hit("b", 1, DAY) == 0


async def test_windows_count_apart(limiter: RateLimiter):
    await limiter.hit("a", 1, DAY)
    assert await limiter.hit("a", 1, 2 * DAY) == 0


async def test_an_amount_counts_at_once(limiter: RateLimiter):
    assert await limiter.hit("a", 10, DAY, amount=10) == 0
    assert await limiter.hit("a", 10, DAY) > 0


async def test_of_many_at_once_as_many_pass_as_may(limiter: RateLimiter):
    waits = await asyncio.gather(*(limiter.hit("a", 5, DAY) for _ in range(20)))
    assert waits.count(0) == 5


async def test_the_wait_ends_with_the_window_to_the_second():
    limiter = CatalogRateLimiter(MemoryCatalog(), noon)
    await limiter.hit("a", 1, 60)
    assert await limiter.hit("a", 1, 60) == 60
    assert await limiter.hit("a", 0, DAY) == DAY // 2


async def test_a_new_window_begins_at_nothing():
    now = noon()
    limiter = CatalogRateLimiter(MemoryCatalog(), lambda: now)
    assert await limiter.hit("a", 1, 60) == 0
    now = now.replace(minute=1)
    assert await limiter.hit("a", 1, 60) == 0


def test_memory_is_refused_to_several_processes(tmp_path: Path):
    settings = Settings(database_url="memory:", workers=2, data_dir=tmp_path)
    with pytest.raises(NotConfigured, match="workers"):
        open_limiter(settings, MemoryCatalog(), noon)


@pytest.mark.parametrize(
    ("url", "kind"), [("memory:", MemoryRateLimiter), ("sqlite:///c.db", CatalogRateLimiter)]
)
def test_the_count_lives_where_the_rows_do(url: str, kind: type[RateLimiter], tmp_path: Path):
    settings = Settings(database_url=url, data_dir=tmp_path)
    assert isinstance(open_limiter(settings, MemoryCatalog(), noon), kind)
