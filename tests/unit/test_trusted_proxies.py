"""Whose word is believed about an address: that of the proxies that are named, hop by hop, and nobody else's."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from calotype.server import proxies
from calotype.services.admission import network_of
from calotype.settings import Settings

TRUSTED = "10.0.0.1, 10.1.0.0/16, 2001:db8::/32"


async def seen_from(peer: str, *headers: tuple[str, str], trusted: str = TRUSTED) -> tuple[str, str]:
    """Answer the network and the scheme that the application sees."""
    seen = {}

    async def app(scope, _receive, _send):
        seen.update(scope)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": raw}
    await ProxyHeadersMiddleware(app, proxies(trusted))(scope, None, None)
    return network_of(seen["client"][0]), seen["scheme"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"])
async def test_a_stranger_cannot_claim_an_address(header: str):
    assert await seen_from("192.0.2.7", (header, "10.0.0.1")) == ("192.0.2.7", "http")


async def test_a_stranger_cannot_claim_tls():
    assert await seen_from("192.0.2.7", ("X-Forwarded-Proto", "https")) == ("192.0.2.7", "http")


@pytest.mark.parametrize("header", ["X-Real-IP", "Forwarded", "X-Forwarded-Host", "CF-Connecting-IP"])
async def test_of_a_proxys_headers_two_are_read(header: str):
    assert await seen_from("10.0.0.1", (header, "for=192.0.2.7")) == ("10.0.0.1", "http")


@pytest.mark.parametrize(
    "peer", ["10.0.0.1", "::ffff:10.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "2001:db8::5"]
)
async def test_a_proxy_is_believed_however_the_socket_spells_it(peer: str):
    headers = (("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "https"))
    assert await seen_from(peer, *headers) == ("192.0.2.7", "https")


@pytest.mark.parametrize("peer", ["10.0.0.2", "::ffff:10.2.0.1", "2001:db9::1", ""])
async def test_its_neighbour_is_not(peer: str):
    assert (await seen_from(peer, ("X-Forwarded-For", "192.0.2.7")))[0] != "192.0.2.7"


@pytest.mark.parametrize(
    ("chain", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7, 10.1.0.9", "192.0.2.7"),
        ("6.6.6.6, 192.0.2.7, ::ffff:10.1.0.9, 2001:db8::1", "192.0.2.7"),
        ("10.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:5555, 10.1.0.9", "192.0.2.7"),
        ("[2001:dead::1]:5555, 10.1.0.9", "2001:dead::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("6.6.6.6, unknown", "local"),
        ("6.6.6.6, <script>", "local"),
    ],
)
async def test_of_several_hops_the_last_that_is_no_proxy_counts(chain: str, network: str):
    assert (await seen_from("10.0.0.1", ("X-Forwarded-For", chain)))[0] == network


async def test_a_chain_in_several_headers_is_one_chain():
    headers = (("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "192.0.2.7"))
    assert (await seen_from("10.0.0.1", *headers))[0] == "192.0.2.7"


@pytest.mark.parametrize("everybody", ["*", "0.0.0.0/0", "::/0", "10.0.0.1,::/0", "localhost", "10.0.0.1/8"])
def test_everybody_is_no_proxy_and_neither_is_a_name(everybody: str):
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=everybody)


def test_none_are_trusted_by_default():
    assert (Settings().trusted_proxies, proxies("")) == ("", [])
