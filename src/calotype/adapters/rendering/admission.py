"""The line in front of the workers: bounded, first come first served, and left without a trace.

Law: nobody waits while something is idle, and nothing is idle while somebody waits.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from calotype.errors import Busy

T = TypeVar("T")


class Full(Exception):
    """Too many wait already."""


class Line(Generic[T]):
    """Hands out *idle* things one at a time; at most *room* tasks wait. For one event loop."""

    def __init__(self, idle: Iterable[T], room: int) -> None:
        self._idle = deque(idle)
        self._waiting: deque[asyncio.Future[T]] = deque()
        self._room = room
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many tasks wait."""
        return len(self._waiting)

    async def take(self) -> T:
        """Wait for a thing; `give` it back. A task cancelled meanwhile gives its place up.

        Raises:
            Full: too many wait already.
            Busy: the line was closed.
        """
        if self._closed:
            raise _stopping()
        if self._idle:
            return self._idle.popleft()
        if len(self._waiting) >= self._room:
            raise Full
        place: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            return await place
        except BaseException:
            self._leave(place)
            raise

    def give(self, thing: T) -> None:
        """Hand *thing* to whoever waits longest, or keep it."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(thing)
                return
        self._idle.append(thing)

    def close(self) -> None:
        """Send everyone away who waits or still comes."""
        self._closed = True
        for place in self._waiting:
            if not place.done():
                place.set_exception(_stopping())

    def _leave(self, place: asyncio.Future[T]) -> None:
        if place in self._waiting:
            self._waiting.remove(place)
        elif not place.cancelled() and place.exception() is None:
            self.give(place.result())  # it was handed over in the moment of leaving


def _stopping() -> Busy:
    return Busy("The server is stopping.")
