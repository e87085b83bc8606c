"""Rate limits counted in the catalog: one count for all processes, and a restart forgets nothing.

Windows are fixed: they begin at whole multiples of their length since 1970, so every process agrees on them.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

from calotype.ports import Catalog, Clock


class CatalogRateLimiter:
    """Counts with `Catalog.count`."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def hit(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> int:
        """Count *amount*; 0 when within *limit*, else the seconds until the window ends (at least 1)."""
        seconds = self._clock().timestamp()
        start = int(seconds // window_s) * window_s
        count = await self._catalog.count(bucket, datetime.fromtimestamp(start, UTC), window_s, amount)
        return 0 if count <= limit else math.ceil(start + window_s - seconds)
