"""The rows of workspaces."""

from __future__ import annotations

from sqlalchemy import ColumnElement, RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import events
from calotype.adapters.catalog.schema import EPOCH, workspaces
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.workspaces import OriginalPolicy, Workspace


async def add(connection: AsyncConnection, workspace: Workspace) -> bool:
    """Add a workspace; False when its id, slug or storage segment is taken."""
    values = {
        "id": workspace.id,
        "slug": workspace.slug,
        "storage": workspace.storage,
        "created_at": workspace.created_at,
        "originals": workspace.originals,
        "newest_at": EPOCH,
    }
    row = upsert(connection, workspaces).values(values).on_conflict_do_nothing().returning(workspaces.c.id)
    added = (await connection.execute(row)).scalar_one_or_none() is not None
    if added:
        await events.append(connection, workspace.id, "workspace.added")
    return added


async def find(connection: AsyncConnection, where: ColumnElement[bool]) -> Workspace | None:
    """Find the workspace that *where* names."""
    row = (await connection.execute(select(workspaces).where(where))).mappings().one_or_none()
    return _workspace(row) if row else None


def _workspace(row: RowMapping) -> Workspace:
    return Workspace(
        id=row["id"],
        slug=row["slug"],
        storage=row["storage"],
        created_at=row["created_at"],
        originals=OriginalPolicy(row["originals"]),
    )
