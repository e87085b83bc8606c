"""The rows of named transformations."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from calotype.adapters.catalog import events
from calotype.adapters.catalog.schema import transformations
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.workspaces import NamedTransformation


def store(connection: Connection, named: NamedTransformation) -> None:
    """Add it, or give the name its new value; when it was made first stays."""
    values = {name: getattr(named, name) for name in ("workspace_id", "name", "value", "created_at")}
    row = upsert(connection, transformations).values(values)
    row = row.on_conflict_do_update(
        index_elements=list(transformations.primary_key), set_={"value": row.excluded.value}
    )
    connection.execute(row)
    events.append(connection, named.workspace_id, "transformation.changed")


def remove(connection: Connection, workspace_id: str, name: str) -> bool:
    """Remove it; False when there is none of that name."""
    row = delete(transformations).where(
        transformations.c.workspace_id == workspace_id, transformations.c.name == name
    )
    removed = connection.execute(row.returning(transformations.c.name)).scalar_one_or_none()
    if removed is None:
        return False
    events.append(connection, workspace_id, "transformation.changed")
    return True


def listed(connection: Connection, workspace_id: str) -> Sequence[NamedTransformation]:
    """List a workspace's, by name."""
    rows = select(transformations).where(transformations.c.workspace_id == workspace_id)
    found = [NamedTransformation(**row) for row in connection.execute(rows).mappings()]
    return sorted(found, key=lambda named: named.name)  # PostgreSQL's own order follows its locale


def find(connection: Connection, workspace_id: str, name: str) -> NamedTransformation | None:
    """Find one by its name."""
    rows = select(transformations).where(
        transformations.c.workspace_id == workspace_id, transformations.c.name == name
    )
    row = connection.execute(rows).mappings().one_or_none()
    return NamedTransformation(**row) if row else None
