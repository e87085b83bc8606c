"""The rows of workspaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from sqlalchemy import ColumnElement, RowMapping, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import events, usage
from calotype.adapters.catalog.outcome import workspace_outcome
from calotype.adapters.catalog.schema import EPOCH, workspaces
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.workspaces import OriginalPolicy, Workspace


async def add(connection: AsyncConnection, workspace: Workspace) -> bool:
    """Add a workspace; False when its id, slug or storage segment is taken."""
    values = {**asdict(workspace), "newest_at": EPOCH}  # the columns bear the fields' names
    row = upsert(connection, workspaces).values(values).on_conflict_do_nothing().returning(workspaces.c.id)
    added = (await connection.execute(row)).scalar_one_or_none() is not None
    if added:
        await usage.begin(connection, workspace.id)
        await events.append(connection, workspace.id, "workspace.added")
    return added


async def find(connection: AsyncConnection, where: ColumnElement[bool]) -> Workspace | None:
    """Find the workspace that *where* names."""
    row = (await connection.execute(select(workspaces).where(where))).mappings().one_or_none()
    return _workspace(row) if row else None


async def listed(connection: AsyncConnection) -> Sequence[Workspace]:
    """List all, oldest first."""
    rows = select(workspaces).order_by(workspaces.c.created_at, workspaces.c.id)
    return [_workspace(row) for row in (await connection.execute(rows)).mappings()]


async def change(
    connection: AsyncConnection, workspace_id: str, changed: Callable[[Workspace], Workspace]
) -> Workspace | None:
    """Store what *changed* makes of the workspace's policies; None when there is no such workspace."""
    this = workspaces.c.id == workspace_id
    found = await connection.execute(select(workspaces).where(this).with_for_update())
    row = found.mappings().one_or_none()
    if row is None:
        return None
    after = workspace_outcome(_workspace(row), changed)
    await connection.execute(update(workspaces).where(this).values(asdict(after)))
    await events.append(connection, workspace_id, "workspace.updated")
    return after


def _workspace(row: RowMapping) -> Workspace:
    values = {name: value for name, value in row.items() if name != "newest_at"}
    return Workspace(**(values | {"originals": OriginalPolicy(values["originals"])}))
