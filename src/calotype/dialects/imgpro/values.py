"""Single values of a request - a truth, a duration, a page's limit - which both generations read alike. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from calotype.domain.assets import clean_name, storable
from calotype.errors import Invalid
from calotype.web.reasons import Reasons

TEXT_CHARS = 2000
"""Of a custom field, or a value of metadata."""
URL_CHARS = 8192
LIMIT_MAX = 100

TTL_MIN, TTL_MAX = timedelta(minutes=5), timedelta(days=90)
TTL_SECONDS_MAX = 100 * 365 * 86_400
"""The contract bounds durations above, but not seconds; a hundred years still end within what a date can hold."""

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def once(pairs: Sequence[tuple[str, str]], reasons: Reasons) -> dict[str, str]:
    """Give the fields of a form by name; one that is there twice is noted in *reasons*."""
    fields: dict[str, str] = {}
    for name, raw in pairs:
        with reasons.noting():
            if name in fields:
                raise Invalid.field(name[:64], "given more than once")
            fields[name] = raw
    return fields


def require_file(*, has_file: bool) -> None:
    """Go on with a form that has its file.

    Raises:
        Invalid: it has none.
    """
    if not has_file:
        raise Invalid.field("file", "required: the image, as a file part of the form")


def web_url(value: object) -> str:
    """Check what can be said of a URL without reading it: only the fetcher does that, so it is read in one way.

    Raises:
        Invalid: it is no string that begins as a URL of the web, or longer than 8,192 characters.
    """
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        raise Invalid.field("url", "required: an http or https URL")
    if len(value) > URL_CHARS:
        raise Invalid.field("url", f"at most {URL_CHARS:,} characters")
    return storable("url", value)


def truth(name: str, raw: str) -> bool:
    """Read a truth that was written as text.

    Raises:
        Invalid: it is neither true nor false, nor 1 nor 0.
    """
    if raw.lower() not in _TRUTH:
        raise Invalid.field(name, "true or false")
    return _TRUTH[raw.lower()]


def boolean(name: str, value: object) -> bool:
    """Read a truth of JSON.

    Raises:
        Invalid: it is something else.
    """
    if not isinstance(value, bool):
        raise Invalid.field(name, "true or false")
    return value


def text(name: str, value: object) -> str:
    """Read a string of JSON.

    Raises:
        Invalid: it is something else.
    """
    if not isinstance(value, str):
        raise Invalid.field(name, "must be a string")
    return value


def short_text(name: str, raw: str) -> str:
    """Check a text that is only kept: at most 2,000 storable characters.

    Raises:
        Invalid: it is longer, or has a NUL or a lone surrogate.
    """
    if len(raw) > TEXT_CHARS:
        raise Invalid.field(name, f"at most {TEXT_CHARS:,} characters")
    return storable(name, raw)


def new_name(name: str, value: object) -> str:
    """Read a file name that replaces another.

    Raises:
        Invalid: it is no string, or nothing is left of it that can be shown.
    """
    shown = clean_name(text(name, value), "")
    if not shown:
        raise Invalid.field(name, "nothing is left of it that can be shown")
    return shown


def duration(raw: str) -> timedelta:
    """Read a time to live: seconds from 300, or minutes, hours or days (5m to 90d).

    Raises:
        Invalid: it is none, or not within these.
    """
    match = re.match(r"([0-9]{1,10})([mhd]?)\Z", raw)
    if match is None:
        raise Invalid.field("ttl", "seconds, or a duration such as 5m, 12h or 30d")
    amount, unit = int(match[1]), match[2]
    if not unit:
        if not TTL_MIN.total_seconds() <= amount <= TTL_SECONDS_MAX:
            raise Invalid.field("ttl", "at least 300 seconds, at most 100 years")
        return timedelta(seconds=amount)
    # The digits are bounded above, but ten of them in days are more than a timedelta holds.
    if amount > TTL_MAX / timedelta(**{_UNITS[unit]: 1}) or timedelta(**{_UNITS[unit]: amount}) < TTL_MIN:
        raise Invalid.field("ttl", "a duration from 5m to 90d")
    return timedelta(**{_UNITS[unit]: amount})


def page_limit(raw: str) -> int:
    """Read how many a page holds, 1 to 100.

    Raises:
        Invalid: it is no such number.
    """
    if not re.match(r"[0-9]{1,3}\Z", raw) or not 1 <= int(raw) <= LIMIT_MAX:
        raise Invalid.field("limit", f"1 to {LIMIT_MAX}")
    return int(raw)


def id_list(raw: str, most: int) -> tuple[str, ...]:
    """Read ids between commas, each once.

    Raises:
        Invalid: there are more than *most*.
    """
    ids = tuple(dict.fromkeys(each.strip() for each in raw.split(",")))
    if len(ids) > most:
        raise Invalid.field("ids", f"at most {most}, got {len(ids)}")
    return ids
