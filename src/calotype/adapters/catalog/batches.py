"""Many assets in one transaction: changed one by one, or deleted at once.

Law: rows are locked in the order of the listing, so that two batches never wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, select

from calotype.adapters.catalog import events, namespaces, quarantine, usage
from calotype.adapters.catalog.assets import asset_of, store
from calotype.adapters.catalog.listing import page
from calotype.adapters.catalog.outcome import outcome
from calotype.adapters.catalog.schema import assets, versions
from calotype.adapters.jobs.outbox import Outbox
from calotype.domain.assets import Asset
from calotype.ports import AssetQuery, Clock, Entailed


def change(
    connection: Connection, query: AssetQuery, changed: Callable[[Asset], Asset | None], clock: Clock
) -> Sequence[Asset]:
    """Store what *changed* makes of each asset that *query* chooses; what it makes nothing of stays."""
    now = clock()
    stored: list[tuple[Asset, Asset]] = []
    for before in _locked(connection, query):
        wanted = changed(before)
        if wanted is not None:
            after = outcome(before, wanted, now)
            store(connection, before, after, now)
            stored.append((before, after))
    namespaces.count(connection, stored)
    made = [after for _, after in stored]
    events.append_each(connection, query.workspace_id, "asset.updated", [asset.id for asset in made])
    return made


def remove(connection: Connection, query: AssetQuery, outbox: Outbox, entailed: Entailed) -> Sequence[Asset]:
    """Delete the assets that *query* chooses and no moderation holds, as `remove_rows`; answer what they were."""
    gone = [asset for asset in _locked(connection, query) if not asset.moderation]
    remove_rows(connection, gone, outbox, entailed)
    return gone


def remove_rows(connection: Connection, gone: Sequence[Asset], outbox: Outbox, entailed: Entailed) -> None:
    """Delete *gone*, whose rows are locked, with everything that depends on them, and enqueue what is *entailed*."""
    ids = [asset.id for asset in gone]
    rows = select(versions.c.id).where(versions.c.asset_id.in_(ids))
    quarantine.forget(connection, list(connection.execute(rows).scalars()))
    usage.release(connection, ids)
    connection.execute(delete(assets).where(assets.c.id.in_(ids)))
    namespaces.count(connection, [(asset, None) for asset in gone])
    for job in entailed(gone):
        outbox.add(connection, job)
    for workspace_id in sorted({asset.workspace_id for asset in gone}):
        its = {asset.id: asset.created_at for asset in gone if asset.workspace_id == workspace_id}
        events.append_each(connection, workspace_id, "asset.deleted", list(its), its)


def _locked(connection: Connection, query: AssetQuery) -> Sequence[Asset]:
    rows = connection.execute(page(query).with_for_update(of=assets))
    return [asset_of(row) for row in rows.mappings()]
