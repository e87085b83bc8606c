"""Origins to fetch from, honest and hostile, on loopback; a name server that says what a test wants; a sink."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_address

from calotype.adapters.fetching import FetchPolicy, HttpFetcher
from calotype.adapters.fetching.addresses import Address
from calotype.errors import FileTooLarge

OPEN = "127.0.0.1"
"""Stands for a public address: the only one that fetchers of tests are let through to."""
INSIDE = "127.0.0.2"
"""Stands for a private one: as good as any other to listen at, and refused."""

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Origin:
    """A server: where it listens, and the heads of the requests that reached it."""

    port: int = 0
    connections: int = 0
    heads: list[str] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/a.jpg", host: str = "pictures.example") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(
    behave: Behaviour, *, host: str = OPEN, port: int = 0, ssl: object = None
) -> AsyncIterator[Origin]:
    """Serve with *behave*, which is called when a request's head has been read."""
    origin = Origin()
    open_ends: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        origin.connections += 1
        open_ends.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            origin.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            origin.reached.set()
            await behave(reader, writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=ssl)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for writer in open_ends:
            writer.close()
        await server.wait_closed()


def answering(body: bytes = b"", *headers: str, status: str = "200 OK") -> Behaviour:
    """Answer every request with *body*; its length is told unless *headers* say otherwise."""
    told = any(name in each.lower() for each in headers for name in ("content-length:", "transfer-encoding:"))
    lines = [f"HTTP/1.1 {status}", *headers, *([] if told else [f"Content-Length: {len(body)}"])]
    return sending("\r\n".join([*lines, "", ""]).encode() + body)


def sending(*pieces: bytes) -> Behaviour:
    """Send exactly these bytes, then close."""

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return behave


def hanging_after(*pieces: bytes) -> Behaviour:
    """Send these bytes and then nothing more, but stay."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await sending(*pieces)(reader, writer)
        await reader.read()

    return behave


def repeating(start: bytes, piece: bytes) -> Behaviour:
    """Send *start* and then *piece* for as long as someone takes it."""

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return behave


def redirecting(location: str, status: str = "302 Found") -> Behaviour:
    """Send everybody to *location*."""
    return answering(b"", f"Location: {location}", status=status)


class Names:
    """A resolver: each name has its answers, one after the other; the last one stays."""

    def __init__(self, **answers: Sequence[str] | str) -> None:
        """Know names by their first label; each answer lists addresses between blanks."""
        self._answers = {name: [each] if isinstance(each, str) else [*each] for name, each in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, /) -> Sequence[Address]:
        self.asked.append(host)
        answers = self._answers.get(host.partition(".")[0], [""])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ip_address(each) for each in answer.split()]

    def close(self) -> None:
        pass


class Collected:
    """A sink that holds what it got."""

    def __init__(self, max_bytes: int = 1_000_000) -> None:
        self.data = b""
        self.expected: list[int] = []
        self._max_bytes = max_bytes

    def expect(self, size: int) -> None:
        self.expected.append(size)
        self._check(size)

    def write(self, data: memoryview) -> None:
        self._check(len(self.data) + len(data))
        self.data += data

    def _check(self, size: int) -> None:
        if size > self._max_bytes:
            raise FileTooLarge


@asynccontextmanager
async def fetching(
    *ports: int,
    names: Names | None = None,
    ssl_context: object = None,
    network: str = OPEN,
    **policy: object,
) -> AsyncIterator[HttpFetcher]:
    """Open a fetcher that may ask *network* at *ports*; by default `pictures.example` is at OPEN."""
    allowed = FetchPolicy(frozenset(ports), test_network=IPv4Network(network), **policy)
    fetcher = HttpFetcher(allowed, names or Names(pictures=OPEN), ssl_context=ssl_context)
    try:
        yield fetcher
    finally:
        await fetcher.close()


async def fetched(url: str, *ports: int, max_bytes: int = 1_000_000, **options: object) -> bytes:
    """Fetch *url* once, and give its bytes."""
    sink = Collected(max_bytes)
    async with fetching(*ports, **options) as fetcher:
        await fetcher.fetch(url, sink)
    return sink.data
