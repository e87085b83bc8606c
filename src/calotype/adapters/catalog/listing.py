"""Listing: one page of assets, newest first, as a SELECT. Pure: no connection, no clock.

Law: a page costs as much as it shows. Every query walks an index from the cursor and stops at the limit; none
sorts or counts all that matches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    exists,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from calotype.adapters.catalog.schema import Moment, asset_labels, asset_tags, assets, versions
from calotype.ports import AssetQuery

COLUMNS = (*assets.c, versions.c.size, versions.c.sha256, versions.c.facts)
"""Everything that an Asset is made of."""

JOINED = assets.join(versions, versions.c.id == assets.c.version_id)


def living(now: Any) -> ColumnElement[bool]:
    """Whether an asset's row has not expired at *now*."""
    return or_(assets.c.expires_at.is_(None), assets.c.expires_at > now)


def page(query: AssetQuery) -> Select[Any]:
    """Select one page, ordered by (created_at, id), both descending; ascending with `above`."""
    if query.ids is not None:
        return _looked_up(query, query.ids)
    if len(query.tags) > 1 and not query.all_tags:
        return _with_any_tag(query)
    if query.tags:
        return _with_all_tags(query, COLUMNS)
    if query.labels:
        return _with_labels(query)
    return _walk(query, select(*COLUMNS).select_from(JOINED), assets, assets.c.id)


def _looked_up(query: AssetQuery, ids: Sequence[str]) -> Select[Any]:
    """Look *ids* up one by one, and sort what is left of them."""
    rows = select(*COLUMNS).select_from(JOINED).where(assets.c.id.in_(ids))
    # Not the bare column: SQLite would rather walk all that the workspace holds.
    rows = rows.where(assets.c.workspace_id.concat("") == query.workspace_id)
    if query.tags:
        combine = and_ if query.all_tags else or_
        rows = rows.where(combine(*map(_has_tag, query.tags)))
    return _ordered(query, rows, assets, assets.c.id)


def _with_all_tags(query: AssetQuery, columns: tuple[Any, ...]) -> Select[Any]:
    """Walk the first tag's index, and look the others up for each row."""
    first, *others = query.tags
    source = asset_tags.join(assets, assets.c.id == asset_tags.c.asset_id)
    rows = select(*columns).select_from(source.join(versions, versions.c.id == assets.c.version_id))
    rows = rows.where(asset_tags.c.tag == first, *(_has_tag(tag) for tag in others))
    return _walk(query, rows, asset_tags, asset_tags.c.asset_id)


def _with_any_tag(query: AssetQuery) -> Select[Any]:
    """Walk each tag's index for one page, and take the newest of them all: at most tags x limit rows."""
    walks = [_with_all_tags(replace(query, tags=(tag,)), (assets.c.id,)).subquery() for tag in query.tags]
    found = union(*(select(walk.c.id) for walk in walks))
    rows = select(*COLUMNS).select_from(JOINED).where(assets.c.id.in_(found))
    return rows.order_by(assets.c.created_at.desc(), assets.c.id.desc()).limit(query.limit)


def _with_labels(query: AssetQuery) -> Select[Any]:
    """Walk the first label's index, and look the others up for each row."""
    (key, value), *others = query.labels
    source = asset_labels.join(assets, assets.c.id == asset_labels.c.asset_id)
    rows = select(*COLUMNS).select_from(source.join(versions, versions.c.id == assets.c.version_id))
    rows = rows.where(asset_labels.c.key == key, asset_labels.c.value == value)
    return _walk(replace(query, labels=tuple(others)), rows, asset_labels, asset_labels.c.asset_id)


def _has_label(key: str, value: str) -> ColumnElement[bool]:
    other = asset_labels.alias()
    return exists().where(
        other.c.workspace_id == assets.c.workspace_id,
        other.c.key == key,
        other.c.value == value,
        other.c.created_at == assets.c.created_at,
        other.c.asset_id == assets.c.id,
    )


def _has_tag(tag: str) -> ColumnElement[bool]:
    other = asset_tags.alias()
    return exists().where(
        other.c.workspace_id == assets.c.workspace_id,
        other.c.tag == tag,
        other.c.created_at == assets.c.created_at,
        other.c.asset_id == assets.c.id,
    )


def _walk(query: AssetQuery, rows: Select[Any], index: FromClause, id_: ColumnElement[str]) -> Select[Any]:
    """Go down *index* (workspace, then time, then id) from the cursor, keeping what the filters let through."""
    return _ordered(query, rows.where(index.c.workspace_id == query.workspace_id), index, id_)


def _ordered(query: AssetQuery, rows: Select[Any], index: FromClause, id_: ColumnElement[str]) -> Select[Any]:
    """Keep of *rows* what the filters let through, after the cursor, newest first."""
    rows = rows.where(living(query.now), *_filters(query))
    if query.after is not None:
        rows = rows.where(tuple_(index.c.created_at, id_) < _cursor(query.after))
    if query.above is not None:
        # The nearest ones come first here; whoever runs this turns them round.
        rows = rows.where(tuple_(index.c.created_at, id_) > _cursor(query.above))
        return rows.order_by(index.c.created_at, id_).limit(query.limit)
    return rows.order_by(index.c.created_at.desc(), id_.desc()).limit(query.limit)


def _cursor(place: tuple[datetime, str]) -> Any:
    created_at, asset_id = place
    return tuple_(literal(created_at, Moment), literal(asset_id, Text))


def _filters(query: AssetQuery) -> Iterator[ColumnElement[bool]]:
    if query.namespace is not None:
        yield assets.c.namespace == query.namespace
    for key, value in query.labels:
        yield _has_label(key, value)
