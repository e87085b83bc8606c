"""Which browsers may call the API from a page of someone else: any, for what needs no key.

Law: keys are not for browsers. `Authorization` is not on the list of allowed headers, so a page that tries to
send one is stopped at the preflight; no cookie is ever accepted across origins.
"""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

ALLOWED_METHODS = ("GET", "HEAD", "POST")
ALLOWED_HEADERS = ("content-type", "idempotency-key", "x-request-id")
EXPOSED_HEADERS = (
    "idempotency-replayed",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "x-deduplicated",
    "x-request-id",
)
PREFLIGHT_AGE_S = 86_400


def open_to_browsers(app: ASGIApp) -> ASGIApp:
    """Let pages of any origin call *app* without credentials: anonymous create and public reads."""
    return CORSMiddleware(
        app,
        allow_origins=("*",),
        allow_methods=ALLOWED_METHODS,
        allow_headers=ALLOWED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
        max_age=PREFLIGHT_AGE_S,
    )
