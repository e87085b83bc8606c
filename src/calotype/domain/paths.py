"""Paths: where an asset is in its workspace, as a folder (`/trips/2024/`, ending in a slash) and a file name.

Law: one spelling for each place. What is stored and what is looked up pass the same rule.
"""

from __future__ import annotations

import re
import unicodedata

from calotype.domain.assets import UNSAFE
from calotype.errors import Invalid

PATH_BYTES = 1024

_HALF_PAIR = re.compile("[\ud800-\udfff]")
"""A lone surrogate has no UTF-8."""


def read_path(raw: str) -> tuple[str, str]:
    """Read an absolute path as its (folder, file name): NFC, without empty and `.` segments.

    Raises:
        Invalid: it is relative, climbs with `..`, names no file, holds what cannot be shown or stored, or is longer
            than 1,024 bytes.
    """
    path = unicodedata.normalize("NFC", raw)
    if not path.startswith("/"):
        raise _invalid("absolute, such as /trips/photo.jpg")
    if UNSAFE.search(path) or _HALF_PAIR.search(path):
        raise _invalid("without control characters, bidirectional overrides and lone surrogates")
    segments = [segment for segment in path.split("/") if segment not in {"", "."}]
    if ".." in segments:
        raise _invalid("without ..")
    if not segments or path.endswith(("/", "/.")):
        raise _invalid("of a file, not a folder")
    if len("/".join(segments).encode()) >= PATH_BYTES:
        raise _invalid(f"at most {PATH_BYTES:,} bytes")
    *folders, file_name = segments
    return "".join(f"/{folder}" for folder in folders) + "/", file_name


def _invalid(reason: str) -> Invalid:
    return Invalid.field("path", reason)
