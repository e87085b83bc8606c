"""Uploads: from a received file to a stored asset, whatever way it came.

Law: bytes before row. The original is durable before its row is committed, and when there will be no row,
the bytes are gone before anyone is answered.

Why so: docs/adr/0010.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

import structlog

from calotype.domain.assets import (
    Asset,
    Facts,
    Version,
    blob_prefix,
    check_metadata,
    clean_name,
    default_path,
)
from calotype.domain.formats import FORMATS, Format, sniff
from calotype.domain.pictures import Source
from calotype.domain.plans import Lifetime
from calotype.domain.visibility import Visibility
from calotype.errors import (
    CalotypeError,
    EmptyFile,
    ExternalIdTaken,
    FileTooLarge,
    ImageCorrupt,
    QuotaExceeded,
    RenderFailed,
    UnsupportedType,
)
from calotype.ports import Ingested, IngestLimits, Platform
from calotype.services import usage
from calotype.services.access import Caller
from calotype.services.completion import to_its_end
from calotype.services.identifiers import new_id
from calotype.settings import Settings

log = structlog.get_logger("calotype.uploads")

SMALL_FORMATS = frozenset({Format.SVG, Format.BMP})
"""Formats held to `max_svg_bytes`: one is parsed whole in memory, the other is not compressed at all."""

DECODES = 2
"""How often a file is decoded whose decoder is killed: once may be chance, twice is the file's doing."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A received file, and what its sender says about it. The words have passed the domain's rules."""

    path: Path
    """May be moved away."""
    size: int
    """Bytes."""
    sha256: str
    head: bytes
    """The first `SNIFF_BYTES` bytes: they decide what the file is."""
    name: str = ""
    """As the sender wrote it; cleaned here, and made from the id when nothing is left."""
    titled: bool = False
    """Whether the name is a title, which may have slashes and stays as it is, and no file's name."""
    formats: frozenset[Format] = frozenset(Format)
    """What it may be."""
    plain: bool = False
    """Whether it is stored upright, with its first frame alone and without metadata."""
    visibility: Visibility = Visibility.PUBLIC
    namespace: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    date: str | None = None
    ttl: timedelta | None = None
    """How long it lives; None: for ever, or as long as an anonymous upload may."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    caption: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    source_url: str | None = None
    """Where it was fetched from, when it was not sent."""


class Described(TypedDict, total=False):
    """What a sender says about an upload, under the names of `Upload`."""

    name: str
    titled: bool
    formats: frozenset[Format]
    plain: bool
    visibility: Visibility
    namespace: str
    tags: tuple[str, ...]
    external_id: str
    date: str
    ttl: timedelta
    metadata: Mapping[str, str]
    caption: str | None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stored:
    """The asset of an upload, and whether it was there before, under the same external id."""

    asset: Asset
    deduplicated: bool = False
    replayed: bool = False
    """Whether the same request has made it before, and this one only asks again."""


async def store(platform: Platform, caller: Caller, upload: Upload, asset_id: str = "") -> Stored:
    """Validate the file, store it and its row, and answer the asset; its id is *asset_id*, if one was reserved.

    When cancelled, it stops at the next step and leaves nothing behind; once the first byte is stored, it
    finishes.

    Raises:
        EmptyFile, UnsupportedType, FileTooLarge: seen from the size and the first bytes.
        Invalid: the metadata is too large.
        ImageRefused: the one full decode found no acceptable image.
        QuotaExceeded: the plan has no room for it.
        RenderFailed, Busy: the decode could not be made; only this upload fails.
        StorageFailed: the bytes or the row could not be kept.
    """
    format_ = judge(upload, platform.settings)
    check_metadata(upload.metadata, platform.settings.max_metadata_bytes)
    external_id = _external_id(caller, upload)
    holder = await _holder(platform, caller, external_id)
    if holder is not None:
        return Stored(holder, deduplicated=True)
    await usage.check_room(platform, caller)
    with tempfile.TemporaryDirectory(prefix="ingest-", dir=platform.scratch) as scratch:
        ingested = await _decode(platform, upload, format_, Path(scratch), caller.workspace.id)
        asset = await _asset(platform, caller, upload, ingested, asset_id or new_id(platform.random))
        return await to_its_end(_keep(platform, caller, asset, ingested.cleaned or upload.path, ingested))


async def store_rendered(platform: Platform, caller: Caller, upload: Upload, facts: Facts) -> Stored:
    """Store what our engine has just encoded, of which its plan told the *facts*: the same way in, without a decode.

    Its mezzanine is made when a variant is first asked for (`mezzanines`). When cancelled, as `store`.

    Raises:
        QuotaExceeded: the plan has no room for it.
        StorageFailed: the bytes or the row could not be kept.
    """
    made = Ingested(facts)
    asset = await _asset(platform, caller, upload, made, new_id(platform.random))
    return await to_its_end(_keep(platform, caller, asset, upload.path, made))


def judge(upload: Upload, settings: Settings) -> Format:
    """Say what an upload's first bytes and its size make of it, before anybody decodes it.

    Raises:
        EmptyFile, UnsupportedType, FileTooLarge: it is not accepted.
    """
    if not upload.size:
        raise EmptyFile
    format_ = sniff(upload.head)
    if format_ is None:
        raise UnsupportedType
    if format_ not in upload.formats:
        known = sorted(each.shown for each in upload.formats)
        raise UnsupportedType(f"It is {format_.shown}, and must be {', '.join(known[:-1])} or {known[-1]}.")
    if format_ in SMALL_FORMATS and upload.size > settings.max_svg_bytes:
        limit = f"{settings.max_svg_bytes:,} bytes (CALOTYPE_MAX_SVG_BYTES)"
        raise FileTooLarge(f"The {format_.shown} is larger than {limit}.")
    return format_


async def _decode(platform: Platform, upload: Upload, format_: Format, scratch: Path, owner: str) -> Ingested:
    """Decode the file for the workspace *owner*, once more when a signal ended the worker.

    The signal may have been meant for another.

    Raises:
        ImageCorrupt: the second worker died as well.
        ImageRefused, RenderFailed, Busy: as the renderer says.
    """
    limits = replace(ingest_limits(platform.settings), plain=upload.plain)
    for attempt in range(1, DECODES + 1):
        try:
            return await platform.renderer.ingest(upload.path, format_, limits, scratch, owner=owner)
        except RenderFailed as error:
            if error.cause != "crash":
                raise
            log.warning("decoder crashed", sha256=upload.sha256, format=format_.value, attempt=attempt)
    raise ImageCorrupt("Decoding the image crashed its decoder.")


def ingest_limits(settings: Settings) -> IngestLimits:
    """Gather from *settings* what the decode of an upload is held to."""
    return IngestLimits(
        max_pixels=settings.max_pixels,
        max_animation_pixels=settings.max_animation_pixels,
        max_frames=settings.max_frames,
        max_pixels_per_byte=settings.max_pixels_per_byte,
        max_svg_bytes=settings.max_svg_bytes,
    )


def _external_id(caller: Caller, upload: Upload) -> str | None:
    """Leave it out for anonymous uploads: unique among strangers, it would hand one the image of another."""
    return None if caller.anonymous else upload.external_id


async def _holder(platform: Platform, caller: Caller, external_id: str | None) -> Asset | None:
    if external_id is None:
        return None
    return await platform.catalog.asset_by_external_id(caller.workspace.id, external_id, platform.clock())


async def _asset(
    platform: Platform, caller: Caller, upload: Upload, ingested: Ingested, asset_id: str
) -> Asset:
    """Make the asset, with the size and hash of the bytes that will be stored; the catalog sets its times."""
    facts, now = ingested.facts, platform.clock()
    named = f"{asset_id}.{FORMATS[facts.format].extensions[0]}"
    name = upload.name if upload.titled else clean_name(upload.name, named)
    folder, file_name = default_path(asset_id, name, upload.namespace, facts.format)
    life = _lifetime(platform.settings, caller, upload.ttl)
    size, sha256 = upload.size, upload.sha256
    if ingested.cleaned is not None:
        size, sha256 = await asyncio.to_thread(_measure, ingested.cleaned)
    return Asset(
        id=asset_id,
        workspace_id=caller.workspace.id,
        name=name,
        folder=folder,
        file_name=file_name,
        version=Version(asset_id, size, sha256, facts),
        created_at=now,
        updated_at=now,
        visibility=Visibility.PUBLIC if caller.anonymous else upload.visibility,
        namespace=upload.namespace,
        tags=upload.tags,
        external_id=_external_id(caller, upload),
        date=upload.date,
        metadata=upload.metadata,
        caption=upload.caption,
        labels=upload.labels,
        expires_at=None if life.ttl is None else now + life.ttl,
        provisional=life.provisional,
        source_url=upload.source_url,
    )


def _measure(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _lifetime(settings: Settings, caller: Caller, ttl: timedelta | None) -> Lifetime:
    if caller.anonymous:
        longest = timedelta(days=settings.anonymous_ttl_days)
        return Lifetime(min(ttl or longest, longest), provisional=False)
    return usage.plan_for(settings, caller.workspace).lifetime(ttl, verified=caller.workspace.verified)


async def _keep(
    platform: Platform, caller: Caller, asset: Asset, original: Path, ingested: Ingested
) -> Stored:
    """Put the bytes, then the row. Never cancelled: a commit whose answer got lost must not lose its bytes."""
    prefix = blob_prefix(asset.workspace_id, asset.version.id)
    try:
        await platform.blobs.put(f"{prefix}original", original)
        await put_mezzanines(platform, prefix, ingested)
        quota = usage.quota_of(platform.settings, caller.workspace)
        return Stored(await platform.catalog.add_asset(asset, platform.clock, quota))
    except ExternalIdTaken:
        await _discard(platform, asset)
        winner = await _holder(platform, caller, asset.external_id)
        if winner is None:  # deleted in the meantime; trying again is the sender's choice
            raise
        return Stored(winner, deduplicated=True)
    except QuotaExceeded:
        await _discard(platform, asset)
        raise await usage.refusal(platform, caller.workspace) from None
    except BaseException:
        await _discard(platform, asset)
        raise


async def put_mezzanines(platform: Platform, prefix: str, ingested: Ingested) -> None:
    """Store the intermediates that a decode has made, durably, below *prefix*, the version's.

    Raises:
        StorageFailed: one could not be stored.
    """
    for source, made in ((Source.MEZZANINE, ingested.mezzanine), (Source.SMALL, ingested.small)):
        if made is not None:
            await platform.blobs.put(f"{prefix}{source.value}", made)


async def _discard(platform: Platform, asset: Asset) -> None:
    """Delete the bytes of an asset that has no row.

    A commit can fail after it took effect (the connection breaks before the answer). So the catalog is asked,
    and when it cannot tell, the bytes stay: an orphan can be swept later, a row without bytes is a lost image.
    """
    try:
        if not await platform.catalog.known_versions((asset.version.id,)):
            await platform.blobs.delete_prefix(blob_prefix(asset.workspace_id, asset.version.id))
    except CalotypeError as error:
        log.warning("orphan", version=asset.version.id, workspace=asset.workspace_id, error=error.message)
