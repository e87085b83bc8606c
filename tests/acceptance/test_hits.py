"""Answers from memory leave before the application starts; on the wire they are like all others."""

import asyncio
import re
import resource
import socket
import time
from urllib.parse import urlsplit

import pytest
from served import Served

import pictures


@pytest.fixture(scope="module")
def hot(tmp_path_factory):
    """A server that has one picture in memory, and the path of that picture."""
    with Served(tmp_path_factory.mktemp("hot"), header_timeout_s=1) as served:
        served.made = served.upload(pictures.jpeg(64, 48)).json()
        served.path = urlsplit(served.made["src"]).path + "?size=s"
        served.whole = served.fetch(served.path)
        assert served.fetch(served.path).status_code == 200
        yield served


class Wire:
    """One connection, spoken to in bytes."""

    def __init__(self, served):
        url = urlsplit(served.url)
        self.socket = socket.create_connection((url.hostname, url.port), timeout=10)
        self.file = self.socket.makefile("rb")

    def send(self, text: str) -> None:
        self.socket.sendall(text.replace("\n", "\r\n").encode())

    def answer(self, *, body: bool = True):
        """Read one answer: (status, headers, body)."""
        status = int(self.file.readline().split()[1])
        headers = dict(
            line.decode().strip().lower().split(": ", 1) for line in iter(self.file.readline, b"\r\n")
        )
        length = int(headers.get("content-length", 0)) if body else 0
        return status, headers, self.file.read(length)


@pytest.fixture
def wire(hot):
    wire = Wire(hot)
    yield wire
    wire.file.close()
    wire.socket.close()


def hits(served) -> int:
    found = re.search(r'calotype_deliveries_total\{tier="memory"\} (\d+)', served.client.get("/metrics").text)
    return int(found[1])


def test_a_hit_says_what_the_first_answer_said(hot):
    first, second = hot.whole.headers, hot.fetch(hot.path).headers
    own = {"date", "x-request-id"}
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }
    assert re.fullmatch("[0-9a-f]{20}", second["x-request-id"])
    assert second["x-request-id"] != first["x-request-id"]
    assert second["date"]


def test_imagekits_name_for_the_requests_id_is_on_misses_hits_and_answers_without_a_body(hot):
    path = f"/ik/default/tr:w-20{hot.made['path']}"
    answers = [hot.fetch(path), hot.fetch(path)]
    answers.append(hot.fetch(path, **{"if-none-match": answers[0].headers["etag"]}))
    assert [answer.status_code for answer in answers] == [200, 200, 304]
    named = [answer.headers["x-ik-requestid"] for answer in answers]
    assert named == [answer.headers["x-request-id"] for answer in answers]
    assert len(set(named)) == 3


def test_hits_are_counted(hot):
    before = hits(hot)
    for _ in range(3):
        hot.fetch(hot.path)
    assert hits(hot) - before == 3


def test_pipelined_requests_are_answered_in_order(hot, wire):
    paths = [hot.path, "/healthz", hot.path, "/cdn/nothing", hot.path]
    wire.send("".join(f"GET {path} HTTP/1.1\nHost: x\n\n" for path in paths))
    answers = [wire.answer() for _ in paths]
    assert [status for status, _, _ in answers] == [200, 200, 200, 404, 200]
    assert answers[0][2] == answers[2][2] == answers[4][2] == hot.whole.content


def test_head_sends_the_length_and_no_body(hot, wire):
    wire.send(f"HEAD {hot.path} HTTP/1.1\nHost: x\n\nGET /healthz HTTP/1.1\nHost: x\n\n")
    status, headers, _ = wire.answer(body=False)
    assert (status, int(headers["content-length"])) == (200, len(hot.whole.content))
    assert wire.answer()[2] == b'{"status":"ok"}'


def test_a_body_that_nobody_wants_does_not_shift_the_next_answer(hot, wire):
    wire.send(f"GET {hot.path} HTTP/1.1\nHost: x\nContent-Length: 5\n\nhello")
    wire.send(f"GET {hot.path} HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n5\nhello\n0\n\n")
    wire.send("GET /healthz HTTP/1.1\nHost: x\n\n")
    assert [wire.answer()[0] for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize("request_line", ["HTTP/1.1\nHost: x\nConnection: close", "HTTP/1.0"])
def test_a_connection_that_shall_close_does(hot, wire, request_line):
    wire.send(f"GET {hot.path} {request_line}\n\n")
    status, headers, body = wire.answer()
    assert (status, headers["connection"], body) == (200, "close", hot.whole.content)
    assert wire.file.read() == b""


def test_what_the_client_holds_is_not_sent(hot, wire):
    wire.send(f"GET {hot.path} HTTP/1.1\nHost: x\nIf-None-Match: W/{hot.whole.headers['etag']}\n\n")
    status, headers, _ = wire.answer()
    assert (status, headers["etag"], "content-length" in headers) == (304, hot.whole.headers["etag"], False)


def test_a_kept_connection_may_rest_for_longer_than_a_head_may_take(hot, wire):
    for _ in range(2):
        wire.send(f"GET {hot.path} HTTP/1.1\nHost: x\n\n")
        assert wire.answer()[0] == 200
        time.sleep(1.5)


def test_a_head_that_does_not_come_in_time_is_refused_after_hits_too(hot, wire):
    wire.send(f"GET {hot.path} HTTP/1.1\nHost: x\n\n")
    assert wire.answer()[0] == 200
    wire.send("GET / HTTP/1.1\nHost:")
    assert wire.answer()[0] == 408


def test_a_deleted_picture_is_gone_on_the_same_connection(hot, wire):
    made = hot.upload(pictures.jpeg(48, 64)).json()
    path = urlsplit(made["src"]).path

    def ask():
        wire.send(f"GET {path} HTTP/1.1\nHost: x\n\n")
        return wire.answer()[0]

    before = [ask(), ask()]
    hot.client.delete(f"/v1/media/{made['id']}", headers=hot.authorization)
    assert [*before, ask()] == [200, 200, 404]


@pytest.fixture
def sockets():
    """As many open files as this process may have: a crowd is more than the usual soft limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4000:
        pytest.skip("too few files may be open here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _answers(served, asking: list[str]) -> list[bytes]:
    """Open a connection for each of *asking* at once, send it, and read until the server closes."""
    url = urlsplit(served.url)

    async def ask(text):
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(text.replace("\n", "\r\n").encode())
        received = await reader.read(-1)
        writer.close()
        return received

    return await asyncio.gather(*(ask(text) for text in asking))


@pytest.mark.usefixtures("sockets")
def test_of_a_crowd_that_comes_at_once_each_gets_its_answers_in_order(hot):
    hit = f"GET {hot.path} HTTP/1.1\nHost: x\n"
    asking = [f"{hit}\nGET /healthz HTTP/1.1\nHost: x\n\n{hit}Connection: close\n\n"] * 400
    for _ in range(4):  # a job may write to the catalog meanwhile, and all ask the application
        before = hits(hot)
        answers = asyncio.run(_answers(hot, asking))
        if hits(hot) - before == 400:  # a connection that shall close is the application's
            break
    else:
        raise AssertionError(hits(hot) - before)
    last = re.compile(rb"HTTP/1.1 200.*ok\"}HTTP/1.1 200.*connection: close", re.DOTALL)
    assert {(each.count(b"HTTP/1.1 200"), bool(last.search(each))) for each in answers} == {(3, True)}
    assert {each.count(hot.whole.content) for each in answers} == {2}
