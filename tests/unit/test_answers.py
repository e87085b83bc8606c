"""What holds answers against the document notices what is not in it."""

import httpx
import pytest

from answers import Contract, Undocumented, imgpro_document
from calotype.settings import Settings

CONTRACT = Contract(imgpro_document(Settings()))
LISTED = {"data": [], "next_cursor": None, "has_more": False}


def answer(status, body, method="GET", path="/v1/media"):
    request = httpx.Request(method, f"https://img.example{path}")
    return httpx.Response(status, json=body, request=request)


def test_what_the_document_tells_of_passes():
    CONTRACT.check(answer(200, LISTED))
    CONTRACT.check(answer(401, {"error": "unauthorized", "message": "No."}))
    CONTRACT.check(httpx.Response(204, request=httpx.Request("DELETE", "https://img.example/v1/media/a")))


@pytest.mark.parametrize(
    "told",
    [
        answer(418, {}),
        answer(200, {**LISTED, "more": 1}),
        answer(200, {"data": []}),
        answer(200, {**LISTED, "has_more": "no"}),
        answer(401, {"error": "forbidden", "message": "No."}),
        answer(401, {"error": {"type": "authentication_error", "code": "unauthorized", "message": "No."}}),
        answer(204, {}, "DELETE", "/v1/media/a"),
        answer(200, {"updated": 1}, "PATCH", "/v1/media/abc"),
        httpx.Response(200, text="[]", request=httpx.Request("GET", "https://img.example/v1/media")),
    ],
    ids=["status", "member", "missing", "type", "code", "shape", "body", "path", "media type"],
)
def test_what_it_does_not_tell_of_is_noticed(told):
    with pytest.raises(Undocumented):
        CONTRACT.check(told)


def test_what_is_no_part_of_the_api_is_passed_over():
    CONTRACT.check(answer(404, {}, path="/nothing"))
