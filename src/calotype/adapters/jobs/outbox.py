"""Jobs, enqueued in a transaction of ours: DBOS's own tables are in the same database.

Law: nothing here opens a connection. DBOS builds the statements, and our transaction runs them.

DBOS takes a third of a second to import, so only who enqueues does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection

from calotype.ports import Job

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

APPLICATION = "calotype"
QUEUE = "jobs"
WORKFLOW = "run"
VERSION = "1"
"""Of the application, as DBOS tells versions apart: a constant. Its default is a hash of the code."""


class Outbox:
    """Writes jobs into the database at *url*, a parsed URL."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._client: DBOSClient | None = None

    def add(self, connection: Connection, job: Job) -> None:
        """Enqueue *job* in the transaction of *connection*; nothing happens when one of its id is there."""
        self.prepare().enqueue_in_transaction(connection, options(job), *arguments(job))

    def prepare(self) -> DBOSClient:
        """Make what builds the statements, by whoever comes first; it opens no connection."""
        if self._client is None:
            from dbos import DBOSClient, DBOSPortableJSONSerializer

            self._client = DBOSClient(
                system_database_url=system_url(self._url),
                serializer=DBOSPortableJSONSerializer(),
                application_name=APPLICATION,
                lazy=True,  # for good: only statements are asked of it
            )
        return self._client

    def close(self) -> None:
        """Release what the client holds."""
        if self._client is not None:
            self._client.destroy()


def system_url(url: URL) -> str:
    """Spell a parsed URL as DBOS reads it: it brings its own drivers."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def options(job: Job) -> EnqueueOptions:
    """Say how DBOS is to keep a job: by its id, for any release to run; the lowest priority goes first."""
    return {
        "workflow_name": WORKFLOW,
        "queue_name": QUEUE,
        "workflow_id": job.id,
        "app_version": VERSION,
        "priority": 2 if job.bulk else 1,
    }


def arguments(job: Job, attempt: int = 1) -> tuple[str, str, dict[str, Any], int]:
    """Spell a job as the arguments of the one workflow; all of them are JSON."""
    return job.id, job.name, dict(job.payload), attempt
