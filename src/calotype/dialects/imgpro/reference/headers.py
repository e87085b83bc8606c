"""The headers of answers, and of requests, that the API's reference describes."""

from __future__ import annotations

from calotype.dialects.imgpro.reference.declaring import Json

_COUNT: Json = {"type": "integer", "minimum": 0}


def _header(about: str, schema: Json) -> Json:
    return {"description": about, "schema": schema}


HEADERS: dict[str, Json] = {
    "X-Request-Id": _header("Finds the request in the server's log.", {"type": "string"}),
    "RateLimit-Policy": _header(
        "The limits that count this request: `q` requests in `w` seconds, as draft-ietf-httpapi-ratelimit-headers.",
        {"type": "string", "examples": ['"key";q=1000;w=60']},
    ),
    "RateLimit": _header(
        "Where they stand: `r` requests are left, and the window ends in `t` seconds.",
        {"type": "string", "examples": ['"key";r=998;t=42']},
    ),
    "X-Monthly-Uploads-Used": _header("Uploads of this month.", _COUNT),
    "X-Monthly-Uploads-Limit": _header("How many the plan has a month; absent without a limit.", _COUNT),
    "X-Monthly-Uploads-Remaining": _header("How many are left; absent without a limit.", _COUNT),
    "X-Storage-Used": _header("Bytes of originals.", _COUNT),
    "X-Storage-Limit": _header("How many the plan has; absent without a limit.", _COUNT),
    "X-Storage-Remaining": _header("How many are left; absent without a limit.", _COUNT),
    "Retry-After": _header("Seconds to wait before the next attempt.", {"type": "integer", "minimum": 1}),
    "WWW-Authenticate": _header("`Bearer`.", {"const": "Bearer"}),
    "X-Deduplicated": _header("`true`: the image was there already.", {"const": "true"}),
    "Idempotency-Replayed": _header(
        "`true`: the answer is that of the first request with this key.", {"const": "true"}
    ),
}

ON_ALL = ("X-Request-Id", "RateLimit-Policy", "RateLimit")
WITH_KEY = tuple(name for name in HEADERS if name.startswith(("X-Monthly-", "X-Storage-")))


def headers_of(*names: str, with_key: bool) -> Json:
    """Name the headers of an answer: *names*, those of every answer, and those that a key brings along."""
    wanted = (*ON_ALL, *names, *(WITH_KEY if with_key else ()))
    return {name: {"$ref": f"#/components/headers/{name}"} for name in wanted}
