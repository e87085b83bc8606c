"""Header values that come from people: the one place where they become bytes on the wire.

Law: what could end a header and begin another never passes.
"""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote

from calotype.errors import Invalid

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ATTRIBUTE_CHARACTERS = "!#$&+-.^_`|~"
"""What RFC 8187 leaves as it is beside letters and digits."""


def header(name: str, value: str) -> tuple[bytes, bytes]:
    """Make a header for ASGI of *name* and *value*.

    Raises:
        Invalid: one of them has a control character, or a character outside of Latin-1 (RFC 9110 section 5.5).
    """
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise Invalid(f"The value for the header {name[:40]!r} has characters that no header can hold.")
    return name.lower().encode("ascii"), value.encode("latin-1")


def content_disposition(kind: Literal["inline", "attachment"], filename: str) -> str:
    """Offer *filename* to whoever saves the body (RFC 6266): an ASCII stand-in, and the exact name when it differs.

    Slashes and control characters become `_`: a name is a name, not a path.
    """
    name = _CONTROL.sub("_", filename).replace("/", "_").replace("\\", "_") or "file"
    plain = re.sub(r'[^\x20-\x7e]|["%;]', "_", name)  # what some readers unquote or split at, though quoted
    disposition = f'{kind}; filename="{plain}"'
    if plain == name:
        return disposition
    exact = quote(name.encode("utf-8", "replace"), safe=_ATTRIBUTE_CHARACTERS)
    return f"{disposition}; filename*=UTF-8''{exact}"
