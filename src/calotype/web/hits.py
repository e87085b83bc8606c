"""What is known of hits: they pass by all middleware, so they are counted and logged here.

Law: a hit pays for additions; one in a hundred is written to the log, and none is timed.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from calotype.web.metrics import HitCounters

HITS_PER_LINE = 100

log = structlog.get_logger("calotype.request")


class Hits:
    """Counts hits under the route templates that they belong to."""

    __slots__ = ("_counters", "_routes", "_until_line")

    def __init__(self, counters: HitCounters, routes: Mapping[bytes, str]) -> None:
        """Count into *counters*, under the first of *routes* whose prefix a URL has; the last one is empty."""
        self._counters = counters
        self._routes = tuple(routes.items())
        self._until_line = 1

    def hit(self, method: bytes, url: bytes, status: int, size: int) -> None:
        """Count a response of *size* body bytes from memory."""
        self._counters.tiers["memory"] += 1
        route = next(route for prefix, route in self._routes if url.startswith(prefix))
        self._counters.request(method.decode(), route, status, size)
        self._until_line -= 1
        if not self._until_line:
            self._until_line = HITS_PER_LINE
            path = url.partition(b"?")[0].decode("ascii", "backslashreplace")  # queries hold signatures
            log.info(
                "hit", method=method.decode(), path=path, status=status, bytes=size, one_in=HITS_PER_LINE
            )
