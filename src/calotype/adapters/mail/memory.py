"""Mail in memory, for tests."""

from __future__ import annotations

from calotype.ports import Mail


class MemoryMailer:
    """Keeps what was sent, oldest first."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        """Keep *mail*."""
        self.sent.append(mail)

    async def reach(self) -> str:
        """Say where mail goes."""
        return "into memory"
