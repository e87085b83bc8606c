"""Which errors an operation may answer: by who may call it, what it takes, and what it does.

Law: codes only. Statuses, causes and fixes are those of the errors themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from calotype import errors
from calotype.dialects.imgpro.reference.declaring import FORM, JSON, Access, Operation

ALWAYS = frozenset({"rate_limited", "server_error", "busy", "https_required"})

_KEY = frozenset({"unauthorized", "forbidden"})
_APP = frozenset({"not_found", "app_suspended", "app_blocked", "workspace_unavailable"})
"""Of whoever acts for an app's user; a key of another kind never meets them."""

BY_ACCESS = {
    Access.ANYBODY: frozenset[str](),
    Access.OPTIONAL: _KEY | _APP,
    Access.READ: _KEY | _APP,
    Access.WRITE: _KEY | _APP,
    Access.APP: _KEY | _APP,
}

_BODY = frozenset({"validation_error", "request_timeout", "file_too_large"})
BY_BODY = {JSON: _BODY, FORM: _BODY | {"unsupported_media_type"}}

IMAGE = frozenset(
    {"unsupported_media_type", "image_refused", "image_empty", "image_truncated", "image_corrupt"}
    | {
        "image_too_many_pixels",
        "image_too_many_frames",
        "image_too_complex",
        "image_quarantined",
        "svg_unsafe",
    }
    | {"render_failed", "quota_exceeded"}
    | {"idempotency_key_conflict", "idempotency_key_in_progress", "idempotency_recovery_conflict"}
    | {"media_blocked"}  # of the image that is asked for again
)
"""Of whatever takes an image in."""
UPLOAD = IMAGE | {"upload_failed"}
IMPORT = IMAGE | {"fetch_failed", "import_failed"}
SHOWN = frozenset({"not_found", "media_blocked"})
"""Of whatever shows one image."""
HELD = frozenset({"media_locked", "media_blocked"})
"""Of whatever changes or deletes images."""


def codes_of(operation: Operation) -> frozenset[str]:
    """Give every code that *operation* may answer."""
    bodies = (BY_BODY[body.media_type] for body in operation.bodies)
    asked = frozenset({"validation_error"}) if operation.parameters else frozenset()
    return ALWAYS.union(BY_ACCESS[operation.access], operation.refusals, asked, *bodies)


def kinds() -> dict[str, type[errors.CalotypeError]]:
    """Give the error of each code: the topmost, whose sentence is the most general."""
    found: dict[str, type[errors.CalotypeError]] = {}
    for kind in _tree(errors.CalotypeError):
        found.setdefault(kind.code, kind)
    return found


def waits(kind: type[errors.CalotypeError]) -> bool:
    """Whether *kind* says in how many seconds to try again."""
    return hasattr(kind(), "retry_after")


def cause(kind: type[errors.CalotypeError]) -> str:
    """Say in one sentence when *kind* happens."""
    return (kind.__doc__ or "").splitlines()[0]


def _tree(kind: type[errors.CalotypeError]) -> Iterator[type[errors.CalotypeError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _tree(child)
