"""A client that times each answer: some kept-alive connections, each asking for the next target when it has its answer.

Law: it shares the cores with what it measures, so it does as little as it can; it says how much it took.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import httptools

from bench import report


class RefusedError(Exception):
    """An answer that is not 200."""


@dataclass(frozen=True)
class Run:
    """What came of asking: seconds of each answer, and of all."""

    took: Sequence[float]
    elapsed: float
    client_seconds: float
    """CPU time that this client took."""

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.took) / self.elapsed

    def percentile(self, share: float) -> float:
        """Seconds within which *share* (0 to 1) of the answers came."""
        return report.percentile(self.took, share)


class Connection(asyncio.Protocol):
    """One connection, one request at a time, answers with a length or in chunks."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport

    def ask(self, target: str) -> asyncio.Future[bytes]:
        """Send the request; the future gives the body, or raises RefusedError."""
        self._target, self._body = target, bytearray()
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._transport.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())  # type: ignore[attr-defined]
        return self._answer

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Collect."""
        self._body += body

    def on_message_complete(self) -> None:
        """Answer."""
        status = self._parser.get_status_code()
        if status == 200:
            self._answer.set_result(bytes(self._body))
        else:
            said = bytes(self._body[:120]).decode(errors="replace")
            self._answer.set_exception(RefusedError(f"{self._target}: {status} {said}"))

    def connection_lost(self, error: Exception | None) -> None:
        """Fail what waits."""
        if hasattr(self, "_answer") and not self._answer.done():
            self._answer.set_exception(RefusedError(f"{self._target}: the connection ended ({error})"))

    def close(self) -> None:
        """Hang up."""
        self._transport.close()


async def connect(port: int) -> Connection:
    """Open one connection to 127.0.0.1:*port*."""
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Connection, "127.0.0.1", port))[1]


def fetch(port: int, target: str) -> bytes:
    """Ask once. Raises RefusedError."""
    return asyncio.run(_fetch(port, target))


async def _fetch(port: int, target: str) -> bytes:
    connection = await connect(port)
    try:
        return await connection.ask(target)
    finally:
        connection.close()


def ask_for(port: int, targets: Iterator[str], *, clients: int, seconds: float) -> Run:
    """Ask for *targets* one after another over *clients* connections, for about *seconds*. Raises RefusedError."""
    return asyncio.run(_ask_for(port, targets, clients, seconds))


async def _ask_for(port: int, targets: Iterator[str], clients: int, seconds: float) -> Run:
    connections = [await connect(port) for _ in range(clients)]
    took: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_keep_asking(each, targets, took, began + seconds) for each in connections))
    run = Run(took, time.perf_counter() - began, time.process_time() - cpu)
    for connection in connections:
        connection.close()
    return run


async def _keep_asking(connection: Connection, targets: Iterator[str], took: list[float], end: float) -> None:
    """Begin no request after *end*; the last ones are awaited and counted."""
    now = time.perf_counter()
    while now < end:
        await connection.ask(next(targets))
        before, now = now, time.perf_counter()
        took.append(now - before)
