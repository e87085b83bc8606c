"""What workspaces use. It is written where assets are: `Catalog.add_asset` reserves, deleting gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calotype.domain.plans import Usage


@dataclass(frozen=True, slots=True)
class Miscount:
    """A workspace whose counted storage is not what its rows say. Sizes are bytes of originals."""

    workspace_id: str
    counted: int
    counted_bytes: int
    stored: int
    stored_bytes: int


class Meter(Protocol):
    """Reads what workspaces use, and counts anew what is wrong."""

    async def usage(self, workspace_id: str, now: datetime) -> Usage:
        """Read what a workspace has used in the month of *now*; nothing at all for an unknown one."""

    async def usages(self, now: datetime) -> Mapping[str, Usage]:
        """Read what every workspace has used in the month of *now*, by its id."""

    async def miscounts(self) -> Sequence[Miscount]:
        """Count the rows, and list where they are other than what is kept, by workspace id."""

    async def recount(self, workspace_id: str) -> None:
        """Set a workspace's storage to what its rows say, exactly, among all who add and delete meanwhile.

        Uploads of the month stay as they are: what was deleted since is in no row.
        """
