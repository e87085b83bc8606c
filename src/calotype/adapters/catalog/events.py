"""Events: what changed, numbered without gaps in the order of the commits.

Law: a change and its event are one transaction, and the event is its last statement (so that PostgreSQL's
lock below is held only while it commits).

A watcher remembers the last number it saw. Only the newest 10,000 events are sure to be there: when the first
event that it is answered is not the next number, it slept too long and must drop every copy it holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Integer, Select, bindparam, delete, func, insert, select

from calotype.adapters.catalog.schema import events

CHANNEL = "calotype_events"
KEPT = 10_000
PRUNED_EVERY = 1_000

NOT_KEPT: Mapping[str, datetime] = MappingProxyType({})

_LOCK = 0x63616C6F  # "calo": any constant that nothing else in the database uses

AFTER = (
    select(events.c.number, events.c.workspace_id, events.c.asset_id, events.c.kind)
    .where(events.c.number > bindparam("number"))
    .order_by(events.c.number)
    .limit(bindparam("limit", type_=Integer))
)
"""The events after a number, oldest first."""

_newest = select(func.coalesce(func.max(events.c.number), 0))


def append(connection: Connection, workspace_id: str, kind: str, asset_id: str = "") -> None:
    """Note that *kind* happened, and forget the oldest events now and then."""
    append_each(connection, workspace_id, kind, (asset_id,))


def append_each(
    connection: Connection,
    workspace_id: str,
    kind: str,
    asset_ids: Sequence[str],
    created_at: Mapping[str, datetime] = NOT_KEPT,
) -> None:
    """Note that *kind* happened to each of *asset_ids*, in their order; *created_at* says when they were made."""
    if not asset_ids:
        return
    if connection.dialect.name == "postgresql":
        # Writers commit side by side there, and a number that was taken early could appear late, behind a
        # watcher that has passed it. The lock makes the order of numbers the order of commits.
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK), func.pg_notify(CHANNEL, "")))
    newest = last(connection)
    rows = [
        {
            "number": number,
            "workspace_id": workspace_id,
            "asset_id": asset_id,
            "kind": kind,
            "asset_created_at": created_at.get(asset_id),
        }
        for number, asset_id in enumerate(asset_ids, newest + 1)
    ]
    connection.execute(insert(events), rows)
    appended = newest + len(rows)
    if appended // PRUNED_EVERY > newest // PRUNED_EVERY:
        connection.execute(delete(events).where(events.c.number <= appended - KEPT))


def last(connection: Connection) -> int:
    """Find the newest number; 0 when nothing ever happened."""
    return int(connection.execute(_newest).scalar_one())


def tombstone(workspace_id: str, asset_id: str) -> Select[Any]:
    """Select when a workspace's asset was made that was deleted not long ago. No index: the events are few."""
    return select(events.c.asset_created_at).where(
        events.c.workspace_id == workspace_id,
        events.c.asset_id == asset_id,
        events.c.asset_created_at.is_not(None),
    )
