"""The layer around every request: its id, its line, its count, and the answer of last resort."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from structlog.testing import capture_logs

from calotype.web.cors import open_to_browsers
from calotype.web.health import healthz, readyz
from calotype.web.metrics import Metrics
from calotype.web.requests import RequestLayer, current_request_id


async def hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse(current_request_id())


async def fail(_: Request) -> PlainTextResponse:
    raise ZeroDivisionError


async def leave(_: Request) -> PlainTextResponse:
    raise ClientDisconnect


def layered(app, metrics=None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(RequestLayer(app, metrics or Metrics()))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


@pytest.fixture
def app() -> Starlette:
    inner = [Route("/item/{id}", hello), Route("/fail", fail), Route("/leave", leave)]
    return Starlette(routes=[Mount("/v1", routes=inner)])


async def bare(scope, _receive, send):
    """Fail before any answer, as code outside of a framework does."""
    raise ZeroDivisionError(scope["path"], send)


async def test_an_answer_carries_the_id_that_the_code_inside_sees(app):
    async with layered(app) as client:
        answer = await client.get("/v1/item/7")
    assert answer.headers["x-request-id"] == answer.text
    assert len(answer.text) == 20


async def test_a_client_cannot_choose_the_id(app):
    async with layered(app) as client:
        with capture_logs() as logs:
            answer = await client.get("/v1/item/7", headers={"x-request-id": "mine-1"})
    assert answer.headers.get_list("x-request-id") == [answer.text]
    assert logs[0]["client_request_id"] == "mine-1"


async def test_an_id_that_looks_like_none_is_not_even_logged(app):
    async with layered(app) as client:
        with capture_logs() as logs:
            await client.get("/v1/item/7", headers={"x-request-id": "a b"})
    assert "client_request_id" not in logs[0]


async def test_the_line_names_the_path_without_its_query(app):
    async with layered(app) as client:
        with capture_logs() as logs:
            await client.get("/v1/item/%7a?sig=abc")
    (line,) = logs
    assert (line["event"], line["method"], line["path"], line["status"]) == (
        "answered",
        "GET",
        "/v1/item/%7a",
        200,
    )
    assert "abc" not in str(line)


async def test_a_failure_is_answered_as_json_with_the_id():
    async with layered(bare) as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert answer.json() == {
        "error": "server_error",
        "message": "Something failed on this server; the request id finds it in the log.",
        "request_id": answer.headers["x-request-id"],
    }


async def test_a_failure_in_mid_answer_is_not_hidden():
    async def broken():
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with layered(StreamingResponse(broken())) as client:
            await client.get("/")


async def test_a_client_that_leaves_is_no_failure():
    async def gone(_scope, _receive, _send):
        raise ClientDisconnect

    metrics = Metrics()
    await RequestLayer(gone, metrics)(scope(), asyncio.Event().wait, asyncio.sleep)
    assert dict(metrics.hits.requests) == {("GET", "unmatched", 499): 1}


def scope(method="GET", *headers) -> dict[str, object]:
    return {
        "type": "http",
        "method": method,
        "path": "/",
        "raw_path": b"/",
        "headers": list(headers),
        "client": None,
    }


async def test_requests_are_counted_by_route_template(app):
    metrics = Metrics()
    async with layered(app, metrics) as client:
        await client.get("/v1/item/7")
        await client.get("/v1/item/8")
        await client.get("/nowhere")
    text = metrics.exposition().decode()
    assert 'calotype_requests_total{method="GET",route="/v1/item/{id}",status="2xx"} 2.0' in text
    assert 'calotype_requests_total{method="GET",route="unmatched",status="4xx"} 1.0' in text


async def test_an_unread_body_closes_the_connection_after_the_answer():
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await RequestLayer(PlainTextResponse("no"), Metrics())(
        scope("POST", (b"content-length", b"9")), receive, send
    )
    assert (b"connection", b"close") in sent[0]["headers"]
    assert [(message["body"], message["more_body"]) for message in sent[1:]] == [(b"no", True), (b"", False)]


async def test_a_body_that_was_read_keeps_the_connection():
    async def reading(scope, receive, send):
        await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)

    async with layered(reading) as client:
        answer = await client.post("/", content=b"hello")
    assert answer.text == "hello"
    assert "connection" not in answer.headers


async def test_health_needs_nobody():
    async with layered(Starlette(routes=[Route("/healthz", healthz)])) as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}


def ready(checks) -> Starlette:
    return Starlette(routes=[Route("/readyz", readyz(checks))])


async def works() -> None: ...


async def broken() -> None:
    raise OSError("postgresql://joe:pa55@db")


async def test_ready_when_every_part_works():
    async with layered(ready({"catalog": works})) as client:
        assert (await client.get("/readyz")).status_code == 200


async def test_not_ready_names_the_part_and_no_secret():
    async with layered(ready({"catalog": broken, "disk": works})) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "unavailable", "reasons": {"catalog": "OSError"}}


def preflight(method: str, headers: str) -> dict[str, str]:
    return {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


async def test_a_page_of_any_origin_may_upload_without_a_key(app):
    async with layered(open_to_browsers(app)) as client:
        answer = await client.options("/v1/item/7", headers=preflight("POST", "content-type"))
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(("method", "headers"), [("POST", "authorization"), ("DELETE", "content-type")])
async def test_a_page_may_not_send_a_key_or_change_things(app, method, headers):
    async with layered(open_to_browsers(app)) as client:
        answer = await client.options("/v1/item/7", headers=preflight(method, headers))
    assert answer.status_code == 400


async def test_a_page_may_read_the_answer_and_its_id(app):
    async with layered(open_to_browsers(app)) as client:
        answer = await client.get("/v1/item/7", headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "x-request-id" in answer.headers["access-control-expose-headers"]
