"""Fetching over HTTP, behind the address guard: the only way out of this server.

Law: a name is resolved once for each hop, every address it has is checked, and the connection goes to a checked
address, by number. No cookies, no credentials, no proxy and no redirect that was not read as a new URL.

Why so: docs/adr/0025.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import IPv4Network, ip_address
from typing import Any

import httpx
import structlog

from calotype.adapters.fetching.addresses import Address, is_public
from calotype.adapters.fetching.decoding import PLAIN, decoded
from calotype.adapters.fetching.pacing import Pace
from calotype.adapters.fetching.resolving import Resolver
from calotype.adapters.fetching.targets import Target, read_target
from calotype.errors import Busy, FetchFailed
from calotype.ports import Sink

REDIRECTS = 3
ADDRESSES = 3
"""How many addresses of a name are tried: the time for an answer's head is shared among them."""

HEADERS = {
    "User-Agent": f"Calotype/{version('calotype')}",
    "Accept": "image/*, */*;q=0.1",
    "Accept-Encoding": "identity",  # images are compressed already, and so their size is known beforehand
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """What a fetch is held to; all from settings. Times in seconds, *min_rate* in bytes a second."""

    ports: frozenset[int] = frozenset({80, 443})
    timeout_s: float = 30.0
    """All hops and the body together."""
    head_timeout_s: float = 5.0
    """One hop until its head is there: lookup, connection, TLS and headers. Also the longest silence after it."""
    min_rate: int = 4096
    at_once: int = 32
    test_network: IPv4Network | None = None
    """Let through although not public: for tests, which have no other addresses."""


class HttpFetcher:
    """What each method means stands at the port, `calotype.ports.Fetcher`."""

    def __init__(
        self, policy: FetchPolicy, resolve: Resolver, *, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        """Look names up with *resolve*; *ssl_context* says whom to trust (default: the public authorities)."""
        self._policy = policy
        self._resolve = resolve
        self._running = 0
        # The transport alone, without a client around it: that one would bring cookies, redirects and proxies.
        self._transport = httpx.AsyncHTTPTransport(
            verify=ssl_context or httpx.create_ssl_context(trust_env=False),
            trust_env=False,
            # Kept connections are found again by address: two names behind one could get each other's.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def fetch(self, url: str, sink: Sink) -> None:
        """Get *url* and write its bytes to *sink*."""
        if self._running >= self._policy.at_once:
            raise Busy("Too many fetches are under way (CALOTYPE_MAX_FETCHES).")
        self._running += 1
        try:
            with _translated():
                async with asyncio.timeout(self._policy.timeout_s):
                    await self._receive(await self._answer(url), sink)
        finally:
            self._running -= 1

    async def close(self) -> None:
        """Close what is open."""
        self._resolve.close()
        await self._transport.aclose()

    async def _answer(self, url: str) -> httpx.Response:
        for _ in range(1 + REDIRECTS):
            target = read_target(url, self._policy.ports)
            response = await self._ask(target)
            if not response.has_redirect_location:
                return response
            await response.aclose()
            url = target.leads_to(response.headers["location"])
        raise FetchFailed(f"The origin redirects more than {REDIRECTS} times.")

    async def _ask(self, target: Target) -> httpx.Response:
        async with asyncio.timeout(self._policy.head_timeout_s):
            *others, last = (await self._checked(target))[:ADDRESSES]
            for address in others:
                with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                    return await self._ask_at(address, target, 1 + len(others))
            return await self._ask_at(last, target, 1)

    async def _checked(self, target: Target) -> list[Address]:
        """Give the public addresses of *target*; what else the name answers is never connected to.

        Raises:
            FetchFailed: there is none. In the same words for a name that leads inside and one that does not exist:
                what names exist inside is nobody's business.
        """
        answers = (target.address,) if target.address else await self._resolve(target.host)
        public = [address for address in answers if self._passes(address)]
        if len(public) < len(answers):
            log.warning("address refused", host=target.host, addresses=[*map(str, answers)])
        if not public:
            raise FetchFailed("The host has no public address.")
        return public

    def _passes(self, address: Address) -> bool:
        test_network = self._policy.test_network
        return is_public(address) or (test_network is not None and address in test_network)

    async def _ask_at(self, address: Address, target: Target, share: int) -> httpx.Response:
        """Send the request to *address*, which may use one *share* of the time to connect."""
        seconds = self._policy.head_timeout_s
        request = httpx.Request(
            "GET",
            target.at(address),
            headers={**HEADERS, "Host": target.url.netloc.decode("ascii")},
            extensions={
                # The certificate is to be the name's; for what is no name, there is nothing to indicate.
                "sni_hostname": None if target.address else target.host,
                "timeout": {"connect": seconds / share, "read": seconds, "write": seconds, "pool": seconds},
                "trace": _peer_check(address),
            },
        )
        return await self._transport.handle_async_request(request)

    async def _receive(self, response: httpx.Response, sink: Sink) -> None:
        try:
            if response.status_code != httpx.codes.OK:
                raise FetchFailed(f"The origin answers with status {response.status_code}.")
            coding = response.headers.get("content-encoding", "").strip().lower()
            length = response.headers.get("content-length", "")
            if coding in PLAIN and length.isascii() and length.isdigit():
                sink.expect(int(length))
            async for piece in decoded(self._paced(response.aiter_raw()), coding):
                sink.write(memoryview(piece))
        finally:
            await response.aclose()

    async def _paced(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        clock = asyncio.get_running_loop().time
        pace = Pace(self._policy.min_rate, self._policy.head_timeout_s, clock)
        async for chunk in chunks:
            pace.count(len(chunk))
            yield chunk


def _peer_check(checked: Address) -> Any:
    """Make a listener to a connection that ends it, before a byte is sent, when its peer is not *checked*."""

    async def listen(event: str, details: Mapping[str, Any]) -> None:
        if event != "connection.connect_tcp.complete":
            return
        stream = details["return_value"]
        peer = ip_address(stream.get_extra_info("server_addr")[0])
        if peer != checked:
            await stream.aclose()
            raise FetchFailed("The host has no public address.")

    return listen


@contextmanager
def _translated() -> Iterator[None]:
    """Say what failed outside in our own words."""
    try:
        yield
    except (TimeoutError, httpx.TimeoutException) as error:
        raise FetchFailed("The origin does not answer in time.") from error
    except httpx.ConnectError as error:
        raise FetchFailed("The origin cannot be reached, or its certificate is not valid.") from error
    except httpx.HTTPError as error:
        raise FetchFailed("The origin's answer breaks off, or is no HTTP.") from error
