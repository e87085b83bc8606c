"""`Idempotency-Key`: what makes two requests the same one, sent twice (contract, 6.1).

Law: what was parsed is compared, never the bytes on the wire: boundaries, the order of fields and white space in JSON
mean nothing, and the name and type of a file part do.

Why so: docs/adr/0035.
"""

from __future__ import annotations

from starlette.requests import Request

from calotype.errors import Invalid
from calotype.services.idempotency import Repeatable, fingerprint_of
from calotype.services.uploads import Stored
from calotype.web.intake import Form

KEY_CHARS = 255


def idempotency_key(request: Request) -> str | None:
    """Read the header; None: there is none.

    Raises:
        Invalid: it is empty, too long, not printable ASCII, or there twice.
    """
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    [key, *more] = keys
    if more or not 1 <= len(key) <= KEY_CHARS or not (key.isascii() and key.isprintable()):
        raise Invalid.field("Idempotency-Key", f"1 to {KEY_CHARS} printable ASCII characters, once")
    return key


def repeatable_form(key: str | None, request: Request, form: Form) -> Repeatable | None:
    """Fingerprint a form: its path, its fields, and its file with name, type and bytes."""
    if key is None:
        return None
    file = form.file and [form.file.filename, form.file.content_type, form.file.sha256]
    return Repeatable(key, fingerprint_of(request.url.path, sorted(form.fields), file))


def repeatable_document(key: str | None, request: Request, document: object) -> Repeatable | None:
    """Fingerprint a JSON document: its path and its values."""
    return None if key is None else Repeatable(key, fingerprint_of(request.url.path, document))


def replay_headers(stored: Stored) -> dict[str, str]:
    """Tell whoever repeated a request that the image is the first one's."""
    return {"Idempotency-Replayed": "true"} if stored.replayed else {}
