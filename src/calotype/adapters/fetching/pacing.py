"""How slowly an origin may send: a grace time, and after it a least average rate."""

from __future__ import annotations

from collections.abc import Callable

from calotype.errors import FetchFailed


class Pace:
    """Counts what comes; silence is the connection's own timeout, this ends what drips."""

    def __init__(self, min_rate: int, grace_s: float, clock: Callable[[], float]) -> None:
        """Begin now, by *clock* (in seconds); after *grace_s*, *min_rate* bytes a second are due."""
        self._min_rate = min_rate
        self._clock = clock
        self._due_from = clock() + grace_s
        self._received = 0

    def count(self, size: int) -> None:
        """Count *size* bytes more.

        Raises:
            FetchFailed: on average they come too slowly.
        """
        self._received += size
        if self._received < (self._clock() - self._due_from) * self._min_rate:
            raise FetchFailed(
                f"The origin sends less than {self._min_rate:,} bytes a second (CALOTYPE_MIN_FETCH_RATE)."
            )
