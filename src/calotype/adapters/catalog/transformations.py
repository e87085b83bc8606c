"""The rows of named transformations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import events
from calotype.adapters.catalog.schema import transformations
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.workspaces import NamedTransformation


async def store(connection: AsyncConnection, named: NamedTransformation) -> None:
    """Add it, or give the name its new value; when it was made first stays."""
    values = {name: getattr(named, name) for name in ("workspace_id", "name", "value", "created_at")}
    row = upsert(connection, transformations).values(values)
    row = row.on_conflict_do_update(
        index_elements=list(transformations.primary_key), set_={"value": row.excluded.value}
    )
    await connection.execute(row)
    await events.append(connection, named.workspace_id, "transformation.changed")


async def remove(connection: AsyncConnection, workspace_id: str, name: str) -> bool:
    """Remove it; False when there is none of that name."""
    row = delete(transformations).where(
        transformations.c.workspace_id == workspace_id, transformations.c.name == name
    )
    removed = (await connection.execute(row.returning(transformations.c.name))).scalar_one_or_none()
    if removed is None:
        return False
    await events.append(connection, workspace_id, "transformation.changed")
    return True


async def listed(connection: AsyncConnection, workspace_id: str) -> Sequence[NamedTransformation]:
    """List a workspace's, by name."""
    rows = select(transformations).where(transformations.c.workspace_id == workspace_id)
    found = [NamedTransformation(**row) for row in (await connection.execute(rows)).mappings()]
    return sorted(found, key=lambda named: named.name)  # PostgreSQL's own order follows its locale


async def find(connection: AsyncConnection, workspace_id: str, name: str) -> NamedTransformation | None:
    """Find one by its name."""
    rows = select(transformations).where(
        transformations.c.workspace_id == workspace_id, transformations.c.name == name
    )
    row = (await connection.execute(rows)).mappings().one_or_none()
    return NamedTransformation(**row) if row else None
