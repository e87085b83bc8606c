"""The rows of keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import events
from calotype.adapters.catalog.schema import keys
from calotype.domain.workspaces import Ability, Key, KeyKind


async def add(connection: AsyncConnection, key: Key) -> None:
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
    await connection.execute(insert(keys).values(values))
    await events.append(connection, key.workspace_id, "key.added")


async def exists(connection: AsyncConnection, key_id: str) -> bool:
    """Say whether a key, revoked or not, has this id."""
    row = select(keys.c.id).where(keys.c.id == key_id)
    return (await connection.execute(row)).one_or_none() is not None


async def find(connection: AsyncConnection, *where: ColumnElement[bool]) -> Sequence[Key]:
    """List the keys that fulfil all of *where*, oldest first."""
    rows = await connection.execute(select(keys).where(*where).order_by(keys.c.created_at, keys.c.id))
    return [_key(row) for row in rows.mappings()]


async def revoke(connection: AsyncConnection, key_id: str, at: datetime) -> bool:
    """Revoke an active key; False when there is none of that id."""
    active = (keys.c.id == key_id, keys.c.revoked_at.is_(None))
    row = update(keys).where(*active).values(revoked_at=at).returning(keys.c.workspace_id)
    workspace_id = (await connection.execute(row)).scalar_one_or_none()
    if workspace_id is None:
        return False
    await events.append(connection, workspace_id, "key.revoked")
    return True


def _key(row: RowMapping) -> Key:
    abilities = frozenset(Ability(word) for word in row["abilities"])
    return Key(**(dict(row) | {"abilities": abilities, "kind": KeyKind(row["kind"])}))
