"""What a URL means to us: the one reading of it, which everything after it uses. Pure.

Law: what two programs could read differently is refused, never repaired: user information, backslashes, blanks,
numbers that stand for addresses (attack N5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address

import httpx

from calotype.adapters.fetching.addresses import Address
from calotype.errors import FetchFailed

URL_CHARS = 8192
_PORTS = {"http": 80, "https": 443}
_UNREADABLE = (httpx.InvalidURL, ValueError)
"""The second for half a surrogate pair, and from `urljoin`, which the library resolves redirects with."""
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NAME_CHARS = 253
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a URL asks, and for what."""

    url: httpx.URL
    """In ASCII: the host lower-case, without a dot at its end."""
    host: str
    port: int
    address: Address | None
    """The host itself, when it is an address and no name."""

    def at(self, address: Address) -> httpx.URL:
        """Spell the URL with *address* in the host's place, so that nobody resolves the name again."""
        return self.url.copy_with(host=str(address))

    def leads_to(self, location: str) -> str:
        """Resolve the *location* of a redirect against this URL; what comes out is to be read like any other.

        Raises:
            FetchFailed: it is no URL.
        """
        try:
            return str(self.url.join(location))
        except _UNREADABLE:
            raise FetchFailed("The origin redirects to what is no URL.") from None


def read_target(text: str, ports: frozenset[int]) -> Target:
    """Read a URL that may be fetched, if its port is among *ports*.

    Raises:
        FetchFailed: it is none, or could be read in more than one way.
    """
    if len(text) > URL_CHARS or _AMBIGUOUS.search(text):
        raise FetchFailed(f"A URL has at most {URL_CHARS:,} characters, no blanks and no backslashes.")
    try:
        url = httpx.URL(text)
    except _UNREADABLE:
        raise FetchFailed("That is no URL.") from None
    # `url.host` would decode IDNA, which fails for what never was any.
    if url.scheme not in _PORTS or not url.raw_host:
        raise FetchFailed("Only http and https URLs can be fetched.")
    if url.userinfo:
        raise FetchFailed("A URL with a user name or password cannot be fetched.")
    port = _PORTS[url.scheme] if url.port is None else url.port
    if port not in ports:
        raise FetchFailed(f"Port {port} is not fetched from.")
    host, address = _read_host(url.raw_host.decode("ascii"))
    return Target(url.copy_with(host=host), host, port, address)


def _read_host(raw: str) -> tuple[str, Address | None]:
    if ":" in raw:
        return raw, ip_address(raw)  # the URL's parser has read it as IPv6
    host = raw.removesuffix(".")
    if len(host) > _NAME_CHARS or not _NAME.fullmatch(host):
        raise FetchFailed("The host's name has characters that no host has.")
    return host, _read_number(host)


def _read_number(host: str) -> IPv4Address | None:
    """Read an IPv4 address as RFC 3986 writes it.

    Resolvers also know 127.1, 0x7f.1, 017700000001 and 2130706433. Whatever ends in a number is never a name
    (the URL Standard's "ends in a number checker"), so those are refused before one is asked.
    """
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return None
    try:
        return IPv4Address(host)
    except ValueError:
        raise FetchFailed("An IPv4 address is written as four decimal numbers.") from None
