"""Rate limits counted in shares: what is counted in a database costs one transaction for many requests.

Law: never more than the limit in a window of the counts below. A process takes a fiftieth of the limit at once and
spends it in its own memory; what one process holds and does not spend is, for that window, refused to the others.

Why so: docs/adr/0036.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from dataclasses import dataclass, field

from calotype.ports import Clock, RateLimiter, Window

SHARES = 50
LEAST = 200
"""Limits below are counted one by one: exact, and seldom met."""
LEASES = 10_000
"""Buckets that are remembered. The one that is longest unused is forgotten, and what it held is lost to it."""


@dataclass(slots=True)
class _Lease:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ends_at: float = 0.0
    """When the window ends, in Unix seconds."""
    used: int = 0
    """What was counted below, by every process, when we last asked."""
    left: int = 0
    """What of it this process may still spend."""
    exhausted: bool = False
    """Whether there is no more to take in this window."""


class LeasingRateLimiter(RateLimiter):
    """Counts small limits in *limiter* one by one, and large ones in shares."""

    def __init__(self, limiter: RateLimiter, clock: Clock) -> None:
        self._limiter = limiter
        self._clock = clock
        self._leases: OrderedDict[tuple[str, int, int], _Lease] = OrderedDict()

    async def count(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> Window:
        """Count *amount*, and say where the bucket stands, as far as this process knows."""
        share = limit // SHARES
        if limit < LEAST or share <= amount:
            return await self._limiter.count(bucket, limit, window_s, amount)
        lease = self._lease((bucket, limit, window_s))
        async with lease.lock:
            now = self._clock().timestamp()
            if now >= lease.ends_at:
                lease.used, lease.left, lease.exhausted = 0, 0, False
            if lease.left < amount and not lease.exhausted:
                await self._take(lease, share, bucket, limit, window_s)
            ends_in = max(1, math.ceil(lease.ends_at - now))
            if lease.left < amount:
                return Window(limit + amount, limit, ends_in)
            lease.left -= amount
            return Window(lease.used - lease.left, limit, ends_in)

    async def close(self) -> None:
        """Close what is counted in."""
        await self._limiter.close()

    async def _take(self, lease: _Lease, share: int, bucket: str, limit: int, window_s: int) -> None:
        window = await self._limiter.count(bucket, limit, window_s, share)
        granted = max(0, share - max(0, window.used - limit))
        lease.used = min(window.used, limit)
        lease.left += granted
        lease.exhausted = granted < share
        lease.ends_at = self._clock().timestamp() + window.ends_in

    def _lease(self, name: tuple[str, int, int]) -> _Lease:
        lease = self._leases.setdefault(name, _Lease())
        self._leases.move_to_end(name)
        if len(self._leases) > LEASES:
            self._leases.popitem(last=False)
        return lease
