"""Jobs that outlive their process: DBOS's workflows, run here by DBOS's threads on our event loop.

Law: DBOS is a single thing in a process, so a process works once at a time; and whoever works holds a lock, so
the one name under which all work finds, after a crash, what the last one was at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from calotype.adapters.jobs.outbox import Outbox
from calotype.errors import StorageFailed
from calotype.ports import Handler, Job


class DurableJobs:
    """Jobs in the database at *url*, a parsed URL; *enqueue* stores one by *outbox*, in a transaction of its own."""

    def __init__(self, url: URL, outbox: Outbox, enqueue: Callable[[Job], Awaitable[None]]) -> None:
        self._url = url
        self._outbox = outbox
        self._enqueue = enqueue

    async def prepare(self) -> None:
        """Import DBOS, which takes a third of a second."""
        await asyncio.to_thread(self._outbox.prepare)

    async def enqueue(self, job: Job) -> None:
        """Have *job* run."""
        await self._enqueue(job)

    async def work(self, handlers: Mapping[str, Handler]) -> None:
        """Launch DBOS, and end it when cancelled; its own threads call the handlers on this loop."""
        from calotype.adapters.jobs.worker import Worker  # and with it DBOS

        worker = Worker(self._url, handlers, asyncio.get_running_loop())
        launching = asyncio.ensure_future(asyncio.to_thread(worker.start))
        try:
            await asyncio.shield(launching)
            await asyncio.Event().wait()
        except SQLAlchemyError as error:
            raise StorageFailed("The jobs cannot be read.") from error
        finally:
            await asyncio.gather(launching, return_exceptions=True)  # a half-launched one cannot be ended
            await asyncio.to_thread(worker.stop)

    async def forget(self, before: datetime) -> int:
        """Delete the rows of what ended before then, payloads and all."""
        from calotype.adapters.jobs.worker import forget

        return await asyncio.to_thread(forget, before.astimezone(UTC))

    async def close(self) -> None:
        """Nothing to release: who works has let go of everything."""
