"""The versions as `fsck` sees them: which bytes have a row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog.schema import versions


async def ids(connection: AsyncConnection, after: str, limit: int) -> Sequence[tuple[str, str]]:
    """Page through (workspace id, version id), by version id."""
    rows = select(versions.c.workspace_id, versions.c.id).where(versions.c.id > after)
    found = await connection.execute(rows.order_by(versions.c.id).limit(limit))
    return [(workspace_id, version_id) for workspace_id, version_id in found]


async def known(connection: AsyncConnection, version_ids: Sequence[str]) -> frozenset[str]:
    """Say which of *version_ids* have a row."""
    rows = select(versions.c.id).where(versions.c.id.in_(version_ids))
    return frozenset((await connection.execute(rows)).scalars())
