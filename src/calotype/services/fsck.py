"""Compare the stored bytes with the catalog: what has no row, and which row has no bytes, or other ones.

Law: it deletes only what no row names and no upload can still be about to name. Damage is reported, never repaired
away. Memory is bounded: both sides are read in pages, whatever their number.

Why so: docs/adr/0010.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from calotype.domain.assets import Version, blob_prefix
from calotype.errors import NotFound
from calotype.ports import BlobInfo, BlobStore, Platform

GRACE = timedelta(hours=1)
"""How old bytes without a row must be before they count as orphans: an upload puts them first, then commits."""

EXAMPLES = 20
"""How many keys a finding names."""

_PAGE = 1000
_AT_ONCE = 32
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""As `now` for the catalog: nothing has expired yet, so every row is there."""

# The layout of `blob_prefix`.
_LAYOUT = re.compile(
    r"(?P<prefix>(?P<workspace>[^/]+)/(?P<two>[0-9a-f]{2})/(?P<version>(?P=two)[0-9a-f]{22})/).+"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """How many were found, how many bytes they have together, and the first few by name."""

    count: int = 0
    size: int = 0
    examples: tuple[str, ...] = ()

    def plus(self, name: str, size: int = 0) -> Finding:
        """Count one more."""
        examples = (*self.examples, name) if self.count < EXAMPLES else self.examples
        return Finding(self.count + 1, self.size + size, examples)


@dataclass(frozen=True, slots=True)
class Report:
    """What was compared, and what was found. Sizes are in bytes."""

    blobs: int = 0
    versions: int = 0
    deleted: int = 0
    """Orphans and leftovers that are gone now."""
    orphans: Finding = field(default_factory=Finding)
    """Blobs that no row names: what a crash in mid-upload leaves."""
    young: Finding = field(default_factory=Finding)
    """Blobs that no row names yet, but an upload may be about to."""
    foreign: Finding = field(default_factory=Finding)
    """Blobs of another layout, or of a workspace that this catalog does not have; never touched."""
    leftovers: Finding = field(default_factory=Finding)
    """Scratch files of an upload that is over."""
    missing: Finding = field(default_factory=Finding)
    """Originals that a row names and the store does not have. Damage."""
    wrong_size: Finding = field(default_factory=Finding)
    """Originals of another size than their row says. Damage."""
    wrong_hash: Finding = field(default_factory=Finding)
    """Originals with other bytes than their row says; looked for on request. Damage."""
    miscounted: Finding = field(default_factory=Finding)
    """Workspaces whose storage is counted otherwise than their rows say; the size is by how much."""
    recounted: int = 0
    """Those that are counted rightly now."""

    @property
    def damaged(self) -> bool:
        """Whether an original is lost or changed."""
        return bool(self.missing.count or self.wrong_size.count or self.wrong_hash.count)

    @property
    def clean(self) -> bool:
        """Whether nothing is damaged, and nothing is left to delete or to count anew."""
        deleted = self.deleted >= self.orphans.count + self.leftovers.count
        return not self.damaged and deleted and self.recounted >= self.miscounted.count

    def plus(self, kind: str, name: str, size: int = 0) -> Report:
        """Add one to the finding *kind*."""
        return replace(self, **{kind: getattr(self, kind).plus(name, size)})


Progress = Callable[[Report], None]


async def fsck(
    platform: Platform,
    *,
    repair: bool,
    holds_lock: bool,
    verify: bool = False,
    progress: Progress = lambda _: None,
) -> Report:
    """Compare blobs with rows, rows with blobs, and counts with rows.

    When *repair*, orphans and leftovers are deleted, and what is counted wrongly is counted anew.

    *holds_lock* says that no server works on the data directory: what lies in it needs no grace then.
    *verify* reads every original and compares its SHA-256. *progress* gets the report so far, page by page.

    Raises:
        StorageFailed: the store or the catalog does not answer. What was deleted until then stays deleted.
    """
    check = _Check(platform, repair=repair, holds_lock=holds_lock, verify=verify, progress=progress)
    await check.blobs()
    await check.versions()
    await check.scratch()
    await check.usage()
    return check.report


class _Damage(NamedTuple):
    kind: str
    version_id: str
    key: str
    size: int


class _Check:
    """One run: its choices, and the report as it grows."""

    def __init__(
        self, platform: Platform, *, repair: bool, holds_lock: bool, verify: bool, progress: Progress
    ) -> None:
        now = platform.clock()
        self.report = Report()
        self._platform = platform
        self._workspaces: dict[str, bool] = {}
        self._repair, self._verify, self._progress = repair, verify, progress
        self._scratch_settled = now if holds_lock else now - GRACE
        self._blobs_settled = now if holds_lock and _in_data_directory(platform) else now - GRACE

    async def blobs(self) -> None:
        """Find the blobs that no row names. The row is asked for after the blob was seen, never before."""
        async for page in _pages(self._platform.blobs.list()):
            ours = {blob.key: place for blob in page if (place := await self._place(blob.key))}
            ids = {place["version"] for place in ours.values()}
            known = await self._platform.catalog.known_versions([*ids])
            orphaned = {key: place["prefix"] for key, place in ours.items() if place["version"] not in known}
            for blob in page:
                self._judge(blob, ours=blob.key in ours, orphaned=blob.key in orphaned)
            if self._repair:
                await self._delete({*orphaned.values()})
            self.report = replace(self.report, blobs=self.report.blobs + len(page))
            self._progress(self.report)

    async def _place(self, key: str) -> re.Match[str] | None:
        """Read *key*; None when it is not ours to delete.

        The store may share a bucket; and with the wrong `database_url` every blob would look like an orphan,
        were it not for its workspace, which only its own catalog has.
        """
        place = _LAYOUT.fullmatch(key)
        return place if place and await self._has_workspace(place["workspace"]) else None

    async def _has_workspace(self, workspace_id: str) -> bool:
        if workspace_id not in self._workspaces:
            found = await self._platform.catalog.workspace(workspace_id)
            self._workspaces[workspace_id] = found is not None
        return self._workspaces[workspace_id]

    def _judge(self, blob: BlobInfo, *, ours: bool, orphaned: bool) -> None:
        if not ours:
            self.report = self.report.plus("foreign", blob.key, blob.size)
        elif orphaned:
            kind = "young" if blob.modified > self._blobs_settled else "orphans"
            self.report = self.report.plus(kind, blob.key, blob.size)

    async def _delete(self, prefixes: set[str]) -> None:
        """Delete whole versions, and only when everything in one is settled."""
        blobs = self._platform.blobs
        for prefix in prefixes:
            if all([blob.modified <= self._blobs_settled async for blob in blobs.list(prefix)]):
                self._deleted(await blobs.delete_prefix(prefix))

    def _deleted(self, count: int) -> None:
        self.report = replace(self.report, deleted=self.report.deleted + count)

    async def versions(self) -> None:
        """Find the rows whose original is not there, or is another."""
        catalog, after = self._platform.catalog, ""
        while page := await catalog.version_ids(after, _PAGE):
            after = page[-1][1]
            for some in _batches(page, _AT_ONCE):
                await self._report(await asyncio.gather(*(self._damage(*each) for each in some)))
            self.report = replace(self.report, versions=self.report.versions + len(page))
            self._progress(self.report)

    async def _damage(self, workspace_id: str, version_id: str) -> _Damage | None:
        """Compare one row with its original."""
        key = f"{blob_prefix(workspace_id, version_id)}original"
        version = await self._version(version_id)
        size = await self._platform.blobs.size(key)
        if size is None:
            return _Damage("missing", version_id, key, version.size if version else 0)
        if version is None:
            return None
        if size != version.size:
            return _Damage("wrong_size", version_id, key, size)
        if self._verify and await _sha256(self._platform.blobs, key) != version.sha256:
            return _Damage("wrong_hash", version_id, key, size)
        return None

    async def _version(self, version_id: str) -> Version | None:
        """Find what the row says of its bytes: an asset's first version has the asset's id."""
        asset = await self._platform.catalog.asset(version_id, _EVER)
        return asset.version if asset and asset.version.id == version_id else None

    async def _report(self, outcomes: Sequence[_Damage | None]) -> None:
        """Report what still has a row: an asset that was deleted meanwhile is no damage."""
        suspects = [damage for damage in outcomes if damage]
        if not suspects:
            return
        ids = [damage.version_id for damage in suspects]
        known = await self._platform.catalog.known_versions(ids)
        for damage in suspects:
            if damage.version_id in known:
                self.report = self.report.plus(damage.kind, damage.key, damage.size)

    async def scratch(self) -> None:
        """Find what an upload that is over has left in the scratch folder; a start empties it too."""
        folder = self._platform.scratch
        for path, size in await asyncio.to_thread(_settled_files, folder, self._scratch_settled):
            self.report = self.report.plus("leftovers", path.relative_to(folder).as_posix(), size)
            if self._repair:
                await asyncio.to_thread(path.unlink, missing_ok=True)
                self._deleted(1)
        self._progress(self.report)

    async def usage(self) -> None:
        """Find the workspaces whose storage is counted otherwise than their rows say."""
        for wrong in await self._platform.meter.miscounts():
            difference = abs(wrong.counted_bytes - wrong.stored_bytes)
            self.report = self.report.plus("miscounted", wrong.workspace_id, difference)
            if self._repair:
                await self._platform.meter.recount(wrong.workspace_id)
                self.report = replace(self.report, recounted=self.report.recounted + 1)


def _in_data_directory(platform: Platform) -> bool:
    """Whether the lock guards the blobs. A bucket, or a folder elsewhere, may serve other machines too."""
    path = platform.blobs.path("any")
    return path is not None and path.is_relative_to(platform.settings.data_dir)


def _settled_files(folder: Path, before: datetime) -> list[tuple[Path, int]]:
    """List what lies in *folder* since *before*; a server at work may remove files while we look."""
    found: list[tuple[Path, int]] = []
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            with suppress(FileNotFoundError):
                status = path.lstat()
                if status.st_mtime <= before.timestamp():
                    found.append((path, status.st_size))
    return found


async def _sha256(blobs: BlobStore, key: str) -> str:
    """Hash a blob; empty when it is gone."""
    digest = hashlib.sha256()
    try:
        async for chunk in blobs.read(key):
            digest.update(chunk)
    except NotFound:
        return ""
    return digest.hexdigest()


async def _pages(blobs: AsyncIterator[BlobInfo]) -> AsyncIterator[list[BlobInfo]]:
    page: list[BlobInfo] = []
    async for blob in blobs:
        page.append(blob)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page


def _batches(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
