"""Mezzanines on first demand: beside what our engine has encoded, and nobody decoded, made later (docs/adr/0042).

Law: no answer waits for one. Its bytes are durable before the version's facts name them, and where the version is
gone by then, so are they.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

import structlog

from calotype.domain.assets import Asset, Facts, blob_prefix
from calotype.domain.framing import lacks_mezzanine
from calotype.domain.resolving import from_original
from calotype.errors import ImageRefused, NotFound, Quarantined, RenderFailed, StorageFailed
from calotype.ports import AssetQuery, Ingested, Job, Jobs, Platform
from calotype.services.quarantine import blame
from calotype.services.uploads import ingest_limits, put_mezzanines

MEZZANINE = "mezzanine"
ASKED = 10_000
"""Versions that a process remembers it has asked for, the last ones: each new variant of one would ask again."""

log = structlog.get_logger("calotype.mezzanines")


class Mezzanines:
    """Has those made that are missing, in the background."""

    def __init__(self, jobs: Jobs) -> None:
        """Leave the work to *jobs*."""
        self._jobs = jobs
        self._asking: set[asyncio.Task[None]] = set()
        self._asked: dict[str, None] = {}

    def want(self, asset: Asset) -> None:
        """Have the mezzanines of *asset* made where an upload of the same bytes would have some; nobody waits."""
        version_id = asset.version.id
        if not lacks_mezzanine(asset.version.facts) or version_id in self._asked:
            return
        self._asked[version_id] = None
        if len(self._asked) > ASKED:
            self._asked.pop(next(iter(self._asked)))
        asking = asyncio.create_task(self._ask(mezzanine_of(asset), version_id))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)

    async def _ask(self, job: Job, version_id: str) -> None:
        try:
            await self._jobs.enqueue(job)
        except StorageFailed as error:  # whoever asks for the next variant asks for it again
            self._asked.pop(version_id, None)
            log.warning("mezzanine not asked for", job=job.id, error=error.message)


def mezzanine_of(asset: Asset) -> Job:
    """Name the job that makes the mezzanines of *asset*'s version: one for however many ask."""
    version_id = asset.version.id
    place = {"workspace_id": asset.workspace_id, "asset_id": asset.id, "version_id": version_id}
    return Job(f"{MEZZANINE}/{version_id}", MEZZANINE, place, bulk=True)


async def make(platform: Platform, turns: asyncio.Semaphore, job: Job) -> None:
    """Do what `mezzanine_of` names. What cannot be decoded is left as it is: its variants are made from itself.

    Raises:
        RenderFailed, Busy, StorageFailed: it can be tried again.
    """
    async with turns:
        asset = await platform.catalog.asset(job.payload["asset_id"], platform.clock())
        there = asset is not None and asset.version.id == job.payload["version_id"]
        if asset is None or not there or not await _made(platform, asset, job.id):
            await _forget_if_deleted(platform, **job.payload)


async def _made(platform: Platform, asset: Asset, name: str) -> bool:
    """Make what is missing, and say whether the version has it now. *name* is the job's."""
    if not lacks_mezzanine(asset.version.facts):  # the job was cut off after its commit
        return True
    prefix = blob_prefix(asset.workspace_id, asset.version.id)
    with tempfile.TemporaryDirectory(prefix="mezzanine-", dir=platform.scratch) as scratch:
        try:
            original = await platform.cache.file(asset.id, platform.blobs, f"{prefix}original")
            found = await _decoded(platform, asset, original, Path(scratch), name)
        except (ImageRefused, NotFound, Quarantined) as error:
            log.warning("no mezzanine", version=asset.version.id, error=error.message)
            return False
        await put_mezzanines(platform, prefix, found)
    return await _noted(platform, asset, found.facts)


async def _decoded(platform: Platform, asset: Asset, original: Path, scratch: Path, name: str) -> Ingested:
    """Decode the file *original* as if it were uploaded, but held to the quarantine as all that is stored is.

    Raises:
        ImageRefused: it is over a limit of today.
        Quarantined: it was set aside.
        RenderFailed, Busy: not now. The second crash sets the version aside.
    """
    held = await platform.catalog.quarantines(platform.clock())
    if asset.version.id in held or name in held:
        raise Quarantined
    format_, limits = asset.version.facts.format, ingest_limits(platform.settings)
    try:
        return await platform.renderer.ingest(original, format_, limits, scratch, owner=asset.workspace_id)
    except RenderFailed as error:
        await blame(platform.catalog, from_original(asset), name, error.cause, platform.clock())
        raise


async def _noted(platform: Platform, asset: Asset, facts: Facts) -> bool:
    """Write *facts* into the row of *asset* if it is there and has the same version still, and say whether."""

    def learned(now: Asset) -> Asset | None:
        same = now.version.id == asset.version.id
        return replace(now, version=replace(now.version, facts=facts)) if same else None

    query = AssetQuery(asset.workspace_id, platform.clock(), ids=(asset.id,))
    return bool(await platform.catalog.update_assets(query, learned, platform.clock))


async def _forget_if_deleted(
    platform: Platform, *, workspace_id: str, asset_id: str, version_id: str
) -> None:
    """Delete what was put beside a version that is gone. One that has only expired keeps it until it is swept."""
    if not await platform.catalog.known_versions((version_id,)):
        await platform.cache.drop(asset_id)
        await platform.blobs.delete_prefix(blob_prefix(workspace_id, version_id))
