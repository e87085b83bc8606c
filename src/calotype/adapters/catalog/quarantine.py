"""Crashes counted, and what is set aside because of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import events
from calotype.adapters.catalog.schema import crashes, quarantine
from calotype.adapters.catalog.upserts import upsert


async def record_crash(connection: AsyncConnection, subject: str, at: datetime) -> int:
    """Count one more crash of *subject*; answer how many it has had."""
    row = upsert(connection, crashes).values(subject=subject, total=1, last_at=at)
    again = {"total": crashes.c.total + 1, "last_at": at}
    row = row.on_conflict_do_update(index_elements=["subject"], set_=again)
    total: int = (await connection.execute(row.returning(crashes.c.total))).scalar_one()
    return total


async def set_aside(connection: AsyncConnection, subject: str, until: datetime | None) -> None:
    """Set *subject* aside until then; None: for good. The latest word counts."""
    row = upsert(connection, quarantine).values(subject=subject, until=until)
    await connection.execute(
        row.on_conflict_do_update(index_elements=["subject"], set_={"until": row.excluded.until})
    )
    await events.append(connection, "", "quarantine.added")


async def current(connection: AsyncConnection, now: datetime) -> dict[str, datetime | None]:
    """List what is set aside at *now*, and until when."""
    still = or_(quarantine.c.until.is_(None), quarantine.c.until > now)
    rows = await connection.execute(select(quarantine.c.subject, quarantine.c.until).where(still))
    return {row.subject: row.until for row in rows}


async def forget(connection: AsyncConnection, subjects: Sequence[str]) -> None:
    """Drop what is known of *subjects*, which are gone."""
    await connection.execute(delete(crashes).where(crashes.c.subject.in_(subjects)))
    await connection.execute(delete(quarantine).where(quarantine.c.subject.in_(subjects)))
