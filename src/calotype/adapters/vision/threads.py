"""Threads for models that run here, and nothing else: the server's other threads never wait behind a model."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from calotype.errors import Busy

T = TypeVar("T")


class ModelThreads:
    """A bounded number of threads, and a line before them in which nobody waits for ever."""

    def __init__(self, at_once: int, wait_s: float) -> None:
        """Run *at_once* at a time; whoever has waited *wait_s* seconds for a turn is refused."""
        self._slots = asyncio.Semaphore(at_once)
        self._wait_s = wait_s
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="model")

    async def run(self, work: Callable[..., T], *given: object) -> T:
        """Call *work* in a thread.

        Raises:
            Busy: no turn came in time.
            Exception: whatever *work* raises.
        """
        try:
            async with asyncio.timeout(self._wait_s):
                await self._slots.acquire()
        except TimeoutError as error:
            raise Busy("Too much is asked of the models at once (CALOTYPE_VISION_AT_ONCE).") from error
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)
        finally:
            self._slots.release()

    def close(self) -> None:
        """Begin nothing more; what runs is let end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
