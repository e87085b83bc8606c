"""The rows of workspaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from calotype.adapters.catalog import events, usage
from calotype.adapters.catalog.outcome import workspace_outcome
from calotype.adapters.catalog.schema import EPOCH, workspaces
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.workspaces import OriginalPolicy, Workspace

# Asked with each request of a key.
BY_ID = select(workspaces).where(workspaces.c.id == bindparam("id"))
BY_SLUG = select(workspaces).where(workspaces.c.slug == bindparam("slug"))


def add(connection: Connection, workspace: Workspace) -> bool:
    """Add a workspace; False when its id, slug or storage segment is taken."""
    values = {**asdict(workspace), "newest_at": EPOCH}  # the columns bear the fields' names
    row = upsert(connection, workspaces).values(values).on_conflict_do_nothing().returning(workspaces.c.id)
    added = connection.execute(row).scalar_one_or_none() is not None
    if added:
        usage.begin(connection, workspace.id)
        events.append(connection, workspace.id, "workspace.added")
    return added


def listed(connection: Connection) -> Sequence[Workspace]:
    """List all, oldest first."""
    rows = select(workspaces).order_by(workspaces.c.created_at, workspaces.c.id)
    return [workspace_of(row) for row in connection.execute(rows).mappings()]


def change(
    connection: Connection, workspace_id: str, changed: Callable[[Workspace], Workspace]
) -> Workspace | None:
    """Store what *changed* makes of the workspace's policies; None when there is no such workspace."""
    this = workspaces.c.id == workspace_id
    found = connection.execute(select(workspaces).where(this).with_for_update())
    row = found.mappings().one_or_none()
    if row is None:
        return None
    after = workspace_outcome(workspace_of(row), changed)
    connection.execute(update(workspaces).where(this).values(asdict(after)))
    events.append(connection, workspace_id, "workspace.updated")
    return after


def workspace_of(row: RowMapping) -> Workspace:
    """Read a workspace from its row."""
    values = {name: value for name, value in row.items() if name != "newest_at"}
    return Workspace(**(values | {"originals": OriginalPolicy(values["originals"])}))
