"""Expired rows: found by their index, the oldest first, and deleted as any others are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from calotype.adapters.catalog.assets import asset_of
from calotype.adapters.catalog.batches import remove_rows
from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.listing import COLUMNS, JOINED
from calotype.adapters.catalog.schema import assets
from calotype.adapters.jobs.outbox import Outbox
from calotype.domain.assets import Asset, Moderation
from calotype.ports import Entailed


class SqlExpiry:
    """See `calotype.ports.Expiry`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remove_expired(self, now: datetime, limit: int, entailed: Entailed) -> Sequence[Asset]:
        """Delete up to *limit* expired assets; what another transaction holds is left to the next time."""
        return await self._database.write(_remove_expired, now, limit, self._database.outbox, entailed)


def _remove_expired(
    connection: Connection, now: datetime, limit: int, outbox: Outbox, entailed: Entailed
) -> Sequence[Asset]:
    rows = (
        select(*COLUMNS)
        .select_from(JOINED)
        .where(assets.c.expires_at <= now, assets.c.moderation != Moderation.LOCKED)
        .order_by(assets.c.expires_at, assets.c.id)
        .limit(limit)
        .with_for_update(of=assets, skip_locked=True)
    )
    gone = [asset_of(row) for row in connection.execute(rows).mappings()]
    if gone:
        remove_rows(connection, gone, outbox, entailed)
    return gone
