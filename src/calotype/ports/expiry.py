"""What is done with assets whose time has come. For everyone else they are not there any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from calotype.domain.assets import Asset
from calotype.ports.catalog import Entailed


class Expiry(Protocol):
    """Deletes the rows of expired assets, in every workspace."""

    async def remove_expired(self, now: datetime, limit: int, entailed: Entailed) -> Sequence[Asset]:
        """Delete up to *limit* assets that have expired at *now*, as one transaction; answer what they were.

        Those whose time came first go first. Their events and the jobs that are *entailed* are stored with it.
        What is locked stays until it is cleared.
        """
