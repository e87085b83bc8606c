"""The line in front of the workers: bounded, fair between owners, and left without a trace.

Law: nobody waits while something is idle, and nothing is idle while somebody waits. Owners are served in turn, each
one's tasks in the order they came; and when all places are taken, whoever holds the most has the surplus.

Why so: docs/adr/0015.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from calotype.errors import Busy

T = TypeVar("T")


class Full(Exception):
    """Too many wait already."""


class Line(Generic[T]):
    """Hands out *idle* things one at a time; at most *room* tasks (at least one) wait. For one event loop."""

    def __init__(self, idle: Iterable[T], room: int) -> None:
        self._idle = deque(idle)
        self._waiting: OrderedDict[str, deque[asyncio.Future[T]]] = OrderedDict()
        """The places of each owner that waits; the owner whose turn it is comes first."""
        self._room = room
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many tasks wait."""
        return sum(map(len, self._waiting.values()))

    async def take(self, owner: str = "") -> T:
        """Wait for a thing; `give` it back. A task cancelled meanwhile gives its place up.

        Raises:
            Full: too many wait already, and *owner* has its share of them.
            Busy: the line was closed.
        """
        if self._closed:
            raise _stopping()
        if self._idle:
            return self._idle.popleft()
        if self.waiting >= self._room:
            self._make_room(owner)
        place: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(place)
        try:
            return await place
        except BaseException:
            self._leave(owner, place)
            raise

    def give(self, thing: T) -> None:
        """Hand *thing* to whoever waits longest of the owner whose turn it is, or keep it."""
        while self._waiting:
            owner, places = next(iter(self._waiting.items()))
            place = places[0]
            self._remove(owner, place)
            if not place.done():
                place.set_result(thing)
                self._end_turn(owner)
                return
        self._idle.append(thing)

    def close(self) -> None:
        """Send everyone away who waits or still comes."""
        self._closed = True
        for places in self._waiting.values():
            for place in places:
                if not place.done():
                    place.set_exception(_stopping())

    def _make_room(self, owner: str) -> None:
        """Send the last one away of the owner with the most places ("longest queue drop").

        It keeps whole what a fixed share for each owner would waste: one that is alone may use every place.

        Raises:
            Full: *owner* itself would then have the most.
        """
        greatest = max(self._waiting, key=lambda each: len(self._waiting[each]))
        if len(self._waiting.get(owner, ())) + 1 >= len(self._waiting[greatest]):
            raise Full
        place = self._waiting[greatest][-1]
        self._remove(greatest, place)
        if not place.done():
            place.set_exception(Full())

    def _end_turn(self, owner: str) -> None:
        if owner in self._waiting:
            self._waiting.move_to_end(owner)

    def _leave(self, owner: str, place: asyncio.Future[T]) -> None:
        if place in self._waiting.get(owner, ()):
            self._remove(owner, place)
        elif not place.cancelled() and place.exception() is None:
            self.give(place.result())  # it was handed over in the moment of leaving

    def _remove(self, owner: str, place: asyncio.Future[T]) -> None:
        places = self._waiting[owner]
        places.remove(place)
        if not places:
            del self._waiting[owner]


def _stopping() -> Busy:
    return Busy("The server is stopping.")
