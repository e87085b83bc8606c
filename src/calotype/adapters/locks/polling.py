"""Waiting for a lock that another process holds: ask again, soon at first, then less often.

Neither `flock` nor an advisory lock can be waited for without tying up a thread or a connection for every name,
and neither wait can be taken back cleanly when the waiter is cancelled. Asking costs microseconds, and only one
waiter of this process asks for a name: the others stand in line behind it, in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

FIRST_S = 0.002
LONGEST_S = 0.025


def pauses() -> Iterator[float]:
    """Yield the seconds to wait before each next attempt: half as long again each time, up to 25 ms."""
    pause = FIRST_S
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_S)
