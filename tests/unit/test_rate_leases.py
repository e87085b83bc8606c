"""Shares of a rate limit: one count below stands for many requests, and the limit is never passed."""

from __future__ import annotations

import asyncio

import pytest

from calotype.adapters.catalog import MemoryCatalog
from calotype.adapters.ratelimits import CatalogRateLimiter, LeasingRateLimiter, leases
from platforms import StoppedClock

MINUTE = 60


class Counted(CatalogRateLimiter):
    """A limiter in a catalog, of which is known how often it was asked."""

    asked = 0

    async def count(self, *args, **kwargs):
        self.asked += 1
        return await super().count(*args, **kwargs)


@pytest.fixture
def clock():
    return StoppedClock()


@pytest.fixture
def below(clock):
    return Counted(MemoryCatalog(), clock)


async def passed(limiter, times, limit=1000):
    return [await limiter.hit("a", limit, MINUTE) for _ in range(times)].count(0)


async def test_a_thousand_requests_cost_fifty_counts(below, clock):
    assert await passed(LeasingRateLimiter(below, clock), 1000) == 1000
    assert below.asked == 50


async def test_exactly_the_limit_passes_and_refusals_cost_one_count_more(below, clock):
    assert await passed(LeasingRateLimiter(below, clock), 1300) == 1000
    assert below.asked == 51


async def test_of_many_at_once_exactly_the_limit_passes(below, clock):
    limiter = LeasingRateLimiter(below, clock)
    waits = await asyncio.gather(*(limiter.hit("a", 250, MINUTE) for _ in range(400)))
    assert waits.count(0) == 250


async def test_two_processes_together_never_pass_the_limit(below, clock):
    one, two = LeasingRateLimiter(below, clock), LeasingRateLimiter(below, clock)
    passes = await passed(one, 510) + await passed(two, 900)
    # What the first took and did not spend is less than one share of twenty.
    assert 1000 - 20 < passes <= 1000


async def test_a_limit_that_no_share_divides_evenly_is_kept_to_the_last(below, clock):
    assert await passed(LeasingRateLimiter(below, clock), 300, limit=231) == 231


async def test_small_limits_are_counted_one_by_one(below, clock):
    assert await passed(LeasingRateLimiter(below, clock), 210, limit=199) == 199
    assert below.asked == 210


async def test_what_remains_is_told(below, clock):
    limiter = LeasingRateLimiter(below, clock)
    windows = [await limiter.count("a", 1000, MINUTE) for _ in range(21)]
    assert [windows[0].remaining, windows[19].remaining, windows[20].remaining] == [999, 980, 979]


async def test_a_new_window_begins_at_nothing(below, clock):
    limiter = LeasingRateLimiter(below, clock)
    assert await passed(limiter, 1100) == 1000
    clock.move(seconds=MINUTE)
    assert await passed(limiter, 1100) == 1000


async def test_many_buckets_are_not_remembered_for_ever(below, clock, monkeypatch):
    monkeypatch.setattr(leases, "LEASES", 20)
    limiter = LeasingRateLimiter(below, clock)
    for number in range(30):
        await limiter.hit(f"bucket {number}", 1000, MINUTE)
    assert len(limiter._leases) == 20
