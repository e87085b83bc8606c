"""Rate limits counted in the catalog: one count for all processes, and a restart forgets nothing.

Windows are fixed: they begin at whole multiples of their length since 1970, so every process agrees on them.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from calotype.ports import Catalog, Clock, RateLimiter, Window


class CatalogRateLimiter(RateLimiter):
    """Counts with `Catalog.count`: each count is a transaction."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def count(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> Window:
        """Count *amount*, and say where the bucket stands."""
        seconds = self._clock().timestamp()
        start = int(seconds // window_s) * window_s
        used = await self._catalog.count(bucket, datetime.fromtimestamp(start, UTC), window_s, amount)
        return Window(used, limit, math.ceil(start + window_s - seconds))

    async def close(self) -> None:
        """Leave the catalog open: it is another's."""
