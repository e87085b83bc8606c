"""One flight for each key: however many ask, the work is done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from calotype.errors import StorageFailed
from calotype.ports import Locks

log = structlog.get_logger(__name__)


@asynccontextmanager
async def alone(locks: Locks, name: str) -> AsyncIterator[None]:
    """Hold *name* among all processes for the block; where no lock can be made, go on without one.

    On a disk without room for a lock file, work that is done twice is better than work that is not done (V4).
    """
    async with AsyncExitStack() as held:
        try:
            await held.enter_async_context(locks.hold(name))
        except StorageFailed as error:
            log.warning("lock not made", name=name, error=error.message)
        yield


@dataclass(slots=True, eq=False)
class Flight:
    """Work under way for everyone who waits for it."""

    task: asyncio.Task[bytes]
    waiters: int = 0
    started: bool = False
    """Whether it left the queue: a running render finishes into the cache, even when nobody waits."""


class Flights:
    """The flights of this process; those of other processes are met at the lock on the key."""

    def __init__(self) -> None:
        """Start with none."""
        self._flights: dict[str, Flight] = {}

    async def join(self, key: str, work: Callable[[Callable[[], None]], Awaitable[bytes]]) -> bytes:
        """Wait for the bytes of *key*, starting *work* when nobody has.

        *work* receives a function to call once it is past the point of being cancelled. The last waiter
        that leaves before then cancels it.
        """
        flight = self._flights.get(key) or self._take_off(key, work)
        flight.waiters += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiters -= 1
            if not flight.waiters and not flight.started and not flight.task.done():
                self._flights.pop(key, None)
                flight.task.cancel()

    def _take_off(self, key: str, work: Callable[[Callable[[], None]], Awaitable[bytes]]) -> Flight:
        def started() -> None:
            flight.started = True

        async def fly() -> bytes:
            return await work(started)

        flight = Flight(asyncio.create_task(fly()))
        self._flights[key] = flight
        flight.task.add_done_callback(lambda task: self._land(key, flight, task))
        return flight

    def _land(self, key: str, flight: Flight, task: asyncio.Task[bytes]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not task.cancelled():
            task.exception()  # retrieved: a failure that nobody waited for is no warning
