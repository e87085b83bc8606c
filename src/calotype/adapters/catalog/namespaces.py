"""Namespaces: how many of a workspace's assets bear each of them. They have no rows of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog.listing import JOINED, living
from calotype.adapters.catalog.schema import assets, versions
from calotype.ports import NamespaceTotal


async def page(
    connection: AsyncConnection, workspace_id: str, now: datetime, limit: int, offset: int
) -> Sequence[NamespaceTotal]:
    """List namespaces with living assets, the largest number of them first."""
    count = func.count()
    # PostgreSQL sums to a numeric.
    size = cast(func.sum(versions.c.size), BigInteger)
    rows = (
        select(assets.c.namespace, count, size)
        .select_from(JOINED)
        .where(assets.c.workspace_id == workspace_id, assets.c.namespace.is_not(None), living(now))
        .group_by(assets.c.namespace)
        .order_by(count.desc(), assets.c.namespace)
    )
    return [NamespaceTotal(*row) for row in await connection.execute(rows.limit(limit).offset(offset))]
