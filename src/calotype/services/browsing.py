"""Browsing: pages of a library that are found by the image they begin with.

Law: the order is that of the library, newest first; whoever goes to the next page and back is where they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calotype.domain.assets import Asset
from calotype.domain.workspaces import Ability
from calotype.errors import Invalid
from calotype.ports import AssetQuery, Platform
from calotype.services.access import Caller

Place = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page, and the ids that the pages around it begin with; None where there is none."""

    assets: Sequence[Asset]
    previous: str | None
    next: str | None


async def leaf(platform: Platform, caller: Caller, first: str | None, take: int) -> Leaf:
    """Find *take* of *caller*'s own assets from the one with the id *first* on, or from the newest.

    Raises:
        Forbidden: the key may not read.
        Invalid: *first* is none of theirs, and never was.
    """
    caller.need(Ability.READ)
    catalog = platform.catalog
    query = AssetQuery(caller.workspace.id, platform.clock(), limit=take + 1)
    if first is None:
        return _leaf(await catalog.assets(query), [], take)
    place = await _place(platform, caller, first)
    found = await catalog.assets(replace(query, after=_before(place)))
    newer = await catalog.assets(replace(query, above=place, limit=take))
    return _leaf(found, newer, take)


def _leaf(found: Sequence[Asset], newer: Sequence[Asset], take: int) -> Leaf:
    following = found[take].id if len(found) > take else None
    return Leaf(found[:take], previous=newer[0].id if newer else None, next=following)


async def _place(platform: Platform, caller: Caller, asset_id: str) -> Place:
    """Find where an image is in the order, or was: it may have been deleted since a link to it was made."""
    created_at = await platform.catalog.created_at(caller.workspace.id, asset_id)
    if created_at is None:
        raise Invalid.field("from", "must be the id of one of your images")
    return created_at, asset_id


def _before(place: Place) -> Place:
    """Name the place just before *place*, so that a page after it begins with *place* itself."""
    created_at, asset_id = place
    return created_at, f"{asset_id}0"
