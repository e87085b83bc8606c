"""Counters: how often something happened in a window of time.

A window that has ended is of no use. Whoever opens a new one sweeps some that ended before it began, and the
quarantines that are over with them, so that neither table outgrows what is current.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, delete, select, tuple_

from calotype.adapters.catalog.schema import counters, quarantine
from calotype.adapters.catalog.upserts import upsert

SWEPT_AT_ONCE = 100


def count(connection: Connection, bucket: str, window_start: datetime, window_s: int, amount: int) -> int:
    """Add *amount* to the window's counter and answer its new value."""
    ends_at = window_start + timedelta(seconds=window_s)
    row = upsert(connection, counters).values(
        bucket=bucket, window_s=window_s, window_start=window_start, value=amount, ends_at=ends_at
    )
    row = row.on_conflict_do_update(
        index_elements=list(counters.primary_key), set_={"value": counters.c.value + amount}
    )
    value: int = connection.execute(row.returning(counters.c.value)).scalar_one()
    if value == amount:
        sweep(connection, counters.c.ends_at, window_start)
        sweep(connection, quarantine.c.until, window_start)
    return value


def sweep(connection: Connection, end: Column[Any], before: datetime) -> None:
    """Delete some rows whose *end* has passed, but for those that another transaction has in hand."""
    key = tuple_(*end.table.primary_key)
    ended = select(*end.table.primary_key).where(end <= before).limit(SWEPT_AT_ONCE)
    connection.execute(delete(end.table).where(key.in_(ended.with_for_update(skip_locked=True))))
