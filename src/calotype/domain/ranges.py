"""Byte ranges of a whole body (RFC 9110, section 14): at most one, and never more work than the whole.

Law: what is no single well-formed range is ignored, as 14.2 allows, so that the whole is sent; many ranges, which
only ever amplify (1,000 overlapping ones of a large file, CVE-2011-3192), are never honoured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from calotype.errors import RangeNotSatisfiable

_SINGLE = re.compile(rb"bytes=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_DIGITS = 19
"""More digits than any body's size has; what is longer is larger than every body, and is not converted whole."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from *start* up to *end*, exclusive, of *size*; never empty."""

    start: int
    end: int
    size: int

    @property
    def content_range(self) -> bytes:
        """The value of `Content-Range`, whose last position is inclusive (14.4)."""
        return b"bytes %d-%d/%d" % (self.start, self.end - 1, self.size)


def select(value: bytes, size: int) -> ByteRange | None:
    """Read a `Range` value for a body of *size* bytes; None stands for the whole.

    Raises:
        RangeNotSatisfiable: a well-formed range that has no byte of this body.
    """
    found = _SINGLE.fullmatch(value)
    if found is None or found.groups() == (b"", b""):
        return None
    first, last = (_number(digits) for digits in found.groups())
    if first is not None and last is not None and last < first:
        return None  # 14.1.1: such a range is invalid, not unsatisfiable
    start = max(0, size - (last or 0)) if first is None else first
    if start >= size:
        raise RangeNotSatisfiable(size=size)
    end = size if first is None or last is None else min(last + 1, size)
    return ByteRange(start, end, size)


def _number(digits: bytes) -> int | None:
    return int(digits.lstrip(b"0")[: _DIGITS + 1] or b"0") if digits else None
