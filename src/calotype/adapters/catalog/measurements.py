"""Measurements: what only pixels can tell of a version, kept so that they are asked once.

Law: they go with their version, and there are never many of one, whatever is asked of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import JSON, Connection, func, literal, select

from calotype.adapters.catalog.schema import measurements, versions
from calotype.adapters.catalog.upserts import upsert

KEPT = 500
"""Measurements of one version; what is measured beyond them is measured again when it is needed again."""


def of(connection: Connection, version_id: str) -> Mapping[str, tuple[int, ...]]:
    """Read all that was measured of a version."""
    rows = select(measurements.c.key, measurements.c["values"]).where(measurements.c.version_id == version_id)
    return {key: tuple(values) for key, values in connection.execute(rows)}


def remember(connection: Connection, version_id: str, key: str, values: Sequence[int]) -> None:
    """Keep a measurement; nothing happens when the version is gone, or has enough of them."""
    kept = select(func.count()).where(measurements.c.version_id == version_id).scalar_subquery()
    # The version's row is held against deletion until the commit: else the foreign key would fail.
    there = select(versions.c.id, literal(key), literal(list(values), JSON)).where(
        versions.c.id == version_id, kept < KEPT
    )
    row = upsert(connection, measurements).from_select(
        ["version_id", "key", "values"], there.with_for_update(read=True, key_share=True)
    )
    again = {"values": row.excluded["values"]}
    connection.execute(row.on_conflict_do_update(index_elements=list(measurements.primary_key), set_=again))
