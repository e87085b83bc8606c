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
    Connection,
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

from calotype.adapters.catalog import events, namespaces, usage
from calotype.adapters.catalog.listing import COLUMNS, JOINED, living, page
from calotype.adapters.catalog.outcome import added, outcome
from calotype.adapters.catalog.schema import Moment, asset_labels, asset_tags, assets, versions, workspaces
from calotype.domain.assets import Asset, Moderation, Version
from calotype.domain.plans import Quota
from calotype.domain.visibility import Visibility
from calotype.errors import NotFound
from calotype.ports import AssetQuery, Clock

# What every upload asks is made once: a statement that is made anew costs as much as running it.
_NOW = bindparam("now", type_=Moment)
_NEWEST = workspaces.c.newest_at
_NEXT_MOMENT = (
    update(workspaces)
    .where(workspaces.c.id == bindparam("holder"))
    .values(newest_at=case((_NEWEST < _NOW, _NOW), else_=_NEWEST + literal(1, BigInteger)))
    .returning(_NEWEST, workspaces.c.verified)
)
_FREE_PATH = (
    update(assets)
    .where(
        assets.c.workspace_id == bindparam("holder"),
        assets.c.folder == bindparam("in_folder"),
        assets.c.file_name == bindparam("called"),
        assets.c.expires_at <= _NOW,
    )
    .values(folder="", file_name=assets.c.id)
)
"""Moves an expired asset out of the way, to a folder that no path leads to: each begins with a slash."""


def add(connection: Connection, asset: Asset, clock: Clock, quota: Quota) -> Asset:
    """Add *asset* at the workspace's next moment, taking its path and external id from expired holders.

    Raises:
        QuotaExceeded: *quota* has no room for it.
    """
    now, verified = _next_moment(connection, asset.workspace_id, clock())
    new = added(asset, now, verified=verified)
    _free_path(connection, new, now)
    _free_external_id(connection, new, now)
    connection.execute(insert(assets), _asset_values(new))
    connection.execute(insert(versions), _version_values(new))
    _insert_tags(connection, new)
    _insert_labels(connection, new)
    usage.reserve(connection, new.workspace_id, new.version.size, now, quota)
    namespaces.count(connection, [(None, new)])
    events.append(connection, new.workspace_id, "asset.added", new.id)
    return new


def _next_moment(connection: Connection, workspace_id: str, now: datetime) -> tuple[datetime, bool]:
    """Give out *now*, or a microsecond after the last one given out: created_at is unique in its workspace.

    Beside it, say whether the workspace is verified.

    The workspace's row stays locked until the commit, so the order of created_at is the order of commits, on
    PostgreSQL too; a list that is being paged through never grows behind its reader's back.
    """
    given = connection.execute(_NEXT_MOMENT, {"holder": workspace_id, "now": now}).one_or_none()
    if given is None:
        raise NotFound("No such workspace.")
    moment, verified = given
    return moment, verified


def find(connection: Connection, now: datetime, *where: ColumnElement[bool]) -> Asset | None:
    """Find the one living asset that fulfils all of *where*."""
    return _one(connection, _select(now, *where))


def exists(connection: Connection, asset_id: str) -> bool:
    """Say whether it has a row, expired or not."""
    row = select(assets.c.id).where(assets.c.id == asset_id)
    return connection.execute(row).one_or_none() is not None


def listed(connection: Connection, query: AssetQuery) -> Sequence[Asset]:
    """List one page, newest first."""
    found = [asset_of(row) for row in connection.execute(page(query)).mappings()]
    return found if query.above is None else found[::-1]


def created_at(connection: Connection, workspace_id: str, asset_id: str) -> datetime | None:
    """Say when a workspace's asset was made: by its row, expired or not, else by the event of its deletion."""
    row = select(assets.c.created_at).where(assets.c.workspace_id == workspace_id, assets.c.id == asset_id)
    made: datetime | None = connection.execute(row).scalar_one_or_none()
    if made is None:
        made = connection.execute(events.tombstone(workspace_id, asset_id)).scalar_one_or_none()
    return made


def change(
    connection: Connection,
    workspace_id: str,
    asset_id: str,
    changed: Callable[[Asset], Asset],
    clock: Clock,
) -> Asset | None:
    """Store what *changed* makes of the asset; None when there is no such living asset."""
    now = clock()
    before = _locked(connection, workspace_id, asset_id, now)
    if before is None:
        return None
    after = outcome(before, changed(before), now)
    store(connection, before, after, now)
    namespaces.count(connection, [(before, after)])
    events.append(connection, workspace_id, "asset.updated", after.id)
    return after


def store(connection: Connection, before: Asset, after: Asset, now: datetime) -> None:
    """Write *after* where *before* is, whose row is locked; whoever calls counts it for its namespace."""
    if after.path != before.path:
        _free_path(connection, after, now)
    if after.external_id != before.external_id:
        _free_external_id(connection, after, now)
    connection.execute(update(assets).where(assets.c.id == after.id).values(_asset_values(after)))
    _store_version(connection, before, after)
    if after.tags != before.tags:
        connection.execute(delete(asset_tags).where(asset_tags.c.asset_id == after.id))
        _insert_tags(connection, after)
    if after.labels != before.labels:
        connection.execute(delete(asset_labels).where(asset_labels.c.asset_id == after.id))
        _insert_labels(connection, after)


def _select(now: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return select(*COLUMNS).select_from(JOINED).where(living(now), *where)


def _looked_up(*columns: Column[Any]) -> Select[Any]:
    """Select the living asset at *columns*, whose values are bound by their names, as of `now`.

    Made once: what is made anew for each call must be recognised anew by the compiler's cache.
    """
    return _select(bindparam("now", type_=Moment), *(column == bindparam(column.name) for column in columns))


BY_ID = _looked_up(assets.c.id)
BY_PATH = _looked_up(assets.c.workspace_id, assets.c.folder, assets.c.file_name)


def _one(connection: Connection, rows: Select[Any]) -> Asset | None:
    row = connection.execute(rows).mappings().one_or_none()
    return asset_of(row) if row else None


def _locked(connection: Connection, workspace_id: str, asset_id: str, now: datetime) -> Asset | None:
    rows = _select(now, assets.c.workspace_id == workspace_id, assets.c.id == asset_id)
    return _one(connection, rows.with_for_update(of=assets))


def _free_path(connection: Connection, asset: Asset, now: datetime) -> None:
    place = {"holder": asset.workspace_id, "in_folder": asset.folder, "called": asset.file_name}
    connection.execute(_FREE_PATH, {**place, "now": now})


def _free_external_id(connection: Connection, asset: Asset, now: datetime) -> None:
    if asset.external_id is None:
        return
    expired_holder = (
        assets.c.workspace_id == asset.workspace_id,
        assets.c.external_id == asset.external_id,
        assets.c.expires_at <= now,
    )
    connection.execute(update(assets).where(*expired_holder).values(external_id=None))


def _store_version(connection: Connection, before: Asset, after: Asset) -> None:
    if after.version == before.version:
        return
    values, size = _version_values(after), after.version.size
    if after.version.id == before.version.id:
        connection.execute(update(versions).where(versions.c.id == after.version.id).values(values))
        size -= before.version.size
    else:
        connection.execute(insert(versions).values(values))
    if size:
        usage.grow(connection, after.workspace_id, size)


def _insert_tags(connection: Connection, asset: Asset) -> None:
    if asset.tags:
        rows = [_index_key(asset) | {"tag": tag} for tag in asset.tags]
        connection.execute(insert(asset_tags), rows)


def _insert_labels(connection: Connection, asset: Asset) -> None:
    if asset.labels:
        rows = [_index_key(asset) | {"key": key, "value": value} for key, value in asset.labels.items()]
        connection.execute(insert(asset_labels), rows)


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
