"""Rate limits counted in this process's memory, by the `limits` library. A restart forgets them.

Windows are fixed and begin with the first hit. The library reads the time itself.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter


class MemoryRateLimiter:
    """For one process alone: two would each allow the whole limit."""

    def __init__(self) -> None:
        self._strategy = FixedWindowRateLimiter(MemoryStorage())

    async def hit(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> int:
        """Count *amount*; 0 when within *limit*, else the seconds until the window ends (at least 1)."""
        item = RateLimitItemPerSecond(limit, window_s)
        if await self._strategy.hit(item, bucket, cost=amount):
            return 0
        window = await self._strategy.get_window_stats(item, bucket)
        return max(1, math.ceil(window.reset_time - time.time()))
