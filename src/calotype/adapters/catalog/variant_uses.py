"""Variant uses: which distinct variants of an asset were made on a day.

Law: the count is exact among all processes, and a day's rows are swept once it is over.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog.schema import assets, variant_uses

SWEPT_AT_LEAST = 100


async def spend(connection: AsyncConnection, asset_id: str, day: date, key: str, limit: int) -> bool:
    """Note the use of *key*; False when it would be one more than *limit*. What is repeated costs nothing."""
    # Whoever spends on the same asset waits here for the other's commit, and then counts it.
    lock = select(assets.c.id).where(assets.c.id == asset_id).with_for_update(key_share=True)
    if (await connection.execute(lock)).scalar_one_or_none() is None:
        return True  # deleted meanwhile: whoever renders it will find that out
    today = (variant_uses.c.asset_id == asset_id, variant_uses.c.day == day)
    seen = func.count().filter(variant_uses.c.key == key)
    used, known = (await connection.execute(select(func.count(), seen).where(*today))).one()
    if known:
        return True
    if used >= limit:
        return False
    await connection.execute(insert(variant_uses).values(asset_id=asset_id, day=day, key=key))
    if not used:
        await _sweep(connection, day, max(limit, SWEPT_AT_LEAST))
    return True


async def _sweep(connection: AsyncConnection, today: date, count: int) -> None:
    """Delete as many rows of earlier days as this asset may add today: the table does not outgrow a day."""
    key = tuple_(*variant_uses.primary_key)
    over = select(*variant_uses.primary_key).where(variant_uses.c.day < today).limit(count)
    await connection.execute(delete(variant_uses).where(key.in_(over.with_for_update(skip_locked=True))))
