"""What the connection refuses before there is a request to route, and who words it.

Law: the words are found by the path, and by a Host that stands for one, as far as they have come in: often there is
no more of a request.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a head is no request that we answer: a status, a stable code and a sentence."""

    status: HTTPStatus
    code: str
    message: str


MALFORMED = Refusal(HTTPStatus.BAD_REQUEST, "bad_request", "The request is not valid HTTP/1.1.")
SLOW = Refusal(HTTPStatus.REQUEST_TIMEOUT, "request_timeout", "The request's headers did not come in time.")
LONG_TARGET = Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, "uri_too_long", "The URL is too long.")
PIPELINED = Refusal(
    HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", "Too many requests wait on this connection."
)
LARGE_HEAD = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", "The request's headers are too large."
)

Wording = Callable[[Refusal, str], tuple[Sequence[tuple[bytes, bytes]], bytes]]
"""Turns a refusal and the request's id into headers, the body's type among them, and a body."""


def in_general(refusal: Refusal, request_id: str) -> tuple[Sequence[tuple[bytes, bytes]], bytes]:
    """Word *refusal* for whoever asks for no path of an API that has a shape of its own."""
    body = {"error": refusal.code, "message": refusal.message, "request_id": request_id}
    return [(b"content-type", b"application/json")], json.dumps(body).encode()
