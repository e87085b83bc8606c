"""One suite over every rate limiter: counting in memory, in each catalog and in Redis. One fact for each test."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from limits.errors import StorageError
from pydantic import ValidationError

from calotype.adapters.catalog import MemoryCatalog, open_catalog
from calotype.adapters.ratelimits import (
    CatalogRateLimiter,
    LeasingRateLimiter,
    MemoryRateLimiter,
    RedisRateLimiter,
    library,
    open_limiter,
)
from calotype.errors import Busy, NotConfigured
from calotype.ports import RateLimiter, Window
from calotype.settings import Settings
from databases import running_redis

DAY = 86_400


def noon() -> datetime:
    return datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis that lives as long as the session."""
    with running_redis() as url:
        yield url


@pytest.fixture(params=["library", "redis", "memory", "sqlite", "postgres", "shares"])
def where(request: pytest.FixtureRequest) -> str:
    """Where to count: in the library's memory, in a Redis, or in the catalog at this URL."""
    plain = {"library": "library", "memory": "memory:", "shares": "shares"}
    return plain.get(request.param) or request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
async def limiter(where: str) -> AsyncIterator[RateLimiter]:
    if where == "library":
        yield MemoryRateLimiter()
    elif where == "shares":
        yield LeasingRateLimiter(CatalogRateLimiter(MemoryCatalog(), noon), noon)
    elif where.startswith("redis"):
        limiter = RedisRateLimiter(where)
        yield Prefixed(limiter, uuid.uuid4().hex)
        await limiter.close()
    else:
        catalog = await open_catalog(where)
        yield CatalogRateLimiter(catalog, noon)
        await catalog.close()


class Prefixed(RateLimiter):
    """Buckets of their own for each test, in a Redis that all share."""

    def __init__(self, limiter: RateLimiter, prefix: str) -> None:
        self._limiter, self._prefix = limiter, prefix

    async def count(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> Window:
        return await self._limiter.count(self._prefix + bucket, limit, window_s, amount)


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


async def test_a_count_tells_where_the_bucket_stands(limiter: RateLimiter):
    await limiter.count("a", 3, DAY, 2)
    window = await limiter.count("a", 3, DAY)
    assert (window.used, window.remaining, window.wait) == (3, 0, 0)
    assert 0 < window.ends_in <= DAY


async def test_a_large_limit_is_exact_too(limiter: RateLimiter):
    waits = await asyncio.gather(*(limiter.hit("a", 220, DAY) for _ in range(250)))
    assert waits.count(0) == 220


async def test_processes_share_what_redis_counts(redis_url: str):
    one, two = RedisRateLimiter(redis_url), RedisRateLimiter(redis_url)
    bucket = uuid.uuid4().hex
    assert [await each.hit(bucket, 3, DAY) > 0 for each in (one, two, one, two)] == [
        False,
        False,
        False,
        True,
    ]
    await one.close()
    await two.close()


async def test_a_redis_that_is_away_is_busy_and_left_alone_for_a_while(tmp_path: Path, monkeypatch):
    limiter = RedisRateLimiter(f"redis+unix://{tmp_path / 'nobody.sock'}")
    with pytest.raises(Busy, match="cannot be counted") as refused:
        await limiter.hit("a", 1, DAY)
    assert refused.value.retry_after == 5
    monkeypatch.setattr(limiter._storage, "incr", None)  # asking it again would be a TypeError
    with pytest.raises(Busy):
        await limiter.hit("a", 1, DAY)


async def test_a_redis_that_came_back_is_counted_in_again(redis_url: str, monkeypatch):
    limiter = RedisRateLimiter(redis_url)
    monkeypatch.setattr(library, "PAUSE_S", 0)
    right = limiter._storage.incr
    limiter._storage.incr = failing
    with pytest.raises(Busy):
        await limiter.hit("a", 1, DAY)
    limiter._storage.incr = right
    assert await limiter.hit(uuid.uuid4().hex, 1, DAY) == 0
    await limiter.close()


async def failing(*_: object) -> int:
    raise StorageError(ConnectionError("gone"))


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
    settings = Settings(rate_limit_url="memory:", workers=2, data_dir=tmp_path)
    with pytest.raises(NotConfigured, match="workers"):
        open_limiter(settings, MemoryCatalog(), noon)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, LeasingRateLimiter),
        ({"database_url": "memory:"}, MemoryRateLimiter),
        ({"rate_limit_url": "memory:"}, MemoryRateLimiter),
        ({"rate_limit_url": "redis://127.0.0.1:1/0"}, RedisRateLimiter),
        ({"database_url": "memory:", "rate_limit_url": "rediss://127.0.0.1:1/0"}, RedisRateLimiter),
    ],
)
def test_the_setting_says_where_to_count(settings: dict[str, str], kind: type[RateLimiter], tmp_path: Path):
    assert type(open_limiter(Settings(data_dir=tmp_path, **settings), MemoryCatalog(), noon)) is kind


def test_a_url_that_is_none_is_refused_without_its_password(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, rate_limit_url="redis://:sesame@host:port/0")
    with pytest.raises(NotConfigured, match=r"^rate_limit_url is no URL\.$"):
        open_limiter(settings, MemoryCatalog(), noon)


def test_a_url_that_nothing_counts_in_is_refused(tmp_path: Path):
    with pytest.raises(ValidationError, match="rate_limit_url"):
        Settings(data_dir=tmp_path, rate_limit_url="memcached://127.0.0.1")
