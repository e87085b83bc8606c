"""Jobs in memory: for tests, and for trying things out. What has not run when the process ends never will."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog

from calotype.ports import Handler, Job

log = structlog.get_logger("calotype.jobs")


class MemoryJobs:
    """Keeps jobs in the order they came; `work` runs them as they come, `run` on demand."""

    def __init__(self) -> None:
        self.waiting: list[Job] = []
        self._known: set[str] = set()
        self._came = asyncio.Event()

    def add(self, job: Job) -> None:
        """Keep *job*, unless one of its id came before."""
        if job.id not in self._known:
            self._known.add(job.id)
            self.waiting.append(job)
            self._came.set()

    async def enqueue(self, job: Job) -> None:
        """Keep *job*, unless one of its id came before."""
        self.add(job)

    async def run(self, handlers: Mapping[str, Handler]) -> int:
        """Run what waits, and what comes meanwhile, and say how many those were; one that raises stays."""
        ran = 0
        while self.waiting:
            job = self.waiting[0]
            await handlers[job.name](job)
            self.waiting.remove(job)
            ran += 1
        return ran

    async def prepare(self) -> None:
        """Nothing takes a moment."""

    async def work(self, handlers: Mapping[str, Handler]) -> None:
        """Run jobs as they come, until cancelled; one that raises waits for the next one to come."""
        while True:
            try:
                await self.run(handlers)
            except Exception:
                log.exception("job failed", job=self.waiting[0].id)
                self.waiting.append(self.waiting.pop(0))
            self._came.clear()
            await self._came.wait()

    async def forget(self, before: datetime) -> int:  # noqa: ARG002 - ids are all that is kept, and they must be
        """Nothing to delete."""
        return 0

    async def close(self) -> None:
        """Nothing to release."""
