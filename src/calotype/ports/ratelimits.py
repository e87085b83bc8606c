"""Counting what someone did in a window of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Window:
    """Where a bucket stands in its current window, after a count."""

    used: int
    limit: int
    ends_in: int
    """Whole seconds until the window ends, at least 1."""

    @property
    def remaining(self) -> int:
        """How much more fits in."""
        return max(0, self.limit - self.used)

    @property
    def wait(self) -> int:
        """0 when what was counted is within the limit, else the seconds until the window ends."""
        return self.ends_in if self.used > self.limit else 0


class RateLimiter(Protocol):
    """Counts what someone did in windows of a fixed length. What passes a limit is counted too."""

    async def count(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> Window:
        """Count *amount* against *bucket*, and say where it stands.

        Raises:
            Busy, StorageFailed: whatever it is counted in does not answer.
        """

    async def hit(self, bucket: str, limit: int, window_s: int, amount: int = 1) -> int:
        """Count *amount* against *bucket*; 0 when within *limit*, else the seconds until the window ends.

        Raises:
            Busy, StorageFailed: as `count`.
        """
        return (await self.count(bucket, limit, window_s, amount)).wait

    async def close(self) -> None:
        """Release the connections."""
