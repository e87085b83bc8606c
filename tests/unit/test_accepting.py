"""Connections with TLS: who agrees on no keys in time is let go, and nobody else waits for him."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

from calotype.web import accepting
from calotype.web.accepting import Accepting
from certificates import self_signed, trusting


class Greeting(asyncio.Protocol):
    """Says hello and ends."""

    def connection_made(self, transport):
        transport.write(b"hello")
        transport.close()


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def tls(tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    return context


async def test_whoever_agrees_on_keys_is_served(listener, tls, tmp_path):
    door = Accepting(listener, Greeting, tls)
    reader, writer = await asyncio.open_connection(
        *listener.getsockname(), ssl=trusting(tmp_path / "cert.pem")
    )
    assert await reader.read() == b"hello"
    writer.close()
    door.close()


async def test_whoever_says_nothing_is_let_go(listener, tls, monkeypatch):
    monkeypatch.setattr(accepting, "TLS_TIMEOUT_S", 0.01)
    door = Accepting(listener, Greeting, tls)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    assert await reader.read() == b""
    writer.close()
    door.close()


async def test_whoever_speaks_something_else_is_let_go_without_a_complaint(listener, tls, caplog):
    door = Accepting(listener, Greeting, tls)
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert b"hello" not in await reader.read()
    writer.close()
    await asyncio.sleep(0)
    door.close()
    assert [record.message for record in caplog.records] == []
