"""The first tier of delivery: whole responses in memory, found by URL, each body held once.

Law: bounded in bytes; what a URL and a body cost are both counted. A URL is the request target as it was sent:
spellings are not normalised before the first look.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

Header = tuple[bytes, bytes]

ALIASES = 32
"""URLs under which one body is remembered: honest spellings of one meaning are few."""
ALIAS_COST = 512
"""What one remembered URL is charged, in bytes."""


@dataclass(slots=True, eq=False)
class Hot:
    """A response in memory: its heads are written out already, but for the lines that each answer has of its own."""

    key: str
    asset_id: str
    etag: bytes
    body: bytes
    full: bytes
    """Status line and headers of a 200, each line with its end."""
    not_modified: bytes
    """Status line and headers of a 304."""
    expires_at: datetime | None = None
    urls: list[bytes] = field(default_factory=list)


def head(status_line: bytes, headers: list[Header]) -> bytes:
    """Write a status line and headers out, without the empty line that ends a head."""
    return status_line + b"".join(name + b": " + value + b"\r\n" for name, value in headers)


class HotResponses:
    """A byte-bounded LRU of whole responses."""

    def __init__(self, budget: int, largest: int) -> None:
        """Hold at most *budget* bytes, and no body over *largest* bytes."""
        self._budget = budget
        self.largest = min(largest, budget)
        self._by_url: dict[bytes, Hot] = {}
        self._by_key: OrderedDict[str, Hot] = OrderedDict()
        self._by_asset: dict[str, set[str]] = {}
        self.size = 0

    def get(self, url: bytes) -> Hot | None:
        """Find the response for a URL."""
        hot = self._by_url.get(url)
        if hot is not None:
            self._by_key.move_to_end(hot.key)
        return hot

    def by_key(self, key: str) -> Hot | None:
        """Find the response of a variant key, which another URL may have brought in."""
        return self._by_key.get(key)

    def add(self, hot: Hot) -> None:
        """Hold a response, letting the least recently used go; one that is too large is passed over."""
        if len(hot.body) > self.largest or hot.key in self._by_key:
            return
        self._by_key[hot.key] = hot
        self._by_asset.setdefault(hot.asset_id, set()).add(hot.key)
        self.size += len(hot.body)
        self._shrink()

    def alias(self, url: bytes, hot: Hot) -> None:
        """Find *hot* by *url* from now on; of too many spellings the oldest is forgotten."""
        if url in self._by_url or self._by_key.get(hot.key) is not hot:
            return
        if len(hot.urls) == ALIASES:
            oldest = hot.urls.pop(0)
            del self._by_url[oldest]
            self.size -= ALIAS_COST + len(oldest)
        hot.urls.append(url)
        self._by_url[url] = hot
        self.size += ALIAS_COST + len(url)
        self._shrink()

    def drop_asset(self, asset_id: str) -> None:
        """Forget every response of an asset."""
        for key in tuple(self._by_asset.get(asset_id, ())):
            self._drop(self._by_key[key])

    def drop_all(self) -> None:
        """Forget every response."""
        for hot in tuple(self._by_key.values()):
            self._drop(hot)

    def _shrink(self) -> None:
        while self.size > self._budget and self._by_key:
            self._drop(next(iter(self._by_key.values())))

    def _drop(self, hot: Hot) -> None:
        del self._by_key[hot.key]
        keys = self._by_asset[hot.asset_id]
        keys.discard(hot.key)
        if not keys:
            del self._by_asset[hot.asset_id]
        for url in hot.urls:
            del self._by_url[url]
        self.size -= len(hot.body) + sum(ALIAS_COST + len(url) for url in hot.urls)
