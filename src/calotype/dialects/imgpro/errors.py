"""How img.pro's first generation words an error: flat, `{error, message, errors?, action?}` (contract, 8.1).

Law: one table from the core's codes to statuses; the codes themselves pass through unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.domain.plans import Standing
from calotype.errors import (
    Busy,
    CalotypeError,
    IdempotencyInProgress,
    NotConfigured,
    QuotaExceeded,
    RateLimited,
)
from calotype.web.requests import current_request_id

log = structlog.get_logger(__name__)

STATUSES: Mapping[str, int] = {
    "bad_request": 400,
    "transformation_unnamed": 400,
    "unauthorized": 401,
    "signature_invalid": 401,
    "signature_expired": 401,
    "forbidden": 403,
    "https_required": 403,
    "app_suspended": 403,
    "app_blocked": 403,
    "media_locked": 403,
    "media_blocked": 403,
    "workspace_unavailable": 403,
    "key_limit_reached": 403,
    "link_expired": 403,
    "link_invalid": 403,
    "link_used": 403,
    "quota_exceeded": 403,
    "registration_closed": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "request_timeout": 408,
    "external_id_duplicate": 409,
    "idempotency_key_conflict": 409,
    "idempotency_key_in_progress": 409,
    "idempotency_recovery_conflict": 409,
    "path_taken": 409,
    "precondition_failed": 412,
    "file_too_large": 413,
    "unsupported_media_type": 415,
    "range_not_satisfiable": 416,
    "validation_error": 422,
    "code_invalid": 422,
    "image_refused": 422,
    "image_empty": 422,
    "image_truncated": 422,
    "image_corrupt": 422,
    "image_too_many_pixels": 422,
    "image_too_many_frames": 422,
    "image_too_complex": 422,
    "image_quarantined": 422,
    "svg_unsafe": 422,
    "vision_refused": 422,
    "fetch_failed": 422,
    "rate_limited": 429,
    "variant_limit": 429,
    "error": 500,
    "server_error": 500,
    "render_failed": 500,
    "upload_failed": 500,
    "import_failed": 500,
    "mail_failed": 500,
    "not_configured": 501,
    "vision_failed": 502,
    "busy": 503,
}

HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer of the API: what it says depends on who asks, and nothing in it is to be run."""

_FRAMEWORK = {
    404: ("not_found", "There is no such endpoint."),
    405: ("method_not_allowed", "Method not allowed."),
}


WAITING = (RateLimited, Busy, IdempotencyInProgress)
"""Errors that say in how many seconds to try again."""


def status_of(error: CalotypeError) -> int:
    """Give the HTTP status of *error*."""
    return STATUSES[error.code]


def body_of(error: CalotypeError, request_id: str = "") -> dict[str, object]:
    """Write *error* as JSON's values; what is our fault names the request, so that the log can be asked."""
    body: dict[str, object] = {"error": error.code, "message": error.message}
    if error.fields:
        body["errors"] = error.fields
    if isinstance(error, WAITING):
        body["action"] = {"type": "wait", "seconds": error.retry_after}
    elif error.action:
        body["action"] = asdict(error.action)
    if isinstance(error, QuotaExceeded) and error.standing:
        body["usage"] = usage_of(error.standing)
    if status_of(error) >= 500 and request_id:
        body["request_id"] = request_id
    return body


def usage_of(standing: Standing) -> dict[str, object]:
    """Spell, for an error, what is used of a plan; null is no limit."""
    return {
        "plan": standing.plan.name,
        "uploads_used": standing.usage.uploads,
        "uploads_limit": standing.plan.uploads,
        "storage_used_bytes": standing.usage.stored_bytes,
        "storage_limit_bytes": standing.plan.storage_bytes,
    }


def headers_of(error: CalotypeError) -> dict[str, str]:
    """Give the headers that *error* needs beside those of every answer."""
    if isinstance(error, WAITING):
        return {"Retry-After": str(error.retry_after)}
    return _BY_CODE.get(error.code, {})


_BY_CODE = {
    "unauthorized": {"WWW-Authenticate": "Bearer"},
    "not_configured": {"X-Should-Retry": "false"},
}


def log_failure(error: CalotypeError) -> None:
    """Write down what was our fault, with its cause: whoever asked is told an id, not a reason."""
    if status_of(error) >= 500 and not isinstance(error, Busy | NotConfigured):
        log.error("failed", code=error.code, exc_info=error)


async def answer(_request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the core's."""
    assert isinstance(error, CalotypeError)  # noqa: S101 - registered for it alone
    log_failure(error)
    body = body_of(error, current_request_id())
    return JSONResponse(body, status_of(error), {**HEADERS, **headers_of(error)})


async def answer_framework(_request: Request, error: Exception) -> JSONResponse:
    """Answer what the router refuses: paths and methods that are not ours."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    return JSONResponse(framework_body(error), error.status_code, framework_headers(error))


def framework_body(error: HTTPException) -> dict[str, object]:
    """Write what the router refuses as JSON's values."""
    code, message = _FRAMEWORK.get(error.status_code, ("bad_request", error.detail))
    return {"error": code, "message": message}


def framework_headers(error: HTTPException) -> dict[str, str]:
    """Give every header of the answer; the methods that are allowed come in order."""
    own = {name: ", ".join(sorted(value.split(", "))) for name, value in (error.headers or {}).items()}
    return {**HEADERS, **own}
