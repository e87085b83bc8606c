"""The rows of assets, with their versions, tags and labels.

Law: an asset, its version, its tags, its labels and its event are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    case,
    delete,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from calotype.adapters.catalog import events, namespaces, usage
from calotype.adapters.catalog.listing import COLUMNS, JOINED, living, page
from calotype.adapters.catalog.outcome import added, outcome
from calotype.adapters.catalog.schema import Moment, asset_labels, asset_tags, assets, versions, workspaces
from calotype.domain.assets import Asset, Moderation, Version
from calotype.domain.plans import Quota
from calotype.domain.visibility import Visibility
from calotype.errors import NotFound
from calotype.ports import AssetQuery, Clock


async def add(connection: AsyncConnection, asset: Asset, clock: Clock, quota: Quota) -> Asset:
    """Add *asset* at the workspace's next moment, taking its path and external id from expired holders.

    Raises:
        QuotaExceeded: *quota* has no room for it.
    """
    now, verified = await _next_moment(connection, asset.workspace_id, clock())
    new = added(asset, now, verified=verified)
    await _free_path(connection, new, now)
    await _free_external_id(connection, new, now)
    await connection.execute(insert(assets).values(_asset_values(new)))
    await connection.execute(insert(versions).values(_version_values(new)))
    await _insert_tags(connection, new)
    await _insert_labels(connection, new)
    await usage.reserve(connection, new.workspace_id, new.version.size, now, quota)
    await namespaces.count(connection, [(None, new)])
    await events.append(connection, new.workspace_id, "asset.added", new.id)
    return new


async def _next_moment(
    connection: AsyncConnection, workspace_id: str, now: datetime
) -> tuple[datetime, bool]:
    """Give out *now*, or a microsecond after the last one given out: created_at is unique in its workspace.

    Beside it, say whether the workspace is verified.

    The workspace's row stays locked until the commit, so the order of created_at is the order of commits, on
    PostgreSQL too; a list that is being paged through never grows behind its reader's back.
    """
    newest = workspaces.c.newest_at
    later = case((newest < now, literal(now, Moment)), else_=newest + literal(1, BigInteger))
    row = update(workspaces).where(workspaces.c.id == workspace_id).values(newest_at=later)
    given = (await connection.execute(row.returning(newest, workspaces.c.verified))).one_or_none()
    if given is None:
        raise NotFound("No such workspace.")
    moment, verified = given
    return moment, verified


async def find(connection: AsyncConnection, now: datetime, *where: ColumnElement[bool]) -> Asset | None:
    """Find the one living asset that fulfils all of *where*."""
    return await _one(connection, _select(now, *where))


async def exists(connection: AsyncConnection, asset_id: str) -> bool:
    """Say whether it has a row, expired or not."""
    row = select(assets.c.id).where(assets.c.id == asset_id)
    return (await connection.execute(row)).one_or_none() is not None


async def listed(connection: AsyncConnection, query: AssetQuery) -> Sequence[Asset]:
    """List one page, newest first."""
    found = [asset_of(row) for row in (await connection.execute(page(query))).mappings()]
    return found if query.above is None else found[::-1]


async def created_at(connection: AsyncConnection, workspace_id: str, asset_id: str) -> datetime | None:
    """Say when a workspace's asset was made: by its row, expired or not, else by the event of its deletion."""
    row = select(assets.c.created_at).where(assets.c.workspace_id == workspace_id, assets.c.id == asset_id)
    made: datetime | None = (await connection.execute(row)).scalar_one_or_none()
    if made is None:
        made = (await connection.execute(events.tombstone(workspace_id, asset_id))).scalar_one_or_none()
    return made


async def change(
    connection: AsyncConnection,
    workspace_id: str,
    asset_id: str,
    changed: Callable[[Asset], Asset],
    clock: Clock,
) -> Asset | None:
    """Store what *changed* makes of the asset; None when there is no such living asset."""
    now = clock()
    before = await _locked(connection, workspace_id, asset_id, now)
    if before is None:
        return None
    after = outcome(before, changed(before), now)
    await store(connection, before, after, now)
    await namespaces.count(connection, [(before, after)])
    await events.append(connection, workspace_id, "asset.updated", after.id)
    return after


async def store(connection: AsyncConnection, before: Asset, after: Asset, now: datetime) -> None:
    """Write *after* where *before* is, whose row is locked; whoever calls counts it for its namespace."""
    if after.path != before.path:
        await _free_path(connection, after, now)
    if after.external_id != before.external_id:
        await _free_external_id(connection, after, now)
    await connection.execute(update(assets).where(assets.c.id == after.id).values(_asset_values(after)))
    await _store_version(connection, before, after)
    if after.tags != before.tags:
        await connection.execute(delete(asset_tags).where(asset_tags.c.asset_id == after.id))
        await _insert_tags(connection, after)
    if after.labels != before.labels:
        await connection.execute(delete(asset_labels).where(asset_labels.c.asset_id == after.id))
        await _insert_labels(connection, after)


def _select(now: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return select(*COLUMNS).select_from(JOINED).where(living(now), *where)


def _looked_up(*columns: Column[Any]) -> Select[Any]:
    """Select the living asset at *columns*, whose values are bound by their names, as of `now`.

    Made once: what is made anew for each call must be recognised anew by the compiler's cache.
    """
    return _select(bindparam("now", type_=Moment), *(column == bindparam(column.name) for column in columns))


BY_ID = _looked_up(assets.c.id)
BY_PATH = _looked_up(assets.c.workspace_id, assets.c.folder, assets.c.file_name)


async def _one(connection: AsyncConnection, rows: Select[Any]) -> Asset | None:
    row = (await connection.execute(rows)).mappings().one_or_none()
    return asset_of(row) if row else None


async def _locked(
    connection: AsyncConnection, workspace_id: str, asset_id: str, now: datetime
) -> Asset | None:
    rows = _select(now, assets.c.workspace_id == workspace_id, assets.c.id == asset_id)
    return await _one(connection, rows.with_for_update(of=assets))


async def _free_path(connection: AsyncConnection, asset: Asset, now: datetime) -> None:
    """Move an expired asset out of the way, to a folder that no path leads to: each begins with a slash."""
    expired_holder = (
        assets.c.workspace_id == asset.workspace_id,
        assets.c.folder == asset.folder,
        assets.c.file_name == asset.file_name,
        assets.c.expires_at <= now,
    )
    away = {"folder": "", "file_name": assets.c.id}
    await connection.execute(update(assets).where(*expired_holder).values(away))


async def _free_external_id(connection: AsyncConnection, asset: Asset, now: datetime) -> None:
    if asset.external_id is None:
        return
    expired_holder = (
        assets.c.workspace_id == asset.workspace_id,
        assets.c.external_id == asset.external_id,
        assets.c.expires_at <= now,
    )
    await connection.execute(update(assets).where(*expired_holder).values(external_id=None))


async def _store_version(connection: AsyncConnection, before: Asset, after: Asset) -> None:
    if after.version == before.version:
        return
    values, size = _version_values(after), after.version.size
    if after.version.id == before.version.id:
        await connection.execute(update(versions).where(versions.c.id == after.version.id).values(values))
        size -= before.version.size
    else:
        await connection.execute(insert(versions).values(values))
    if size:
        await usage.grow(connection, after.workspace_id, size)


async def _insert_tags(connection: AsyncConnection, asset: Asset) -> None:
    if asset.tags:
        rows = [_index_key(asset) | {"tag": tag} for tag in asset.tags]
        await connection.execute(insert(asset_tags), rows)


async def _insert_labels(connection: AsyncConnection, asset: Asset) -> None:
    if asset.labels:
        rows = [_index_key(asset) | {"key": key, "value": value} for key, value in asset.labels.items()]
        await connection.execute(insert(asset_labels), rows)


def _index_key(asset: Asset) -> dict[str, Any]:
    """Spell what the indexes of an asset's words have in common."""
    return {"workspace_id": asset.workspace_id, "created_at": asset.created_at, "asset_id": asset.id}


def _asset_values(asset: Asset) -> dict[str, Any]:
    """Spell an asset as its row: the columns bear the fields' names."""
    values = {column.name: getattr(asset, column.name) for column in assets.c if column.name != "version_id"}
    return values | {
        "version_id": asset.version.id,
        "metadata": dict(asset.metadata),
        "labels": dict(asset.labels),
    }


def _version_values(asset: Asset) -> dict[str, Any]:
    version = asset.version
    return {
        "id": version.id,
        "asset_id": asset.id,
        "workspace_id": asset.workspace_id,
        "size": version.size,
        "sha256": version.sha256,
        "facts": version.facts,
    }


def asset_of(row: RowMapping) -> Asset:
    """Read an asset from a row of COLUMNS."""
    values = dict(row)
    version = Version(values.pop("version_id"), *(values.pop(name) for name in ("size", "sha256", "facts")))
    words = {
        "visibility": Visibility(values["visibility"]),
        "moderation": Moderation(values["moderation"]),
        "tags": tuple(values["tags"]),
    }
    return Asset(**(values | words), version=version)
