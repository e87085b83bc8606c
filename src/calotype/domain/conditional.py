"""Conditional requests: whether what the client holds is still what we would send (RFC 9110, section 13).

Law: the conditions are judged in the order of 13.2.2, from the target alone: no byte of a body is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import Enum

FIELDS = frozenset(
    {b"if-match", b"if-modified-since", b"if-none-match", b"if-range", b"if-unmodified-since", b"range"}
)
CACHE_FIELDS = frozenset({b"if-none-match", b"if-modified-since"})
"""Those that a cache sends which asks whether its copy is still good."""


class Verdict(Enum):
    """What the conditions of a request come down to."""

    SEND = 200
    NOT_MODIFIED = 304
    FAILED = 412


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells a client that it holds the same: a strong tag in its quotes, and an aware time of whole seconds."""

    etag: bytes
    modified: datetime

    @property
    def last_modified(self) -> bytes:
        """The value of `Last-Modified`."""
        return format_datetime(self.modified, usegmt=True).encode()


def validators(etag: bytes, changed: datetime) -> Validators:
    """Make the validators of what last *changed* then: HTTP's dates know no fractions of a second."""
    return Validators(etag, changed.astimezone(UTC).replace(microsecond=0))


def fields_of(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Pick the headers that make a request conditional or partial; nearly always none.

    Values of one name are joined by commas (5.2). For a date or a range, which are no lists, the outcome is then
    malformed and ignored, as it should be.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in FIELDS:
            found[name] = found[name] + b", " + value if name in found else value
    return found


def judge(fields: Mapping[bytes, bytes], current: Validators) -> Verdict:
    """Judge a GET or HEAD by 13.2.2. A date counts only where the tag that outranks it is missing."""
    if (tags := fields.get(b"if-match")) is not None:
        if not _names(tags, current.etag, weakly=False):
            return Verdict.FAILED
    elif (date := http_date(fields.get(b"if-unmodified-since"))) and current.modified > date:
        return Verdict.FAILED
    if (tags := fields.get(b"if-none-match")) is not None:
        return Verdict.NOT_MODIFIED if _names(tags, current.etag, weakly=True) else Verdict.SEND
    date = http_date(fields.get(b"if-modified-since"))
    return Verdict.NOT_MODIFIED if date and current.modified <= date else Verdict.SEND


def wanted_range(fields: Mapping[bytes, bytes], current: Validators) -> bytes | None:
    """Give the `Range` to be served; None when there is none, or `If-Range` names something else (13.1.5).

    A tag is compared strongly. A date must be equal, as servers of files have it; whoever holds our tag, and every
    client that holds our date does, has to send the tag instead.
    """
    condition = fields.get(b"if-range")
    if condition is None or condition.strip(b" \t") == current.etag:
        return fields.get(b"range")
    return fields.get(b"range") if http_date(condition) == current.modified else None


def _names(tags: bytes, etag: bytes, *, weakly: bool) -> bool:
    """Say whether *etag* (quoted, strong) is on a list of tags; `*` alone matches whatever exists.

    Weakly (13.1.2), a `W/` before a tag is passed over; strongly (13.1.1), such a tag matches nothing. Tags have no
    commas of ours in them, so splitting is exact for every tag that can match.
    """
    if tags == etag or tags.strip(b" \t") == b"*":
        return True
    listed = (tag.strip(b" \t") for tag in tags.split(b","))
    return any((tag.removeprefix(b"W/") if weakly else tag) == etag for tag in listed)


_DATES = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
"""The three forms of 5.6.7: the one to send, and two of old."""
_DATE_BYTES = 40


def http_date(value: bytes | None) -> datetime | None:
    """Read an HTTP date, aware, in UTC; None when it is missing or malformed, and so to be ignored."""
    if value is None or len(value) > _DATE_BYTES:
        return None
    text = value.decode("latin-1")
    for form in _DATES:
        with suppress(ValueError):
            return datetime.strptime(text, form).replace(tzinfo=UTC)
    return None
