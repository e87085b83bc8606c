"""The headers of answers, and of requests, that the API's reference describes."""

from __future__ import annotations

from calotype.dialects.imgpro.reference.declaring import Json

_COUNT: Json = {"type": "integer", "minimum": 0}


def _header(about: str, schema: Json) -> Json:
    return {"description": about, "schema": schema}


HEADERS: dict[str, Json] = {
    "X-Request-Id": _header("Finds the request in the server's log.", {"type": "string"}),
    "Retry-After": _header("Seconds to wait before the next attempt.", {"type": "integer", "minimum": 1}),
    "X-Monthly-Uploads-Used": _header("Uploads in this calendar month, UTC.", _COUNT),
    "X-Monthly-Uploads-Limit": _header("Uploads that the plan allows in a month; absent: no limit.", _COUNT),
    "X-Monthly-Uploads-Remaining": _header("What is left of them; absent: no limit.", _COUNT),
    "X-Storage-Used": _header("Bytes of all originals.", _COUNT),
    "X-Storage-Limit": _header("Bytes that the plan allows; absent: no limit.", _COUNT),
    "X-Storage-Remaining": _header("What is left of them; absent: no limit.", _COUNT),
    "X-Deduplicated": _header("`true`: the image was there already.", {"const": "true"}),
}

ON_ALL = ("X-Request-Id",)
WITH_KEY = tuple(name for name in HEADERS if name.startswith(("X-Monthly-", "X-Storage-")))


def headers_of(*names: str, with_key: bool) -> Json:
    """Name the headers of an answer: *names*, those of every answer, and those that a key brings along."""
    wanted = (*ON_ALL, *names, *(WITH_KEY if with_key else ()))
    return {name: {"$ref": f"#/components/headers/{name}"} for name in wanted}
