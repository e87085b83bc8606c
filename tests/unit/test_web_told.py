"""Headers that become known on the way: on every answer, and never in place of its own."""

from __future__ import annotations

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.responses import PlainTextResponse

from calotype.web.told import Telling, tell


async def answering(scope, receive, send):
    tell(scope, {"RateLimit": '"key";r=1;t=2', "Vary": "X-Told"})
    if scope["path"] == "/refused":
        raise HTTPException(403)
    await PlainTextResponse("ok", headers={"Vary": "Accept"})(scope, receive, send)


@pytest.fixture
def http():
    app = Telling(ExceptionMiddleware(answering))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/refused", 403)])
async def test_what_is_told_is_on_every_answer(http, path, status):
    answer = await http.get(path)
    assert (answer.status_code, answer.headers["ratelimit"]) == (status, '"key";r=1;t=2')


async def test_a_header_that_the_answer_has_stays(http):
    assert (await http.get("/")).headers.get_list("vary") == ["Accept"]


async def test_one_request_does_not_hear_what_another_was_told():
    async def first_only(scope, receive, send):
        if scope["path"] == "/first":
            tell(scope, {"X-Told": "first"})
        await PlainTextResponse("ok")(scope, receive, send)

    transport = httpx.ASGITransport(Telling(first_only))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answers = [await client.get(path) for path in ("/first", "/second")]
    assert [answer.headers.get("x-told") for answer in answers] == ["first", None]


def test_without_anybody_to_tell_nothing_happens():
    scope = {"type": "http"}
    tell(scope, {"X-Told": "x"})
    assert scope == {"type": "http"}
