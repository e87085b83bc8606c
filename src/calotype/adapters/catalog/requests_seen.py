"""Idempotency keys in the database. Law: whoever claims a key has it alone, and the primary key sees to it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from calotype.adapters.catalog.account_tables import requests_seen
from calotype.adapters.catalog.counters import sweep
from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.upserts import upsert
from calotype.ports import Attempt

_COLUMNS = requests_seen.c


class SqlRequestsSeen:
    """The attempts in a table. What each method means stands at the port, `calotype.ports.RequestsSeen`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, attempt: Attempt, now: datetime) -> Attempt:
        """Remember *attempt*, or answer what is remembered under its key."""
        return await self._database.write(_claim, attempt, now)

    async def hold(self, attempt: Attempt, until: datetime) -> bool:
        """Move the end of the hold; False when it is not the attempt's any more."""
        mine = (*_same_key(attempt), _COLUMNS.holder == attempt.holder, _COLUMNS.asset_id.is_(None))
        row = update(requests_seen).where(*mine).values(held_until=until).returning(_COLUMNS.key)
        return bool(await self._database.execute(row))

    async def finish(self, attempt: Attempt, asset_id: str) -> None:
        """Note the outcome."""
        same = (*_same_key(attempt), _COLUMNS.reserved_id == attempt.reserved_id)
        await self._database.execute(update(requests_seen).where(*same).values(asset_id=asset_id))

    async def forget(self, attempt: Attempt, now: datetime) -> None:
        """Forget it if it is dead."""
        dead = (
            _COLUMNS.holder == attempt.holder,
            _COLUMNS.asset_id.is_(None),
            _COLUMNS.held_until <= now,
        )
        await self._database.execute(delete(requests_seen).where(*_same_key(attempt), *dead))


def _claim(connection: Connection, attempt: Attempt, now: datetime) -> Attempt:
    values = asdict(attempt)
    row = upsert(connection, requests_seen).values(values)
    row = row.on_conflict_do_update(
        index_elements=list(requests_seen.primary_key), set_=values, where=_COLUMNS.expires_at <= now
    )
    if connection.execute(row.returning(_COLUMNS.key)).one_or_none():
        sweep(connection, _COLUMNS.expires_at, now)
        return attempt
    found = select(requests_seen).where(*_same_key(attempt)).with_for_update()
    seen = Attempt(**connection.execute(found).mappings().one())
    if seen.fingerprint != attempt.fingerprint or not seen.dead(now):
        return seen
    taken = replace(attempt, reserved_id=seen.reserved_id)
    connection.execute(update(requests_seen).where(*_same_key(attempt)).values(asdict(taken)))
    return taken


def _same_key(attempt: Attempt) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _COLUMNS.workspace_id == attempt.workspace_id, _COLUMNS.key == attempt.key
