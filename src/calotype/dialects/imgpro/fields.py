"""The words of a request - form fields, JSON members, query parameters - as plain, checked values. Pure.

Law: everything that is wrong is said at once, field by field; reserved names are never custom fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

from calotype.dialects.imgpro.cursors import read_cursor
from calotype.domain.assets import ID, clean_external_id, clean_name, clean_namespace, clean_tags, storable
from calotype.domain.paths import read_path
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid
from calotype.ports import AssetQuery
from calotype.services.library import Change, Words
from calotype.services.uploads import Described

RESERVED = frozenset(
    {"id", "name", "url", "src", "width", "height", "filesize", "status", "tags", "namespace", "external_id"}
    | {"date", "editable", "expires_at", "created_at", "sizes", "public", "ttl", "file"}
    | {"path", "source_url"}
)
"""S001's list, and what else is ours alone to say. Silently ignored as custom fields."""

CUSTOM_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
CUSTOM_CHARS = 2000
URL_CHARS = 8192
IDS_MAX = 100
LIMIT_DEFAULT, LIMIT_MAX = 50, 100

TTL_MIN, TTL_MAX = timedelta(minutes=5), timedelta(days=90)
TTL_SECONDS_MAX = 100 * 365 * 86_400
"""The contract bounds durations above, but not seconds; a hundred years still end within what a date can hold."""

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\Z"
)


class Reasons:
    """Gathers what is wrong, so that all of it can be said at once."""

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._fields: dict[str, list[str]] = {}

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is invalid in the block, and go on after it."""
        try:
            yield
        except Invalid as error:
            for name, reasons in error.fields.items():
                self._fields.setdefault(name, []).extend(reasons)

    def check(self) -> None:
        """Go on when nothing was wrong.

        Raises:
            Invalid: with every reason noted.
        """
        if self._fields:
            raise Invalid(fields=self._fields)


def read_form(pairs: Sequence[tuple[str, str]], *, has_file: bool) -> Described:
    """Read the text fields of an upload form. A known field that is blank is one that was not filled in.

    Raises:
        Invalid: naming every bad field.
    """
    reasons = Reasons()
    values: dict[str, object] = {}
    custom: dict[str, str] = {}
    with reasons.noting():
        _require_file(has_file=has_file)
    for name, raw in _once(pairs, reasons).items():
        with reasons.noting():
            if name in _FORM:
                attribute, parse = _FORM[name]
                values |= {attribute: parse(raw)} if raw else {}
            elif name not in RESERVED:
                custom[_custom_name(name)] = _custom_text(name, raw)
    reasons.check()
    return cast("Described", {**values, "metadata": custom})


def read_import(document: object) -> tuple[str, Described]:
    """Read the JSON of an import: the URL, and the fields of an upload form. What is null was not filled in.

    Raises:
        Invalid: naming every bad member.
    """
    if not isinstance(document, dict):
        raise Invalid("Send a JSON object.")
    reasons = Reasons()
    url = ""
    values: dict[str, object] = {}
    custom: dict[str, str] = {}
    with reasons.noting():
        url = read_url(document.get("url"))
    for name, value in document.items():
        with reasons.noting():
            if name in _FORM:
                attribute, parse = _FORM[name]
                raw = _form_text(name, value)
                values |= {attribute: parse(raw)} if raw else {}
            elif name not in RESERVED and value is not None:
                custom[_custom_name(name)] = _custom_text(name, _json_text(value))
    reasons.check()
    return url, cast("Described", {**values, "metadata": custom})


def read_url(value: object) -> str:
    """Check what can be said of a URL without reading it: only the fetcher does that, so it is read in one way.

    Raises:
        Invalid: it is no web address, too long, or not storable.
    """
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        raise Invalid.field("url", "required: an http or https URL")
    if len(value) > URL_CHARS:
        raise Invalid.field("url", f"at most {URL_CHARS:,} characters")
    return storable("url", value)


def _form_text(name: str, value: object) -> str:
    """Write a JSON member as the field of a form would: some have a natural form of their own."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool() if name == "public":
            return json.dumps(value)
        case list() if name == "tags":
            return ",".join(_text("tags", tag) for tag in value)
        case int() if name == "ttl" and not isinstance(value, bool):
            return str(value)
    raise Invalid.field(name, "true or false" if name == "public" else "must be a string")


def _require_file(*, has_file: bool) -> None:
    if not has_file:
        raise Invalid.field("file", "required: the image, as a file part of the form")


def _once(pairs: Sequence[tuple[str, str]], reasons: Reasons) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, raw in pairs:
        with reasons.noting():
            if name in fields:
                raise Invalid.field(name[:64], "given more than once")
            fields[name] = raw
    return fields


def read_change(document: object) -> Change:
    """Read the JSON of a PATCH: known members set, null clears those that can be empty, all others are custom.

    Raises:
        Invalid: naming every bad member.
    """
    if not isinstance(document, dict):
        raise Invalid("Send a JSON object.")
    reasons = Reasons()
    words: dict[str, object] = {}
    custom: dict[str, str | None] = {}
    page: bool | None = None
    for name, value in document.items():
        with reasons.noting():
            if name == "public":
                page = _boolean(value)
            elif name == "path":
                words["folder"], words["file_name"] = read_path(_text(name, value))
            elif name in _WORDS:
                words[name] = _WORDS[name](value)
            elif name not in RESERVED:
                custom[_custom_name(name)] = None if value is None else _custom_text(name, _json_text(value))
    reasons.check()
    return Change(cast("Words", words), custom, page)


def read_listing(parameters: Mapping[str, str], now: datetime) -> AssetQuery:
    """Read the query of a list. A filter that is blank does not filter, but blank `ids` ask for nothing.

    Raises:
        Invalid: naming every bad parameter.
    """
    reasons = Reasons()
    values: dict[str, object] = {}
    for name, (attribute, parse) in _LISTING.items():
        raw = parameters.get(name)
        if raw or (raw is not None and name == "ids"):
            with reasons.noting():
                values[attribute] = parse(raw)
    reasons.check()
    return AssetQuery("", now, **values)  # type: ignore[arg-type]  # the table pairs names with their parsers


def _visibility(raw: str) -> Visibility:
    if raw.lower() not in _TRUTH:
        raise Invalid.field("public", "true or false")
    return Visibility.PUBLIC if _TRUTH[raw.lower()] else Visibility.UNLISTED


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise Invalid.field("public", "true or false")
    return value


def _ttl(raw: str) -> timedelta:
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


def _date(raw: str) -> str:
    """Check a date and give it back as it was sent."""
    try:
        real = _DATE.match(raw) and datetime.fromisoformat(raw)  # the pattern knows no calendar
    except ValueError:
        real = None
    if not real:
        raise Invalid.field("date", "a date such as 2024-01-15, or an ISO 8601 date and time")
    return raw


def _comma_tags(raw: str) -> tuple[str, ...]:
    return clean_tags(raw.split(","))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid.field(name, "must be a string")
    return value


def _new_name(value: object) -> str:
    name = clean_name(_text("name", value), "")
    if not name:
        raise Invalid.field("name", "nothing is left of it that can be shown")
    return name


def _tag_array(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise Invalid.field("tags", "must be an array of strings")
    return clean_tags(value)


def _clearable(name: str, parse: Callable[[str], str]) -> Callable[[object], str | None]:
    return lambda value: None if value is None else parse(_text(name, value))


def _custom_name(name: str) -> str:
    if not CUSTOM_NAME.match(name):
        raise Invalid.field(
            name[:64], "a custom field's name has 1 to 64 letters, digits, hyphens, underscores"
        )
    return name


def _custom_text(name: str, text: str) -> str:
    if len(text) > CUSTOM_CHARS:
        raise Invalid.field(name, f"at most {CUSTOM_CHARS:,} characters")
    return storable(name, text)


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _ids(raw: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(each.strip() for each in raw.split(",")))
    if len(ids) > IDS_MAX:
        raise Invalid.field("ids", f"at most {IDS_MAX}, got {len(ids)}")
    return tuple(each for each in ids if ID.match(each))


def _limit(raw: str) -> int:
    if not re.match(r"[0-9]{1,3}\Z", raw) or not 1 <= int(raw) <= LIMIT_MAX:
        raise Invalid.field("limit", f"1 to {LIMIT_MAX}")
    return int(raw)


def _all_tags(raw: str) -> bool:
    if raw not in {"any", "all"}:
        raise Invalid.field("tag_mode", "any or all")
    return raw == "all"


_FORM: dict[str, tuple[str, Callable[[str], object]]] = {
    "name": ("name", str),
    "public": ("visibility", _visibility),
    "namespace": ("namespace", clean_namespace),
    "tags": ("tags", _comma_tags),
    "external_id": ("external_id", clean_external_id),
    "date": ("date", _date),
    "ttl": ("ttl", _ttl),
}

_WORDS: dict[str, Callable[[object], object]] = {
    "name": _new_name,
    "namespace": _clearable("namespace", clean_namespace),
    "tags": _tag_array,
    "external_id": _clearable("external_id", clean_external_id),
    "date": _clearable("date", _date),
}

_LISTING: dict[str, tuple[str, Callable[[str], object]]] = {
    "namespace": ("namespace", clean_namespace),
    "tags": ("tags", _comma_tags),
    "tag_mode": ("all_tags", _all_tags),
    "ids": ("ids", _ids),
    "limit": ("limit", _limit),
    "cursor": ("after", read_cursor),
}
