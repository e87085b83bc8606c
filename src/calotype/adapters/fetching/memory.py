"""A web in memory: for tests, and for trying things out."""

from __future__ import annotations

from collections.abc import Mapping

from calotype.errors import CalotypeError, FetchFailed
from calotype.ports import Sink


class MemoryFetcher:
    """Answers URLs from a dict: bytes, or the error that fetching them ends with."""

    def __init__(self, pages: Mapping[str, bytes | CalotypeError] | None = None) -> None:
        """Know *pages*; all other URLs lead nowhere."""
        self.pages = dict(pages or {})

    async def fetch(self, url: str, sink: Sink) -> None:
        """Write the page's bytes to *sink*."""
        page = self.pages.get(url)
        if page is None:
            raise FetchFailed("The host has no public address.")
        if isinstance(page, CalotypeError):
            raise page
        sink.expect(len(page))
        sink.write(memoryview(page))

    async def close(self) -> None:
        """Nothing is open."""
