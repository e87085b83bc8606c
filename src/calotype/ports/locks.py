"""One holder of a name at a time."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Locks(Protocol):
    """One holder of a name at a time, across every process of the installation."""

    def hold(self, name: str) -> AbstractAsyncContextManager[None]:
        """Wait for *name*, hold it for the block, and let it go; a dead process holds nothing."""

    async def close(self) -> None:
        """Release the connections; what is held is let go."""
