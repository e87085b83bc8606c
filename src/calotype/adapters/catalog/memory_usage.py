"""What workspaces use, in memory: uploads are counted, storage is what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from calotype.domain.assets import Asset
from calotype.domain.plans import Quota, Usage, month_of
from calotype.errors import QuotaExceeded
from calotype.ports import Miscount


class MemoryMeter:
    """The counts of a `MemoryCatalog`. What each method means stands at the port, `calotype.ports.Meter`."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        """Count *assets*, which the catalog changes."""
        self._assets = assets
        self._uploads: dict[str, tuple[str, int]] = {}
        """Workspace id -> the month, and its uploads."""

    def reserve(self, workspace_id: str, size: int, now: datetime, quota: Quota) -> None:
        """Count one upload of *size* bytes, if *quota* has room for it.

        Raises:
            QuotaExceeded: it has none.
        """
        used = self._usage(workspace_id, now)
        if not quota.has_room(used, size):
            raise QuotaExceeded
        month = max(month_of(now), self._uploads.get(workspace_id, ("", 0))[0])
        self._uploads[workspace_id] = (month, used.uploads + 1)

    async def usage(self, workspace_id: str, now: datetime) -> Usage:
        """Read what a workspace has used."""
        return self._usage(workspace_id, now)

    def _usage(self, workspace_id: str, now: datetime) -> Usage:
        month, uploads = self._uploads.get(workspace_id, ("", 0))
        sizes = [each.version.size for each in self._assets.values() if each.workspace_id == workspace_id]
        return Usage(0 if month < month_of(now) else uploads, len(sizes), sum(sizes))

    async def usages(self, now: datetime) -> Mapping[str, Usage]:
        """Read what every workspace that has used anything has used."""
        used = {*self._uploads, *(each.workspace_id for each in self._assets.values())}
        return {workspace_id: self._usage(workspace_id, now) for workspace_id in used}

    async def miscounts(self) -> Sequence[Miscount]:
        """What is counted when it is asked for is never wrong."""
        return []

    async def recount(self, workspace_id: str) -> None:
        """Nothing to set."""
