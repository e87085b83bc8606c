"""How img.pro's second generation words an error: `{error: {type, code, message, …}}` (contract, 8.2).

Law: it says what the flat answer says, in another shape; so there is one table of statuses, and no second wording.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgpro.errors import (
    HEADERS,
    body_of,
    framework_body,
    framework_headers,
    headers_of,
    log_failure,
    status_of,
)
from calotype.errors import CalotypeError
from calotype.web.requests import current_request_id

_BY_CODE = {
    "quota_exceeded": "quota_error",
    "idempotency_key_conflict": "idempotency_error",
    "idempotency_key_in_progress": "idempotency_error",
    "idempotency_recovery_conflict": "idempotency_error",
    "upload_failed": "processing_error",
    "fetch_failed": "processing_error",
    "import_failed": "processing_error",
    "render_failed": "processing_error",
}
_BY_STATUS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}

TYPES = frozenset({*_BY_CODE.values(), *_BY_STATUS.values(), "api_error", "invalid_request_error"})
"""Every type that an error may have."""

VALIDATION_MESSAGE = "Validation failed"
"""Its clients compare it; the reasons are in `details`."""


def nested(flat: Mapping[str, object], status: int) -> dict[str, object]:
    """Say what the *flat* body of an answer with *status* says."""
    rest = dict(flat)
    code, message = rest.pop("error"), rest.pop("message")
    details, action = rest.pop("errors", None), rest.pop("action", None)
    if code == "validation_error":
        details, message = details or {"body": [message]}, VALIDATION_MESSAGE
    error: dict[str, object] = {"type": type_of(str(code), status), "code": code, "message": message}
    if details:
        error["details"] = details
    if isinstance(action, dict):
        error["action"] = _action(action)
    return {"error": error | rest}


def type_of(code: str, status: int) -> str:
    """Name the type of an error with *code* and *status*."""
    other = "api_error" if status >= 500 else "invalid_request_error"
    return _BY_CODE.get(code) or _BY_STATUS.get(status, other)


def _action(flat: Mapping[str, object]) -> dict[str, object]:
    if flat["type"] == "wait":
        return {"type": "wait", "label": "Try again later", "retry_after": flat["seconds"]}
    return {**flat, "type": _ACTIONS.get(str(flat["type"]), flat["type"])}


_ACTIONS = {"redirect": "upgrade"}
"""Its clients know no redirect: from the top plan, `upgrade` leads to the page of the one who bills."""


def error_of(error: CalotypeError) -> object:
    """Give what stands at `error` for *error*, where an answer has several."""
    return nested(body_of(error), status_of(error))["error"]


async def answer(_request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the core's."""
    assert isinstance(error, CalotypeError)  # noqa: S101 - registered for it alone
    log_failure(error)
    status = status_of(error)
    body = nested(body_of(error, current_request_id()), status)
    return JSONResponse(body, status, {**HEADERS, **headers_of(error)})


async def answer_framework(_request: Request, error: Exception) -> JSONResponse:
    """Answer what the router refuses: paths and methods that are not ours."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    body = nested(framework_body(error), error.status_code)
    return JSONResponse(body, error.status_code, framework_headers(error))
