"""Purging: variants leave every tier, and whoever asked gets a receipt of what went.

Law: a purge takes nothing that cannot be made again. Originals, their intermediates and their rows stay, and the next
request renders anew. Purging twice is safe, so a purge that failed half-way is simply repeated.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calotype.domain.assets import ID, blob_prefix
from calotype.domain.paths import read_path
from calotype.errors import Invalid, NotFound
from calotype.ports import Dropped, Platform
from calotype.services.completion import to_its_end
from calotype.services.identifiers import new_id

PURGED = "asset.purged"
"""The event by which the memory of every process, and the disk of every other machine, hears of it."""
PAGE = 1000
"""Assets purged at once: as many events as a watcher reads at once."""


@dataclass(frozen=True, slots=True)
class PurgeAsset:
    """Everything made of one asset."""

    asset_id: str


@dataclass(frozen=True, slots=True)
class PurgeUrl:
    """Everything made of the asset at *path* (`/trips/a.jpg`), whatever transformation a URL to it names."""

    path: str


@dataclass(frozen=True, slots=True)
class PurgeWildcard:
    """Everything made of the assets whose path begins as *pattern*, which ends in its only `*`: `/trips/*`."""

    pattern: str


Purge = PurgeAsset | PurgeUrl | PurgeWildcard


class Status(StrEnum):
    """How far a purge is. It is done when it answers; a dialect that asks later is told so."""

    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was purged, when, and what each tier let go of."""

    id: str
    workspace_id: str
    what: str
    """The id, path or pattern."""
    at: datetime
    assets: int
    """How many assets' purge was announced to the memory of every process: what each held there is not counted."""
    disk: Dropped
    """Variants in files of this machine. Other machines follow within seconds."""
    remote: Dropped
    """Variants that machines share through the remote blob store."""
    status: Status = Status.COMPLETED


async def purge(platform: Platform, workspace_id: str, what: Purge) -> Receipt:
    """Purge *what* of a workspace from every tier. It runs to its end, even when whoever asked leaves.

    When it answers, no process delivers from memory what it held before (PostgreSQL: within a second).

    Raises:
        NotFound: the id or the path is no asset of the workspace. A pattern may match nothing.
        Invalid: the path or the pattern is malformed.
        StorageFailed: a tier does not answer; nothing is announced that did not happen.
    """
    return await to_its_end(_purge(platform, workspace_id, what))


async def _purge(platform: Platform, workspace_id: str, what: Purge) -> Receipt:
    count, disk, remote = 0, Dropped(), Dropped()
    async for page in _meant(platform, workspace_id, what):
        for asset_id, version_id in page:
            remote += await _drop_remote(platform, workspace_id, version_id)
            disk += await platform.cache.drop_variants(asset_id)
        # Last, so that memory is not filled again from a tier below before that is empty.
        await platform.catalog.announce(workspace_id, [asset_id for asset_id, _ in page], PURGED)
        count += len(page)
    return Receipt(new_id(platform.random), workspace_id, _name(what), platform.clock(), count, disk, remote)


def named(word: str) -> Purge:
    """Read what an operator names: an id, a path, or the beginning of paths with a `*` after it."""
    if ID.match(word):
        return PurgeAsset(word)
    return PurgeWildcard(word) if word.endswith("*") else PurgeUrl(word)


def _name(what: Purge) -> str:
    match what:
        case PurgeAsset(name) | PurgeUrl(name) | PurgeWildcard(name):
            return name


async def _meant(
    platform: Platform, workspace_id: str, what: Purge
) -> AsyncIterator[Sequence[tuple[str, str]]]:
    """Yield pages of (asset id, version id)."""
    if isinstance(what, PurgeWildcard):
        start, last = _path_start(what.pattern), ""
        while page := await platform.catalog.versions_under(workspace_id, start, last, PAGE):
            yield page
            last = page[-1][0]
    else:
        yield [await _one(platform, workspace_id, what)]


async def _one(platform: Platform, workspace_id: str, what: PurgeAsset | PurgeUrl) -> tuple[str, str]:
    now = platform.clock()
    if isinstance(what, PurgeUrl):
        found = await platform.catalog.asset_by_path(workspace_id, *read_path(what.path), now)
    else:
        found = await platform.catalog.asset(what.asset_id, now) if ID.match(what.asset_id) else None
    if found is None or found.workspace_id != workspace_id:
        raise NotFound
    return found.id, found.version.id


def _path_start(pattern: str) -> str:
    """Read a pattern as what paths must begin with, spelled as they are stored."""
    if not pattern.endswith("*") or pattern.count("*") != 1:
        raise Invalid.field("path", "one * at its end, such as /trips/*")
    # A last segment of its own makes the rest a path like any other, for the one rule that reads them.
    folder, last = read_path(f"{pattern[:-1]}*")
    return folder + last.removesuffix("*")


async def _drop_remote(platform: Platform, workspace_id: str, version_id: str) -> Dropped:
    if not platform.blobs.remote:
        return Dropped()
    prefix = f"{blob_prefix(workspace_id, version_id)}variants/"
    sizes = [blob.size async for blob in platform.blobs.list(prefix)]
    await platform.blobs.delete_prefix(prefix)
    return Dropped(len(sizes), sum(sizes))
