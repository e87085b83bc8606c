"""Failures counted, and what is set aside because of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from calotype.adapters.catalog import events
from calotype.adapters.catalog.schema import crashes, quarantine
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.pictures import enlargement


def record_crash(connection: Connection, subject: str, at: datetime) -> int:
    """Count one more failure of *subject*; answer how many it has had."""
    row = upsert(connection, crashes).values(subject=subject, total=1, last_at=at)
    again = {"total": crashes.c.total + 1, "last_at": at}
    row = row.on_conflict_do_update(index_elements=["subject"], set_=again)
    total: int = connection.execute(row.returning(crashes.c.total)).scalar_one()
    return total


def set_aside(connection: Connection, subject: str, until: datetime | None) -> None:
    """Set *subject* aside until then; None: for good. The latest word counts."""
    row = upsert(connection, quarantine).values(subject=subject, until=until)
    connection.execute(
        row.on_conflict_do_update(index_elements=["subject"], set_={"until": row.excluded.until})
    )
    events.append(connection, "", "quarantine.added")


def current(connection: Connection, now: datetime) -> dict[str, datetime | None]:
    """List what is set aside at *now*, and until when."""
    still = or_(quarantine.c.until.is_(None), quarantine.c.until > now)
    rows = connection.execute(select(quarantine.c.subject, quarantine.c.until).where(still))
    return {row.subject: row.until for row in rows}


def forget(connection: Connection, versions: Sequence[str]) -> None:
    """Drop what is known of *versions*, which are gone."""
    subjects = [*versions, *map(enlargement, versions)]
    connection.execute(delete(crashes).where(crashes.c.subject.in_(subjects)))
    connection.execute(delete(quarantine).where(quarantine.c.subject.in_(subjects)))
