"""Namespaces: how many of a workspace's assets bear each of them, counted beside the rows.

Law: a count changes in the transaction that adds, changes or deletes the asset, after the rows of assets and usage and
before the event, in the order of the names: so that none waits for another that waits for it. What has expired but
is not swept yet is taken off when it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, and_, cast, delete, func, select

from calotype.adapters.catalog.listing import JOINED
from calotype.adapters.catalog.schema import assets, namespace_totals, versions
from calotype.adapters.catalog.upserts import upsert
from calotype.domain.assets import Asset
from calotype.ports import NamespaceTotal

_Place = tuple[str, str]
"""The workspace's id, and the namespace."""

Changed = tuple[Asset | None, Asset | None]
"""An asset before and after; None: it was not there, or is not any more."""


def count(connection: Connection, changed: Iterable[Changed]) -> None:
    """Count what *changed*."""
    counts: Counter[_Place] = Counter()
    sizes: Counter[_Place] = Counter()
    for before, after in changed:
        for asset, sign in ((before, -1), (after, 1)):
            if asset is not None and asset.namespace is not None:
                place = asset.workspace_id, asset.namespace
                counts[place] += sign
                sizes[place] += sign * asset.version.size
    for place in sorted(counts):
        if counts[place] or sizes[place]:
            _add(connection, place, counts[place], sizes[place])


def _add(connection: Connection, place: _Place, assets_more: int, size_more: int) -> None:
    table = namespace_totals.c
    row = dict(zip(("workspace_id", "namespace"), place, strict=True))
    new = upsert(connection, namespace_totals).values(row | {"assets": assets_more, "size": size_more})
    sums = {"assets": table.assets + new.excluded.assets, "size": table.size + new.excluded["size"]}
    connection.execute(new.on_conflict_do_update(index_elements=list(row), set_=sums))
    if assets_more < 0:
        empty = and_(*(table[name] == value for name, value in row.items()), table.assets == 0)
        connection.execute(delete(namespace_totals).where(empty))


def page(
    connection: Connection, workspace_id: str, now: datetime, limit: int, offset: int
) -> Sequence[NamespaceTotal]:
    """List namespaces with living assets, the largest number of them first."""
    rows = listing(workspace_id, now).limit(limit).offset(offset)
    return [NamespaceTotal(*row) for row in connection.execute(rows)]


def listing(workspace_id: str, now: datetime) -> Select[Any]:
    """Select them all: what is counted, less what has expired and is still counted."""
    table = namespace_totals.c
    # Not the bare column: SQLite would walk all that the workspace holds, and few have expired and are still there.
    of_workspace = assets.c.workspace_id.concat("") == workspace_id
    size = cast(func.sum(versions.c.size), BigInteger)  # PostgreSQL sums to a numeric
    over = (
        select(assets.c.namespace, func.count().label("assets"), size.label("size"))
        .select_from(JOINED)
        .where(of_workspace, assets.c.expires_at <= now)
        .group_by(assets.c.namespace)
        .subquery()
    )
    living = table.assets - func.coalesce(over.c.assets, 0)
    return (
        select(table.namespace, living, table.size - func.coalesce(over.c["size"], 0))
        .select_from(namespace_totals.outerjoin(over, over.c.namespace == table.namespace))
        .where(table.workspace_id == workspace_id, living > 0)
        .order_by(living.desc(), table.namespace)
    )
