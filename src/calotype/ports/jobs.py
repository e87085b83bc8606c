"""Work that must happen, whoever dies meanwhile: jobs are rows before they are run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do soon: *name* says which handler does it, *payload* (JSON) with what.

    A job of an *id* that is known already is the same job: it is not run again.
    """

    id: str
    name: str
    payload: Mapping[str, Any]
    bulk: bool = field(default=False, compare=False)
    """Whether all others that wait go first: there may be thousands of its kind, and nobody waits for it."""


Handler: TypeAlias = Callable[[Job], Awaitable[None]]
"""Does one kind of job. It may be called twice for the same job, and must then change nothing the second time."""


class Jobs(Protocol):
    """Runs each job at least once, after the transaction that it was enqueued in, however often processes die.

    Whatever deletes or adds rows takes the jobs that follow from it, and enqueues them in its own transaction:
    see `Catalog.delete_assets`.
    """

    async def enqueue(self, job: Job) -> None:
        """Have *job* run, in a transaction of its own.

        Raises:
            StorageFailed: it could not be stored.
        """

    async def prepare(self) -> None:
        """Do what takes a moment before the first job can be enqueued, so that no request waits for it."""

    async def work(self, handlers: Mapping[str, Handler]) -> None:
        """Run the jobs of all processes, on this event loop, until cancelled; what runs then is run again later.

        For one process at a time: whoever calls holds a lock. A handler that raises is called again, ever later,
        for about a day.

        Raises:
            StorageFailed: the database is not there.
        """

    async def forget(self, before: datetime) -> int:
        """Delete what is kept of some jobs that ended before then, and say of how many; only for who works."""

    async def close(self) -> None:
        """Release the connections."""
