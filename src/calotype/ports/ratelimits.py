"""Counting what someone did in a window of time."""

from __future__ import annotations

from typing import Protocol


class RateLimiter(Protocol):
    """Counts what someone did in a window of time."""

    async def hit(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> int:
        """Count *amount* against *bucket*; 0 when within *limit*, else the seconds until the window ends."""
