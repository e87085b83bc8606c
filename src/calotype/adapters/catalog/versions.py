"""The versions as `fsck` and purges see them: which bytes have a row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from calotype.adapters.catalog.schema import assets, versions


def ids(connection: Connection, after: str, limit: int) -> Sequence[tuple[str, str]]:
    """Page through (workspace id, version id), by version id."""
    rows = select(versions.c.workspace_id, versions.c.id).where(versions.c.id > after)
    found = connection.execute(rows.order_by(versions.c.id).limit(limit))
    return [(workspace_id, version_id) for workspace_id, version_id in found]


def under(
    connection: Connection, workspace_id: str, path_start: str, after: str, limit: int
) -> Sequence[tuple[str, str]]:
    """Page through (asset id, version id) of a workspace's assets whose path begins so, by asset id."""
    path = assets.c.folder + assets.c.file_name
    rows = select(assets.c.id, assets.c.version_id).where(
        assets.c.workspace_id == workspace_id,
        assets.c.id > after,
        # SQLite's LIKE knows no case, and every character of a path stands for itself alone.
        func.substr(path, 1, len(path_start)) == path_start,
    )
    found = connection.execute(rows.order_by(assets.c.id).limit(limit))
    return [(asset_id, version_id) for asset_id, version_id in found]


def known(connection: Connection, version_ids: Sequence[str]) -> frozenset[str]:
    """Say which of *version_ids* have a row."""
    rows = select(versions.c.id).where(versions.c.id.in_(version_ids))
    return frozenset(connection.execute(rows).scalars())
