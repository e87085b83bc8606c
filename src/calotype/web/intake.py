"""Taking in what a client sends: a form whose file goes to disk while it arrives, or a small JSON document.

Law: nothing is read before Content-Length was judged, nothing is held that was not counted, and nothing stays
behind: the file is gone when the block ends, unless someone moved it away.
"""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from starlette.requests import Request

from calotype.errors import FileTooLarge, Invalid
from calotype.spool import Spooled, too_large
from calotype.web.multipart import FILE_FIELD, MIB, FormReader, IntakeLimits, boundary_of
from calotype.web.pace import feed

__all__ = [
    "Form",
    "IntakeLimits",
    "Spooled",
    "content_length",
    "receive_bytes",
    "receive_form",
    "receive_json",
]

MAX_JSON_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Form:
    """A received form: its text parts in order, and its file part, if there was one."""

    fields: tuple[tuple[str, str], ...]
    file: Spooled | None


@asynccontextmanager
async def receive_form(
    request: Request,
    scratch: Path,
    limits: IntakeLimits,
    *,
    setting: str = "CALOTYPE_MAX_UPLOAD_BYTES",
    file_field: str = FILE_FIELD,
) -> AsyncIterator[Form]:
    """Receive a multipart form; its file, the part *file_field*, is in the folder *scratch* while the block lasts.

    *setting* is the one that holds `limits.max_file_bytes`, for the error message.

    Raises:
        FileTooLarge: Content-Length or the bytes received so far pass the limit.
        RequestTooSlow: the body came in below the minimum rate.
        Invalid: it is no multipart form, or one that we do not accept.
        ClientDisconnect: the client left.
    """
    boundary = boundary_of(request.headers.get("content-type", ""), file_field)
    if content_length(request) > limits.max_body_bytes:
        raise too_large(limits.max_file_bytes, setting)
    reader = FormReader(boundary, scratch, limits, setting, file_field)
    received = 0

    def sink(chunk: bytes) -> None:
        nonlocal received
        received += len(chunk)
        if received > limits.max_body_bytes:
            raise too_large(limits.max_file_bytes, setting)
        reader.feed(chunk)

    try:
        await feed(request, sink, min_rate=limits.min_rate, grace_s=limits.grace_s)
        reader.finish()
        yield Form(tuple(reader.fields), reader.file)
    finally:
        reader.discard()


async def receive_json(
    request: Request, max_bytes: int = MIB, *, min_rate: int = 4096, grace_s: float = 10.0
) -> object:
    """Receive a JSON document of at most *max_bytes*, strictly read.

    Raises:
        Invalid: no JSON media type, no JSON, a name twice in one object, a number that no double can hold, half
            a surrogate pair, or nesting deeper than MAX_JSON_DEPTH.
        FileTooLarge: it is longer.
        RequestTooSlow: it came in below the minimum rate.
        ClientDisconnect: the client left.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Invalid("Send JSON, with `Content-Type: application/json`.")
    return parse_json(await receive_bytes(request, max_bytes, min_rate=min_rate, grace_s=grace_s))


async def receive_bytes(
    request: Request, max_bytes: int = MIB, *, min_rate: int = 4096, grace_s: float = 10.0
) -> bytes:
    """Receive the bytes of a JSON document of at most *max_bytes*; nobody has read it yet.

    Raises:
        FileTooLarge: it is longer.
        RequestTooSlow: it came in below the minimum rate.
        ClientDisconnect: the client left.
    """
    body = bytearray()

    def check(length: int) -> None:
        if length > max_bytes:
            raise FileTooLarge(f"The JSON document is longer than {max_bytes:,} bytes.")

    def sink(chunk: bytes) -> None:
        check(len(body) + len(chunk))
        body.extend(chunk)

    check(content_length(request))
    await feed(request, sink, min_rate=min_rate, grace_s=grace_s)
    return bytes(body)


def parse_json(data: bytes) -> object:
    """Read one JSON document as strictly as RFC 8259 recommends.

    Raises:
        Invalid: as `receive_json`.
    """
    try:
        value: object = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_float=_float, parse_constant=_constant
        )
        _check_depth(value)
        # Escapes can spell half a surrogate pair, which no UTF-8 can carry any further.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise Invalid("The JSON holds text that is not valid Unicode.") from None
    except RecursionError:
        raise Invalid(f"The JSON is nested deeper than {MAX_JSON_DEPTH} levels.") from None
    except ValueError as error:
        raise Invalid(f"The JSON is malformed: {error}.") from None
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict[str, object]()
    for name, each in pairs:
        if name in value:
            shown = (
                name[:64].encode("utf-8", "replace").decode("utf-8")
            )  # escapes can spell half a pair here too
            raise Invalid.field(shown, "is there twice in one JSON object")
        value[name] = each
    return value


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    raise RecursionError


def _children(value: object) -> list[object]:
    match value:
        case dict():
            return list(value.values())
        case list():
            return value
    return []


def content_length(request: Request) -> int:
    """Say how long the body will be; 0 when the client did not say (chunked), then counting decides."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
