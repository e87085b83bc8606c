"""The way out: getting what a URL leads to."""

from __future__ import annotations

from typing import Protocol


class Sink(Protocol):
    """Takes the bytes of a fetch, and refuses what is too much for it."""

    def expect(self, size: int) -> None:
        """Hear how many bytes will come, where their sender says so.

        Raises:
            Refused: they are too many.
        """

    def write(self, data: memoryview) -> None:
        """Take *data*, the next bytes.

        Raises:
            Refused: they are too many, or no longer wanted.
            Failed: they cannot be kept.
        """


class Fetcher(Protocol):
    """The only way out: gets what a URL leads to that a stranger has named, from public addresses alone."""

    async def fetch(self, url: str, sink: Sink) -> None:
        """Get *url* and write its bytes to *sink*, in order. What the sink raises ends the fetch, and is raised.

        Raises:
            FetchFailed: it is no URL that we fetch, leads to no public address, or to no whole answer in time.
            Busy: too many fetches are under way.
        """

    async def close(self) -> None:
        """Close what is open."""
