"""The private keys that may sign a workspace's URLs, opened once and kept in memory.

Law: a copy, kept true by the catalog's events: a revoked key signs nothing from the next request on.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from calotype.domain.workspaces import Key, KeyKind
from calotype.errors import NotConfigured
from calotype.ports import Event, Platform
from calotype.services.rows import Rows
from calotype.services.sealing import unseal

log = structlog.get_logger(__name__)


class SigningKeys:
    """The active private keys of each workspace."""

    def __init__(self, platform: Platform, rows: Rows) -> None:
        """Read through to the catalog of *platform*; hear of changes by way of *rows*."""
        self._platform = platform
        self._rows = rows
        self._kept: dict[str, tuple[str, ...]] = {}
        rows.listen(self._on_event)

    def _on_event(self, event: Event | None) -> None:
        if event is None:
            self._kept.clear()
        elif event.kind.startswith("key."):
            self._kept.pop(event.workspace_id, None)

    async def of(self, workspace_id: str) -> tuple[str, ...]:
        """Give the private keys of a workspace that are not revoked, oldest first."""
        await self._rows.current()
        found = self._kept.get(workspace_id)
        if found is None:
            generation = self._rows.generation
            found = self._opened(await self._platform.catalog.keys(workspace_id))
            if generation == self._rows.generation:  # else an event came in meanwhile: use it, do not keep it
                self._kept[workspace_id] = found
        return found

    def _opened(self, keys: Sequence[Key]) -> tuple[str, ...]:
        pairs = [key for key in keys if key.kind is KeyKind.IMAGEKIT and key.revoked_at is None]
        return tuple(private for key in pairs if (private := self._open(key)))

    def _open(self, key: Key) -> str | None:
        """Open one pair; one that cannot be opened does not keep the others from signing."""
        try:
            return unseal(self._platform.secret_key, key.id, key.sealed)
        except NotConfigured as error:
            log.error("signing key unreadable", key=key.id, workspace=key.workspace_id, error=error.message)  # noqa: TRY400 - the cause says nothing more
            return None
