"""How IMG Processing words an error: a problem body with the title under both of its names (contract, 4).

Law: one table from the core's codes to kinds of problems; `errors` is always an array of sentences.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from calotype.errors import (
    Busy,
    CalotypeError,
    IdempotencyInProgress,
    NotConfigured,
    NotFound,
    QuotaExceeded,
    RateLimited,
)
from calotype.settings import Settings
from calotype.web import unread as unread_requests
from calotype.web.requests import current_request_id
from calotype.web.wording import human_bytes

log = structlog.get_logger(__name__)

Refusal = Callable[[Request, Exception], Awaitable[JSONResponse]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, and the last part of its type's URL, which its title is made of."""

    status: int
    slug: str

    @property
    def title(self) -> str:
        """Give the title, such as `Not Found`."""
        return self.slug.replace("-", " ").title()


BAD_REQUEST = Kind(400, "bad-request")
UNAUTHORIZED = Kind(401, "unauthorized")
FORBIDDEN = Kind(403, "forbidden")
QUOTA_EXCEEDED = Kind(403, "quota-exceeded")
NOT_FOUND = Kind(404, "not-found")
NOT_ALLOWED = Kind(405, "method-not-allowed")
TIMEOUT = Kind(408, "request-timeout")
CONFLICT = Kind(409, "conflict")
PRECONDITION = Kind(412, "precondition-failed")
RANGE = Kind(416, "range-not-satisfiable")
VALIDATION = Kind(422, "validation-error")
TOO_MANY = Kind(429, "too-many-requests")
SERVER = Kind(500, "internal-server-error")
NOT_AVAILABLE = Kind(501, "not-available")
BAD_GATEWAY = Kind(502, "bad-gateway")
UNAVAILABLE = Kind(503, "service-unavailable")

KINDS: Mapping[str, Kind] = {
    "bad_request": BAD_REQUEST,
    "transformation_unnamed": BAD_REQUEST,
    "unauthorized": UNAUTHORIZED,
    "signature_invalid": UNAUTHORIZED,
    "signature_expired": UNAUTHORIZED,
    "forbidden": FORBIDDEN,
    "https_required": FORBIDDEN,
    "app_suspended": FORBIDDEN,
    "app_blocked": FORBIDDEN,
    "media_locked": FORBIDDEN,
    "media_blocked": FORBIDDEN,
    "workspace_unavailable": FORBIDDEN,
    "key_limit_reached": FORBIDDEN,
    "link_expired": FORBIDDEN,
    "link_invalid": FORBIDDEN,
    "link_used": FORBIDDEN,
    "registration_closed": FORBIDDEN,
    "quota_exceeded": QUOTA_EXCEEDED,
    "not_found": NOT_FOUND,
    "method_not_allowed": NOT_ALLOWED,
    "request_timeout": TIMEOUT,
    "external_id_duplicate": CONFLICT,
    "idempotency_key_conflict": CONFLICT,
    "idempotency_key_in_progress": CONFLICT,
    "idempotency_recovery_conflict": CONFLICT,
    "path_taken": CONFLICT,
    "precondition_failed": PRECONDITION,
    "range_not_satisfiable": RANGE,
    "validation_error": VALIDATION,
    "file_too_large": VALIDATION,
    "unsupported_media_type": VALIDATION,
    "code_invalid": VALIDATION,
    "image_refused": VALIDATION,
    "image_empty": VALIDATION,
    "image_truncated": VALIDATION,
    "image_corrupt": VALIDATION,
    "image_too_many_pixels": VALIDATION,
    "image_too_many_frames": VALIDATION,
    "image_too_complex": VALIDATION,
    "image_quarantined": VALIDATION,
    "svg_unsafe": VALIDATION,
    "fetch_failed": VALIDATION,
    "vision_refused": VALIDATION,
    "rate_limited": TOO_MANY,
    "variant_limit": TOO_MANY,
    "error": SERVER,
    "server_error": SERVER,
    "render_failed": SERVER,
    "upload_failed": SERVER,
    "import_failed": SERVER,
    "mail_failed": SERVER,
    "not_configured": NOT_AVAILABLE,
    "vision_failed": BAD_GATEWAY,
    "busy": UNAVAILABLE,
}
"""Every code of the core's. What is wrong with what was sent is a validation problem, its size included."""

HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer of the API: what it says depends on who asks, and nothing in it is to be run."""

MEDIA_TYPE = "application/problem+json"

WAITING = (RateLimited, Busy, IdempotencyInProgress)
"""Errors that say in how many seconds to try again."""

RETRIED = frozenset({408, 429, 500, 502, 503})
"""Statuses for which sending the same again may help. Clients would repeat 409 and 501 too, but are told not to."""

VERBS = ("is ", "must ", "has ", "needs ", "cannot ")

UNREAD: Mapping[int, Kind] = {
    400: BAD_REQUEST,
    408: TIMEOUT,
    414: Kind(414, "uri-too-long"),
    429: TOO_MANY,
    431: Kind(431, "request-header-fields-too-large"),
}
"""What the connection refuses before it is a request."""

_FRAMEWORK = {
    404: (NOT_FOUND, "There is no such endpoint."),
    405: (NOT_ALLOWED, "This endpoint does not know this method."),
}


def problem(
    settings: Settings, kind: Kind, message: str, reasons: list[str] | None = None
) -> dict[str, object]:
    """Write a problem body; *reasons* are what is wrong with the request, each a sentence."""
    body: dict[str, object] = {
        "type": _type(settings.img_processing_error_types, kind),
        "error": kind.title,
        "title": kind.title,
        "status": kind.status,
        "message": message,
    }
    return body if reasons is None else {**body, "errors": reasons}


def _type(base: str, kind: Kind) -> str:
    return f"{base}{kind.slug}" if base.endswith(("/", "#")) else f"{base}/{kind.slug}"


def body_of(settings: Settings, error: CalotypeError) -> dict[str, object]:
    """Write *error* as JSON's values; what is our fault names the request, so that the log can be asked."""
    kind = KINDS[error.code]
    reasons = reasons_of(error) if kind is VALIDATION else None
    body = problem(settings, kind, "; ".join(reasons) if reasons else _message(error), reasons)
    return body | _request_named(kind)


def _message(error: CalotypeError) -> str:
    """Say what happened; of a plan that is used up also what it has, for this API tells that nowhere else."""
    if not isinstance(error, QuotaExceeded) or error.standing is None:
        return error.message
    plan = error.standing.plan
    limits = []
    if plan.uploads is not None:
        limits.append(f"{plan.uploads:,} upload{'s' * (plan.uploads != 1)} a month")
    if plan.storage_bytes is not None:
        limits.append(f"{human_bytes(plan.storage_bytes)} of originals")
    return f"{error.message} The plan {plan.label} has {' and '.join(limits)}."


def reasons_of(error: CalotypeError) -> list[str]:
    """List what is wrong, field by field; without fields it is the message alone."""
    named = [_sentence(name, reason) for name, reasons in error.fields.items() for reason in reasons]
    return named or [error.message]


def _sentence(name: str, reason: str) -> str:
    """Join a field and what is wrong with it: a reason that begins with a verb has the field as its subject."""
    return f"{name} {reason}" if reason.startswith(VERBS) else f"{name}: {reason}"


def _request_named(kind: Kind) -> dict[str, object]:
    request_id = current_request_id()
    return {"request_id": request_id} if kind.status >= 500 and request_id else {}


def headers_of(error: CalotypeError) -> dict[str, str]:
    """Give the headers that *error* needs beside those of every answer."""
    waiting = {"Retry-After": str(error.retry_after)} if isinstance(error, WAITING) else {}
    return {**waiting, **should_retry(KINDS[error.code])}


def should_retry(kind: Kind) -> dict[str, str]:
    """Tell clients whether to send the same again; theirs believe this header before the status."""
    return {"X-Should-Retry": "true" if kind.status in RETRIED else "false"}


def answering(settings: Settings) -> dict[type[Exception], Refusal]:
    """Give what answers each kind of exception."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, CalotypeError)  # noqa: S101 - registered for it alone
        log_failure(error)
        told = naming(request.path_params.get("image_id"), error)
        return _answer(body_of(settings, told), KINDS[told.code], headers_of(told))

    async def unrouted(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
        kind, message = _FRAMEWORK.get(error.status_code, (BAD_REQUEST, error.detail))
        allowed = {
            name: ", ".join(sorted(value.split(", "))) for name, value in (error.headers or {}).items()
        }
        return _answer(problem(settings, kind, message), kind, {**allowed, **should_retry(kind)})

    async def surprised(_request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, ClientDisconnect):
            raise error
        log.error("failed", exc_info=error)
        body = problem(settings, SERVER, "Something failed on this server.") | _request_named(SERVER)
        return _answer(body, SERVER, should_retry(SERVER))

    return {CalotypeError: refused, HTTPException: unrouted, Exception: surprised}


def unread(settings: Settings) -> unread_requests.Wording:
    """Give what words a request that the connection refuses."""

    def worded(refusal: unread_requests.Refusal, _request_id: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        kind = UNREAD[refusal.status]
        headers = {"content-type": MEDIA_TYPE, **should_retry(kind)}
        lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return lines, json.dumps(problem(settings, kind, refusal.message)).encode()

    return worded


def _answer(body: dict[str, object], kind: Kind, headers: Mapping[str, str]) -> JSONResponse:
    return JSONResponse(body, kind.status, {**HEADERS, **headers}, MEDIA_TYPE)


def naming(asked: str | None, error: CalotypeError) -> CalotypeError:
    """Say which image was not found: the one that the path has *asked* for, where nothing else is named."""
    if not asked or not isinstance(error, NotFound) or error.message != NotFound().message:
        return error
    shown = asked[:100].encode("utf-8", "replace").decode("utf-8")
    return NotFound(f"Image with id {shown} not found.")


def log_failure(error: CalotypeError) -> None:
    """Write down what was our fault, with its cause: whoever asked is told an id, not a reason."""
    if KINDS[error.code].status >= 500 and not isinstance(error, Busy | NotConfigured):
        log.error("failed", code=error.code, exc_info=error)
