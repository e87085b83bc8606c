"""The rows of keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, insert, select, update

from calotype.adapters.catalog import events
from calotype.adapters.catalog.schema import keys
from calotype.domain.workspaces import Ability, Key, KeyKind

BY_LOOKUP = (
    select(keys)
    .where(keys.c.lookup == bindparam("lookup"), keys.c.revoked_at.is_(None))
    .order_by(keys.c.created_at, keys.c.id)
)
"""Asked with each request of a key."""


def add(connection: Connection, key: Key) -> None:
    """Add a key."""
    values = {
        "id": key.id,
        "workspace_id": key.workspace_id,
        "name": key.name,
        "lookup": key.lookup,
        "digest": key.digest,
        "abilities": sorted(key.abilities),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
        "kind": key.kind,
        "public_id": key.public_id,
        "sealed": key.sealed,
    }
    connection.execute(insert(keys).values(values))
    events.append(connection, key.workspace_id, "key.added")


def exists(connection: Connection, key_id: str) -> bool:
    """Say whether a key, revoked or not, has this id."""
    row = select(keys.c.id).where(keys.c.id == key_id)
    return connection.execute(row).one_or_none() is not None


def find(connection: Connection, *where: ColumnElement[bool]) -> Sequence[Key]:
    """List the keys that fulfil all of *where*, oldest first."""
    rows = connection.execute(select(keys).where(*where).order_by(keys.c.created_at, keys.c.id))
    return [key_of(row) for row in rows.mappings()]


def revoke(connection: Connection, key_id: str, at: datetime) -> bool:
    """Revoke an active key; False when there is none of that id."""
    active = (keys.c.id == key_id, keys.c.revoked_at.is_(None))
    row = update(keys).where(*active).values(revoked_at=at).returning(keys.c.workspace_id)
    workspace_id = connection.execute(row).scalar_one_or_none()
    if workspace_id is None:
        return False
    events.append(connection, workspace_id, "key.revoked")
    return True


def key_of(row: RowMapping) -> Key:
    """Read a key from its row."""
    abilities = frozenset(Ability(word) for word in row["abilities"])
    return Key(**(dict(row) | {"abilities": abilities, "kind": KeyKind(row["kind"])}))
