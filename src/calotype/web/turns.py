"""How many requests are begun in one round of the event loop; those beyond wait in line.

libuv goes on reading while 1,024 sockets or more are ready, up to 48 times (`uv__io_poll`), before anything runs that
is due: timers, accepting, the tasks of other requests. Answers written from within a read would make thousands of busy
connections ready again and again, and starve the rest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

IN_A_ROUND = 256
"""About 20 ms of answers from memory."""


class Turns:
    """A fair share of one event loop."""

    def __init__(self, in_a_round: int = IN_A_ROUND) -> None:
        """Give *in_a_round* turns until the loop has come round."""
        self._in_a_round = in_a_round
        self._left = in_a_round
        self._waiting: deque[Callable[[], None]] = deque()

    def take(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Take a turn now, if there is one left. Whoever takes the last has *loop* bring new ones."""
        if not self._left:
            return False
        self._left -= 1
        if not self._left:
            loop.call_soon(self._renew, loop)
        return True

    def wait(self, begin: Callable[[], None]) -> None:
        """Have *begin* called when its turn comes, after a `take` that gave none."""
        self._waiting.append(begin)

    def _renew(self, loop: asyncio.AbstractEventLoop) -> None:
        self._left = self._in_a_round
        try:
            while self._waiting and self._left:
                self._left -= 1
                self._waiting.popleft()()
        finally:
            if self._waiting or not self._left:
                self._left = 0
                loop.call_soon(self._renew, loop)
