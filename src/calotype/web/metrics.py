"""What this server counts, and how it is read: Prometheus counters behind plain integers for the hot path.

Law: a hit pays for an addition, no lock and no label lookup; `fold` carries those sums over at every scrape and
once a second. With several web processes each writes its own files (`PROMETHEUS_MULTIPROC_DIR`, set before this
module is imported) and whichever is scraped answers for all.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from functools import partial
from http import HTTPStatus

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response

FOLD_EVERY_S = 1.0
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class HitCounters:
    """Plain sums that the event loop adds to; it alone may, so nothing is locked."""

    __slots__ = ("bytes_sent", "in_flight", "requests", "tiers")

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, int], int] = defaultdict(int)
        """(method, route template, status) -> answers."""
        self.tiers: dict[str, int] = defaultdict(int)
        self.bytes_sent = 0
        self.in_flight = 0

    def request(self, method: str, route: str, status: int, size: int) -> None:
        """Count an answer of *size* body bytes."""
        self.requests[method, route, status] += 1
        self.bytes_sent += size

    def tier(self, name: str) -> None:
        """Count a delivery that *name* (memory, disk, blob, render) had the bytes for."""
        self.tiers[name] += 1


class Metrics:
    """Every metric of one process; observes the render pool and the delivery tiers."""

    def __init__(self) -> None:
        """Start all of them at zero, in a registry of their own."""
        self.hits = HitCounters()
        self._last: dict[object, int] = {}
        self._shared = bool(values.ValueClass._multiprocess)  # noqa: SLF001 - the library's only way to tell
        self._registry = registry = CollectorRegistry()
        counter = partial(Counter, registry=registry)
        timer = partial(Histogram, buckets=_SECONDS, registry=registry)
        self._requests = counter("calotype_requests", "Answers.", ["method", "route", "status"])
        self._seconds = timer("calotype_request_seconds", "Time to answer.", ["route"])
        self._sent = counter("calotype_response_bytes", "Bytes of bodies sent.")
        self._in_flight = Gauge(
            "calotype_requests_in_flight",
            "Requests being answered.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._refused = counter("calotype_refused_connections", "Heads that were no request.", ["status"])
        self._tiers = counter("calotype_deliveries", "Deliveries by the tier that had the bytes.", ["tier"])
        self._rendering = timer("calotype_render_seconds", "Time in a worker process.", ["kind"])
        self._queueing = timer("calotype_render_queue_seconds", "Wait for a render slot.")
        self._deaths = counter("calotype_worker_deaths", "Workers that died at work.", ["reason"])
        self._limited = counter(
            "calotype_rate_limited", "Answers that asked to come back later: 429.", ["route"]
        )
        self._looking = timer("calotype_vision_seconds", "Time that a model took.", ["talent", "outcome"])
        self._spent = counter(
            "calotype_vision_spent", "Tokens and images of model servers.", ["model", "kind"]
        )
        if not self._shared:
            ProcessCollector(registry=registry)
            PlatformCollector(registry=registry)

    def answered(self, route: str, seconds: float, status: int) -> None:
        """Observe how long an answer took, and whether a limit gave it; the hot path does without."""
        self._seconds.labels(route).observe(seconds)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._limited.labels(route).inc()

    def refused(self, status: int) -> None:
        """Count a connection refused before there was a request."""
        self._refused.labels(str(int(status))).inc()

    def tier(self, name: str) -> None:
        """Count a delivery that *name* had the bytes for."""
        self.hits.tier(name)

    def queued(self, seconds: float) -> None:
        """Observe a wait for a render slot."""
        self._queueing.observe(seconds)

    def rendered(self, seconds: float, kind: str) -> None:
        """Observe work in a worker process: *kind* is its name (ingest, render, …)."""
        self._rendering.labels(kind).observe(seconds)

    def died(self, reason: str) -> None:
        """Count a worker process that died at work."""
        self._deaths.labels(reason).inc()

    def looked(self, talent: str, outcome: str, seconds: float) -> None:
        """Observe what a model was asked for: *outcome* is `ok` or the code of an error."""
        self._looking.labels(talent, outcome).observe(seconds)

    def spent(self, model: str, kind: str, amount: int) -> None:
        """Count *amount* of *kind* (input or output tokens, images), which a model's server may charge for."""
        self._spent.labels(model, kind).inc(amount)

    def fold(self) -> None:
        """Carry what the plain counters gained since the last time over to Prometheus."""
        for (method, route, status), total in list(self.hits.requests.items()):
            gained = self._gained((method, route, status), total)
            known = method if method in _METHODS else "other"
            self._requests.labels(known, route, f"{status // 100}xx").inc(gained)
        for tier, total in list(self.hits.tiers.items()):
            self._tiers.labels(tier).inc(self._gained(tier, total))
        self._sent.inc(self._gained("bytes_sent", self.hits.bytes_sent))
        self._in_flight.set(self.hits.in_flight)

    async def fold_for_ever(self) -> None:
        """Fold once a second until cancelled: a scrape of another process reads what this one wrote."""
        while True:
            await asyncio.sleep(FOLD_EVERY_S)
            self.fold()

    def exposition(self) -> bytes:
        """Write all metrics, of all web processes, in Prometheus' text format."""
        self.fold()
        registry = self._registry
        if self._shared:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    async def endpoint(self, _: Request) -> Response:
        """Answer `GET /metrics`; with several processes it reads their files, off the event loop."""
        body = await asyncio.to_thread(self.exposition) if self._shared else self.exposition()
        return Response(body, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})

    def _gained(self, name: object, total: int) -> int:
        gained = total - self._last.get(name, 0)
        self._last[name] = total
        return gained
