"""How ImageKit's delivery words an error: `{message, help}` and an `ik-error` header (contract, 1.5 and 3.13).

Law: one table from the core's codes to statuses; every code has a row.

Why so: docs/adr/0022.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog

from calotype.errors import Busy, CalotypeError, NotConfigured, RateLimited
from calotype.web.delivery import Refusal
from calotype.web.delivery_headers import Header
from calotype.web.responses import header
from calotype.web.unread import Refusal as Unread

log = structlog.get_logger(__name__)

STATUSES: Mapping[str, int] = {
    "bad_request": 400,
    "transformation_unnamed": 400,
    "validation_error": 400,
    "image_refused": 400,
    "image_empty": 400,
    "image_truncated": 400,
    "image_corrupt": 400,
    "image_too_many_pixels": 400,
    "image_too_many_frames": 400,
    "image_too_complex": 400,
    "svg_unsafe": 400,
    "fetch_failed": 400,
    "unauthorized": 401,
    "signature_invalid": 401,
    "signature_expired": 401,
    "forbidden": 403,
    "quota_exceeded": 403,
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
    "code_invalid": 422,
    "image_quarantined": 422,
    "vision_refused": 422,
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
MESSAGES = {"transformation_unnamed": "Bad Image Transformation Request"}
"""What the vendor says in its own words."""
MARKS = {
    "not_found": "ENOENT",
    "image_too_many_pixels": "ELIMIT",
    "image_too_many_frames": "ELIMIT",
    "image_too_complex": "ELIMIT",
    "file_too_large": "ELIMIT",
    "variant_limit": "ELIMIT",
}
"""What the `ik-error` header begins with."""
HELPS = {
    "validation_error": "Correct the part of the URL that the message names.",
    "not_found": "Check the path; what is expired, deleted or not published answers the same.",
}
HELP = "The server's operator can help; name the request id."
REQUEST_ID = "x-ik-requestId"
"""The header that names the request on every answer (contract, 1.6)."""


def refuse(error: CalotypeError, request_id: str) -> Refusal:
    """Say what went wrong as JSON: an error is never an image, nor an image an error."""
    status = STATUSES[error.code]
    if status >= 500 and not isinstance(error, Busy | NotConfigured):
        log.error("failed", code=error.code, exc_info=error)
    body = {
        "message": MESSAGES.get(error.code, error.message),
        "help": HELPS.get(error.code, error.fix or HELP),
    }
    headers = [(b"content-type", b"application/json"), header(REQUEST_ID, request_id)]
    return Refusal(status, (*headers, *_more(error)), json.dumps(body).encode())


def unread(refusal: Unread, request_id: str) -> tuple[tuple[Header, ...], bytes]:
    """Word what the connection refuses before it is a request."""
    headers = ((b"content-type", b"application/json"), header(REQUEST_ID, request_id))
    return headers, json.dumps({"message": refusal.message, "help": HELP}).encode()


def _more(error: CalotypeError) -> tuple[Header, ...]:
    """Give the headers that *error* needs beside those of every answer."""
    more: list[Header] = []
    if error.code in MARKS:
        more.append(header("ik-error", f"{MARKS[error.code]} - {_line(error.message)}"))
    if isinstance(error, RateLimited | Busy):
        more.append((b"retry-after", b"%d" % error.retry_after))
    if isinstance(error, NotConfigured):
        more.append((b"x-should-retry", b"false"))
    return tuple(more)


def _line(message: str) -> str:
    """Keep what a header can hold: a message may quote the URL."""
    return "".join(each if " " <= each <= "~" else "?" for each in message)
