"""DBOS, launched in this process: its threads take jobs from the queue and call handlers on the event loop.

Law: a job ends only when its handler has returned. What is cut off stays PENDING, and is run again by whoever
launches next, as the same executor and with the same version: both are constants. (DBOS's own version is a hash of
the code, and what an older code has enqueued would wait for it for ever.)
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from sqlalchemy import URL

from calotype.adapters.jobs.outbox import (
    APPLICATION,
    QUEUE,
    VERSION,
    WORKFLOW,
    arguments,
    options,
    system_url,
)
from calotype.adapters.jobs.tables import hush
from calotype.ports import Handler, Job

EXECUTOR = "calotype"
AT_ONCE = 32
"""Jobs that run side by side, and so those that begin in a second: a poll takes no more than there is room for."""
POLL_S = 1.0
CONNECTIONS = 5
FIRST_RETRY_S = 5
LONGEST_RETRY_S = 3600
ATTEMPTS = 32
"""The pauses between them are 5 s, 10 s, … up to an hour: a day in all."""
FORGOTTEN_AT_ONCE = 500

log = structlog.get_logger("calotype.jobs")


class Stopped(BaseException):
    """The process ends. DBOS records every Exception as the job's end; this one must be none."""


class Worker:
    """Takes jobs from the database at *url*, a parsed URL, until stopped. Its methods block: call them in threads."""

    def __init__(self, url: URL, handlers: Mapping[str, Handler], loop: asyncio.AbstractEventLoop) -> None:
        self._url = url
        self._handlers = handlers
        self._loop = loop
        self._running = _Running()

    def start(self) -> None:
        """Launch DBOS, which first enqueues again what the last worker was at."""
        hush()
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_url": system_url(self._url),
            "sys_db_pool_size": CONNECTIONS,
            "application_version": VERSION,
            "executor_id": EXECUTOR,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            "run_migrations": False,
        }
        DBOS(config=config)
        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(self._workflow())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_S, on_conflict="always_update"
        )

    def stop(self) -> None:
        """End DBOS: nothing new begins, and what runs is cut off."""
        self._running.cancel()
        DBOS.destroy(destroy_registry=True)

    def _workflow(self) -> Callable[[str, str, dict[str, Any], int], None]:
        """Give DBOS the one function that it runs: it marks functions, and cannot mark methods."""

        def run(job_id: str, name: str, payload: dict[str, Any], attempt: int) -> None:
            job = Job(job_id, name, payload)
            try:
                self._running.result(lambda: asyncio.run_coroutine_threadsafe(self._call(job), self._loop))
            except Exception as error:
                if attempt >= ATTEMPTS:
                    log.exception("job given up", job=job.id, name=job.name)
                    raise
                log.warning("job failed", job=job.id, name=job.name, attempt=attempt, error=str(error))
                self._again(job, attempt + 1)

        return run

    async def _call(self, job: Job) -> None:
        await self._handlers[job.name](job)

    def _again(self, job: Job, attempt: int) -> None:
        """Enqueue the next attempt; it has an id of its own, so that it is enqueued once, should we die just now."""
        pause = min(FIRST_RETRY_S * 2 ** (attempt - 2), LONGEST_RETRY_S)
        later = options(replace(job, id=f"{job.id}~{attempt}"))
        later["delay_seconds"] = pause
        DBOS.enqueue_workflow_with_options(later, *arguments(job, attempt))


class _Running:
    """What runs on the loop for the threads that wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._futures: set[Future[None]] = set()
        self._stopped = False

    def result(self, begin: Callable[[], Future[None]]) -> None:
        """Begin something and wait for it.

        Raises:
            Stopped: it was cut off, or not begun at all.
            Exception: as it ended.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            future = begin()
            self._futures.add(future)
        try:
            future.result()
        except CancelledError:
            raise Stopped from None
        finally:
            self._futures.discard(future)

    def cancel(self) -> None:
        """Cut off what runs, and let nothing begin any more."""
        with self._lock:
            self._stopped = True
            running = [*self._futures]
        for future in running:
            future.cancel()


def forget(before: datetime) -> int:
    """Delete some of what ended before then, the oldest first, and say how many; for the process that works."""
    ended = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"],
        completed_before=before.isoformat(),
        limit=FORGOTTEN_AT_ONCE,
        load_input=False,
        load_output=False,
    )
    DBOS.delete_workflows([each.workflow_id for each in ended])
    return len(ended)
