"""Raw sockets against a real server: what a head may be, how a body may come, and what stays behind."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from uvicorn import Server

from calotype.errors import FileTooLarge, Invalid, RequestTooSlow
from calotype.web.intake import IntakeLimits, receive_form
from calotype.web.metrics import Metrics
from calotype.web.protocol import BoundedConfig, HeadLimits
from calotype.web.requests import RequestLayer, server_error

LIMITS = IntakeLimits(max_file_bytes=100_000, min_rate=50_000, grace_s=0.4)
STATUSES = {FileTooLarge: 413, Invalid: 422, RequestTooSlow: 408}


@dataclass
class Toy:
    """A server with one slow page and one upload page, and what it has seen."""

    scratch: Path
    port: int = 0
    left: list[str] = field(default_factory=list)
    read: int = 0

    def application(self) -> Starlette:
        routes = [
            Route("/", lambda _: PlainTextResponse("hello")),
            Route("/slow", self.slow),
            Route("/fail", self.fail),
            Route("/upload", self.upload, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={Exception: server_error})

    async def slow(self, _: Request) -> PlainTextResponse:
        await asyncio.sleep(0.6)
        return PlainTextResponse("slow")

    async def fail(self, _: Request) -> PlainTextResponse:
        raise ZeroDivisionError

    async def upload(self, request: Request) -> JSONResponse:
        try:
            async with receive_form(request, self.scratch, LIMITS) as form:
                return JSONResponse({"size": form.file.size if form.file else None, "fields": form.fields})
        except (FileTooLarge, Invalid, RequestTooSlow) as error:
            return JSONResponse({"error": error.code}, status_code=STATUSES[type(error)])
        finally:
            self.left.append("handler")


@contextmanager
def serving(toy: Toy, limits: HeadLimits) -> Iterator[Toy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        toy.port = listener.getsockname()[1]
        app = RequestLayer(toy.application(), Metrics())
        config = BoundedConfig(
            app, limits, loop="uvloop", ws="none", lifespan="off", log_config=None, access_log=False
        )
        server = Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield toy
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def toy(tmp_path) -> Iterator[Toy]:
    with serving(Toy(tmp_path), HeadLimits(max_bytes=4096, timeout_s=0.4)) as toy:
        yield toy


def wait_until(true: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def connect(toy: Toy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", toy.port), timeout=15)


def receive_all(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass  # the server closed while we were still sending
    return received


def exchange(toy: Toy, *pieces: bytes) -> bytes:
    """Send *pieces* and answer all that comes back until the server closes."""
    with closing(connect(toy)) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return receive_all(connection)


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def get(path: str = "/", *headers: str, close: bool = True) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: test", *headers, *(["Connection: close"] if close else [])]
    return "\r\n".join([*lines, "", ""]).encode()


def form(file: bytes) -> bytes:
    return (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
        + file
        + b"\r\n--b--\r\n"
    )


def post(body: bytes, length: int | None = None) -> bytes:
    head = f"POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: {len(body) if length is None else length}\r\n"
    return head.encode() + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + body


def test_an_ordinary_request_is_answered(toy):
    received = exchange(toy, get())
    assert statuses(received) == [200]
    assert received.endswith(b"hello")


def test_a_connection_that_sends_nothing_gets_408(toy):
    assert statuses(exchange(toy)) == [408]


def test_a_head_that_drips_gets_408(toy):
    with closing(connect(toy)) as connection:
        connection.settimeout(0.05)
        received = b""
        for byte in get("/" + "a" * 200):
            connection.sendall(bytes([byte]))
            try:
                received += connection.recv(1000)
            except TimeoutError:
                continue
            break
    assert statuses(received) == [408]


def test_a_head_that_stops_after_an_answered_request_gets_408(toy):
    assert statuses(exchange(toy, get(close=False), b"GET / HT")) == [200, 408]


def test_line_ends_between_requests_do_not_hold_a_connection_open(toy):
    with closing(connect(toy)) as connection:
        connection.sendall(get(close=False))
        assert statuses(connection.recv(65536)) == [200]
        connection.sendall(b"\r\n\r\n")
        assert receive_all(connection) == b""


def test_large_headers_get_431(toy):
    assert statuses(exchange(toy, get("/", "X-Large: " + "x" * 5000))) == [431]


def test_many_headers_that_never_end_get_431(toy):
    assert statuses(exchange(toy, b"GET / HTTP/1.1\r\n", *[b"X-More: 0123456789\r\n"] * 300)) == [431]


def test_one_header_that_never_ends_gets_431(toy):
    assert statuses(exchange(toy, b"GET / HTTP/1.1\r\nX: ", b"x" * 9000)) == [431]


def test_headers_just_within_the_limit_are_accepted(toy):
    assert statuses(exchange(toy, get("/", "X-Large: " + "x" * 3900))) == [200]


def test_a_body_in_the_same_segment_does_not_count_as_headers(toy):
    assert statuses(exchange(toy, post(form(b"x" * 8000)), get())) == [200, 200]


def test_pipelined_requests_do_not_add_up_to_a_large_head(toy):
    large = "X-Large: " + "x" * 3000
    assert statuses(exchange(toy, get("/", large, close=False) * 3 + get("/", large))) == [200] * 4


def test_a_long_target_gets_414(tmp_path):
    with serving(Toy(tmp_path), HeadLimits(max_bytes=32_768, timeout_s=5)) as toy:
        assert statuses(exchange(toy, get("/" + "a" * 8191))) == [404]
        refused = exchange(toy, get("/" + "a" * 8192))
    assert (statuses(refused), b"\r\ncache-control: no-store\r\n" in refused) == ([414], True)


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello?\r\n\r\n",
    ],
    ids=[
        "length and chunked",
        "two lengths",
        "one length twice",
        "signed length",
        "unknown coding",
        "space before colon",
        "NUL",
        "high byte",
        "version",
        "no host",
        "two hosts",
        "TLS",
        "no HTTP",
    ],
)
def test_an_ambiguous_or_malformed_request_gets_400(toy, request_):
    assert statuses(exchange(toy, request_)) == [400]


def test_a_refusal_is_complete_json_with_a_request_id(toy):
    head, _, body = exchange(toy, b"hello?\r\n\r\n").partition(b"\r\n\r\n")
    refusal = json.loads(body)
    assert refusal["error"] == "bad_request"
    assert f"x-request-id: {refusal['request_id']}".encode() in head
    assert b"connection: close" in head
    assert f"content-length: {len(body)}".encode() in head


def test_a_malformed_successor_does_not_break_into_the_answer_before_it(toy):
    received = exchange(toy, get("/slow", close=False) + b"hello?\r\n\r\n")
    assert statuses(received) == [200]
    assert received.endswith(b"slow")


def test_an_unfinished_successor_does_not_break_into_the_answer_before_it(toy):
    received = exchange(toy, get("/slow", close=False) + b"GET / HT")
    assert statuses(received)[0] == 200
    assert b"\r\n\r\nslow" in received


def test_http_1_0_needs_no_host(toy):
    assert statuses(exchange(toy, b"GET / HTTP/1.0\r\n\r\n")) == [200]


def test_an_upgrade_to_http2_is_answered_as_http1(toy):
    upgrade = get("/", "Upgrade: h2c", "Connection: Upgrade", close=False)
    with closing(connect(toy)) as connection:
        connection.sendall(upgrade)
        assert statuses(connection.recv(65536)) == [200]
        connection.sendall(get())
        assert statuses(receive_all(connection)) == [200]


def test_a_failing_handler_gets_500_with_the_request_id(toy):
    head, _, body = exchange(toy, get("/fail")).partition(b"\r\n\r\n")
    error = json.loads(body)
    assert head.startswith(b"HTTP/1.1 500 ")
    assert error["error"] == "server_error"
    assert f"x-request-id: {error['request_id']}".encode() in head


def test_an_upload_is_spooled_counted_and_gone_afterwards(toy):
    received = exchange(toy, post(form(b"x" * 90_000)) + get())
    assert b'{"size":90000,"fields":[]}' in received
    assert list(toy.scratch.iterdir()) == []


def test_a_body_that_announces_too_much_is_refused_before_it_is_sent(toy):
    with closing(connect(toy)) as connection:
        connection.sendall(post(b"", length=10_000_000))
        received = connection.recv(65536)
    assert statuses(received) == [413]
    assert b"connection: close" in received


def expecting(length: int) -> bytes:
    return post(b"", length).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")


def test_a_client_that_asks_first_is_refused_without_being_told_to_go_on(toy):
    assert statuses(exchange(toy, expecting(10_000_000))) == [413]


def test_a_client_that_asks_first_is_told_to_go_on(toy):
    with closing(connect(toy)) as connection:
        connection.sendall(expecting(len(form(b"x"))))
        assert statuses(connection.recv(65536)) == [100]
        connection.sendall(form(b"x"))
        assert statuses(connection.recv(65536)) == [200]


def test_a_chunked_body_over_the_limit_is_not_read_to_its_end(toy):
    head = b"POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
    head += b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    start = form(b"")[: -len(b"\r\n--b--\r\n")]
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with closing(connect(toy)) as connection:
        connection.sendall(head + f"{len(start):x}\r\n".encode() + start + b"\r\n")
        sent = 0
        try:
            while sent < 500 * len(chunk):
                connection.sendall(chunk)
                sent += len(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        received = receive_all(connection)
    assert statuses(received) == [413]
    assert sent < 500 * len(chunk)
    assert list(toy.scratch.iterdir()) == []


def test_a_body_that_stops_gets_408_and_leaves_nothing(toy):
    received = exchange(toy, post(form(b"x" * 1000), length=50_000))
    assert statuses(received) == [408]
    assert list(toy.scratch.iterdir()) == []


def test_a_body_that_drips_gets_408(toy):
    with closing(connect(toy)) as connection:
        connection.sendall(post(form(b"x" * 100)[:-20], length=50_000))
        connection.settimeout(0.05)
        received = b""
        for _ in range(200):
            connection.sendall(b"x")
            try:
                received = connection.recv(1000)
            except TimeoutError:
                continue
            break
    assert statuses(received) == [408]


def test_a_client_that_leaves_in_mid_body_frees_the_handler_and_the_file(toy):
    with closing(connect(toy)) as connection:
        connection.sendall(post(form(b"x" * 50_000), length=90_000))
        wait_until(lambda: list(toy.scratch.iterdir()))
    wait_until(lambda: toy.left == ["handler"])
    assert list(toy.scratch.iterdir()) == []
