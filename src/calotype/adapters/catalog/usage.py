"""What workspaces use, counted beside the rows: a row for each workspace, made with it.

Law: usage changes in the transaction that adds or deletes the asset, after the rows of assets and before the event.
Every transaction that locks both does so in this order, so that none waits for another that waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
    update,
)

from calotype.adapters.catalog.database import Database
from calotype.adapters.catalog.schema import usage, versions
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.plans import Quota, Usage, month_of
from calotype.errors import QuotaExceeded
from calotype.ports import Miscount

NO_LIMIT = 2**63 - 1
"""The largest number that a column holds."""


def _reservation() -> Update:
    this_month = bindparam("this_month", type_=Text)
    # A month that has ended stays so, whatever another machine's clock says.
    over = usage.c.month < this_month
    uploads = case((over, 0), else_=usage.c.uploads) + 1
    stored_bytes = usage.c.stored_bytes + bindparam("added", type_=BigInteger)
    return (
        update(usage)
        .where(
            usage.c.workspace_id == bindparam("holder"),
            uploads <= bindparam("most_uploads", type_=BigInteger),
            stored_bytes <= bindparam("most_bytes", type_=BigInteger),
        )
        .values(
            month=case((over, this_month), else_=usage.c.month),
            uploads=uploads,
            stored=usage.c.stored + 1,
            stored_bytes=stored_bytes,
        )
    )


_RESERVE = _reservation()


def begin(connection: Connection, workspace_id: str) -> None:
    """Give a new workspace its row."""
    row = {"workspace_id": workspace_id, "month": "", "uploads": 0, "stored": 0, "stored_bytes": 0}
    connection.execute(upsert(connection, usage).values(row).on_conflict_do_nothing())


def reserve(connection: Connection, workspace_id: str, size: int, now: datetime, quota: Quota) -> None:
    """Count one upload of *size* bytes, if *quota* has room for it: one conditional UPDATE, whoever else tries.

    Raises:
        QuotaExceeded: it has none.
    """
    values = {
        "holder": workspace_id,
        "this_month": month_of(now),
        "added": size,
        "most_uploads": _limit(quota.uploads),
        "most_bytes": _limit(quota.storage_bytes),
    }
    if not connection.execute(_RESERVE, values).rowcount:
        raise QuotaExceeded


def release(connection: Connection, asset_ids: Sequence[str]) -> None:
    """Give back the storage of these assets, whose rows are about to be deleted in this transaction."""
    held = _held(versions.c.asset_id.in_(asset_ids)).order_by(versions.c.workspace_id)
    for workspace_id, stored, stored_bytes in connection.execute(held).all():
        _add(connection, workspace_id, -stored, -stored_bytes)


def grow(connection: Connection, workspace_id: str, size: int) -> None:
    """Add *size* bytes (less than 0: take them away) to a workspace's storage: an asset has other bytes now."""
    _add(connection, workspace_id, 0, size)


def _add(connection: Connection, workspace_id: str, stored: int, stored_bytes: int) -> None:
    total = usage.c.stored_bytes + literal(stored_bytes, BigInteger)
    changed = {"stored": usage.c.stored + stored, "stored_bytes": total}
    connection.execute(update(usage).where(usage.c.workspace_id == workspace_id).values(changed))


def _limit(quota: int | None) -> int:
    return NO_LIMIT if quota is None else min(quota, NO_LIMIT)


def _held(*where: ColumnElement[bool]) -> Select[Any]:
    """Count what each workspace's rows hold: (workspace id, assets, bytes of their originals)."""
    # PostgreSQL sums to a numeric.
    size = cast(func.sum(versions.c.size), BigInteger)
    assets = func.count(versions.c.asset_id.distinct())
    rows = select(versions.c.workspace_id, assets.label("stored"), size.label("stored_bytes"))
    return rows.where(*where).group_by(versions.c.workspace_id)


_month = bindparam("month", type_=Text)
USED = select(
    usage.c.workspace_id,
    case((usage.c.month < _month, 0), else_=usage.c.uploads).label("uploads"),
    usage.c.stored,
    usage.c.stored_bytes,
)
USED_BY_ONE = USED.where(usage.c.workspace_id == bindparam("workspace_id"))


def _usage(row: RowMapping | None) -> Usage:
    return Usage(row["uploads"], row["stored"], row["stored_bytes"]) if row else Usage()


class SqlMeter:
    """The counts in a database. What each method means stands at the port, `calotype.ports.Meter`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def usage(self, workspace_id: str, now: datetime) -> Usage:
        """Read what a workspace has used."""
        values = {"month": month_of(now), "workspace_id": workspace_id}
        return _usage(await self._database.first(USED_BY_ONE, values))

    async def usages(self, now: datetime) -> Mapping[str, Usage]:
        """Read what every workspace has used."""
        rows = await self._database.rows(USED, {"month": month_of(now)})
        return {row["workspace_id"]: _usage(row) for row in rows}

    async def miscounts(self) -> Sequence[Miscount]:
        """Count the rows in one statement, which sees one moment."""
        held = _held().subquery()
        stored, stored_bytes = func.coalesce(held.c.stored, 0), func.coalesce(held.c.stored_bytes, 0)
        agrees = and_(usage.c.stored == stored, usage.c.stored_bytes == stored_bytes)
        rows = (
            select(
                usage.c.workspace_id,
                usage.c.stored,
                usage.c.stored_bytes,
                stored.label("held"),
                stored_bytes.label("held_bytes"),
            )
            .select_from(usage.outerjoin(held, held.c.workspace_id == usage.c.workspace_id))
            .where(~agrees)
            .order_by(usage.c.workspace_id)
        )
        return [Miscount(*row.values()) for row in await self._database.rows(rows)]

    async def recount(self, workspace_id: str) -> None:
        """Lock the count, then count: whoever adds or deletes meanwhile waits, and counts himself afterwards."""
        await self._database.write(_recount, workspace_id)


def _recount(connection: Connection, workspace_id: str) -> None:
    this = usage.c.workspace_id == workspace_id
    connection.execute(select(usage.c.workspace_id).where(this).with_for_update())
    # A statement of its own: on PostgreSQL it sees what was committed until the lock was there.
    held = connection.execute(_held(versions.c.workspace_id == workspace_id)).one_or_none()
    stored, stored_bytes = (held.stored, held.stored_bytes) if held else (0, 0)
    connection.execute(update(usage).where(this).values(stored=stored, stored_bytes=stored_bytes))
