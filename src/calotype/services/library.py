"""The library: finding, listing, changing and deleting what a workspace holds.

Law: what a caller may not see and what does not exist are answered alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict

import structlog

from calotype.domain.assets import (
    ID,
    Asset,
    check_focus,
    check_labels,
    check_metadata,
    clean_tags,
)
from calotype.domain.moderation import check_changeable, check_served
from calotype.domain.paths import read_path
from calotype.domain.visibility import HAS_PAGE, Visibility, with_page
from calotype.domain.workspaces import Ability, Workspace
from calotype.errors import CalotypeError, NotFound
from calotype.operations.base import Box
from calotype.ports import AssetQuery, Platform
from calotype.services.access import Caller
from calotype.services.completion import to_its_end
from calotype.services.jobs import place_of, purge, purge_of

log = structlog.get_logger("calotype.library")


class Words(TypedDict, total=False):
    """What can be set on an asset as it is; all of it has passed the domain's rules."""

    name: str
    namespace: str | None
    tags: tuple[str, ...]
    external_id: str | None
    date: str | None
    caption: str | None
    folder: str
    file_name: str
    visibility: Visibility
    focus: Box | None


@dataclass(frozen=True, slots=True)
class Change:
    """What to change of an asset; what is not named stays."""

    words: Words = field(default_factory=Words)
    metadata: Mapping[str, str | None] = field(default_factory=dict)
    """Merged into the asset's; None removes a field."""
    page: bool | None = None
    """Switch its viewer page on or off."""
    labels: Mapping[str, str | None] = field(default_factory=dict)
    """Merged as the metadata is."""
    more_tags: tuple[str, ...] = ()
    fewer_tags: tuple[str, ...] = ()
    """Added to and taken from the asset's own, where *words* do not replace them."""

    def of(self, asset: Asset, max_metadata_bytes: int) -> Asset:
        """Make the changed asset.

        Raises:
            MediaLocked, MediaBlocked: moderation holds it.
            Invalid: the metadata or the labels, merged, are too many or too large, so are the tags, or the focus
                lies outside the picture.
        """
        check_changeable(asset)
        changed = replace(
            replace(asset, **self.words),
            metadata=check_metadata(_merged(asset.metadata, self.metadata), max_metadata_bytes),
            labels=check_labels(_merged(asset.labels, self.labels)),
        )
        if self.more_tags or self.fewer_tags:
            kept = (tag for tag in (*changed.tags, *self.more_tags) if tag not in self.fewer_tags)
            changed = replace(changed, tags=clean_tags(kept))
        if (focus := self.words.get("focus")) is not None:
            check_focus(focus, asset.version.facts)
        if self.page is None:
            return changed
        return replace(changed, visibility=with_page(changed.visibility, shown=self.page))


def _merged(before: Mapping[str, str], change: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**before, **change}.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a workspace's assets, and whether there are more after them."""

    assets: tuple[Asset, ...]
    more: bool


async def get(platform: Platform, caller: Caller, asset_id: str) -> tuple[Asset, Workspace]:
    """Find an asset that *caller* may see, a public one or one of their own, and the workspace that it is in.

    Raises:
        Forbidden: the key may not read.
        NotFound: unknown, expired, malformed, or not for this caller.
        MediaBlocked: it is served to nobody.
    """
    if not caller.anonymous:
        caller.need(Ability.READ)
    asset = await platform.catalog.asset(asset_id, platform.clock()) if ID.match(asset_id) else None
    if asset is None:
        raise NotFound
    own = caller.owns(asset.workspace_id)
    if not own and (asset.visibility not in HAS_PAGE or caller.confined):
        raise NotFound
    check_served(asset)
    workspace = caller.workspace if own else await platform.catalog.workspace(asset.workspace_id)
    if workspace is None:
        raise NotFound
    return asset, workspace


async def own(platform: Platform, caller: Caller, asset_id: str) -> Asset:
    """Find one of *caller*'s own assets, whatever its visibility; a blocked one too.

    Raises:
        Unauthorized, Forbidden: a key with the read ability is needed.
        NotFound: none of their own living assets.
    """
    caller.need(Ability.READ)
    asset = await platform.catalog.asset(asset_id, platform.clock()) if ID.match(asset_id) else None
    if asset is None or not caller.owns(asset.workspace_id):
        raise NotFound
    return asset


async def find(platform: Platform, caller: Caller, path_or_id: str) -> Asset:
    """Find one of *caller*'s own assets by its path, which begins with a slash, or by its id; a blocked one too.

    Raises:
        Unauthorized, Forbidden: a key with the read ability is needed.
        Invalid: it begins with a slash and is no path.
        NotFound: none of their own living assets.
    """
    caller.need(Ability.READ)
    if path_or_id.startswith("/"):
        asset = await platform.catalog.asset_by_path(
            caller.workspace.id, *read_path(path_or_id), platform.clock()
        )
    else:
        asset = await platform.catalog.asset(path_or_id, platform.clock()) if ID.match(path_or_id) else None
    if asset is None or not caller.owns(asset.workspace_id):
        raise NotFound(f"There is no image {path_or_id!r} in the workspace {caller.workspace.slug!r}.")
    return asset


async def page(platform: Platform, caller: Caller, query: AssetQuery) -> Page:
    """List the page of *caller*'s own assets that *query* asks for, newest first.

    Raises:
        Unauthorized, Forbidden: a key with the read ability is needed.
    """
    caller.need(Ability.READ)
    # One more than asked for tells whether there is another page, without counting.
    own = replace(query, workspace_id=caller.workspace.id, limit=query.limit + 1)
    found = await platform.catalog.assets(own)
    return Page(tuple(found[: query.limit]), more=len(found) > query.limit)


async def update(platform: Platform, caller: Caller, asset_id: str, change: Change) -> Asset:
    """Apply *change* to one of *caller*'s own assets.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
        NotFound: none of their own living assets.
        MediaLocked, MediaBlocked: moderation holds it.
        ExternalIdTaken, PathTaken: another of them has the new external id, or is at the new path.
        Invalid: the metadata, merged, is too large, or the focus lies outside the picture.
    """
    caller.need(Ability.WRITE)
    limit = platform.settings.max_metadata_bytes
    changed = (
        await platform.catalog.update_asset(
            caller.workspace.id, asset_id, lambda asset: change.of(asset, limit), platform.clock
        )
        if ID.match(asset_id)
        else None
    )
    if changed is None:
        raise NotFound
    return changed


async def delete(platform: Platform, caller: Caller, asset_id: str) -> None:
    """Delete one of *caller*'s own assets: the row, then all its bytes; caches hear of it by the event.

    Raises:
        Unauthorized, Forbidden: a key with the write ability is needed.
        NotFound: none of their own living assets.
        MediaLocked, MediaBlocked: moderation holds it.
    """
    caller.need(Ability.WRITE)
    if not ID.match(asset_id):
        raise NotFound
    await to_its_end(_delete(platform, caller, asset_id))


async def _delete(platform: Platform, caller: Caller, asset_id: str) -> None:
    now = platform.clock()
    gone = await platform.catalog.delete_asset(caller.workspace.id, asset_id, now, purge_of)
    if gone is None:
        held = await platform.catalog.asset(asset_id, now)
        if held is not None and caller.owns(held.workspace_id):
            check_changeable(held)
        raise NotFound
    try:
        await purge(platform, place_of(gone))  # at once, for it is quick; the job makes sure of it
    except CalotypeError as error:
        log.warning("left to the job", version=gone.version.id, error=error.message)
