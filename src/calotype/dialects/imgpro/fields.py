"""The words of a request - form fields, JSON members, query parameters - as plain, checked values. Pure.

Law: everything that is wrong is said at once, field by field; reserved names are never custom fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from calotype.dialects.imgpro.cursors import read_cursor
from calotype.dialects.imgpro.values import (
    boolean,
    duration,
    id_list,
    new_name,
    once,
    page_limit,
    require_file,
    short_text,
    text,
    truth,
    web_url,
)
from calotype.domain.assets import ID, clean_external_id, clean_namespace, clean_tags
from calotype.domain.paths import read_path
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid
from calotype.ports import AssetQuery
from calotype.services.library import Change, Words
from calotype.services.uploads import Described
from calotype.web.reasons import Reasons

RESERVED = frozenset(
    {"id", "name", "url", "src", "width", "height", "filesize", "status", "tags", "namespace", "external_id"}
    | {"date", "editable", "expires_at", "created_at", "sizes", "public", "ttl", "file"}
    | {"path", "source_url"}
)
"""S001's list, and what else is ours alone to say. Silently ignored as custom fields."""

CUSTOM_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
IDS_MAX = 100

_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\Z"
)


def read_form(pairs: Sequence[tuple[str, str]], *, has_file: bool) -> Described:
    """Read the text fields of an upload form. A known field that is blank is one that was not filled in.

    Raises:
        Invalid: naming every bad field.
    """
    reasons = Reasons()
    values: dict[str, object] = {}
    custom: dict[str, str] = {}
    with reasons.noting():
        require_file(has_file=has_file)
    for name, raw in once(pairs, reasons).items():
        with reasons.noting():
            if name in FORM:
                attribute, parse = FORM[name]
                values |= {attribute: parse(raw)} if raw else {}
            elif name not in RESERVED:
                custom[_custom_name(name)] = short_text(name, raw)
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
        url = web_url(document.get("url"))
    for name, value in document.items():
        with reasons.noting():
            if name in FORM:
                attribute, parse = FORM[name]
                raw = _form_text(name, value)
                values |= {attribute: parse(raw)} if raw else {}
            elif name not in RESERVED and value is not None:
                custom[_custom_name(name)] = short_text(name, _json_text(value))
    reasons.check()
    return url, cast("Described", {**values, "metadata": custom})


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
            return ",".join(text("tags", tag) for tag in value)
        case int() if name == "ttl" and not isinstance(value, bool):
            return str(value)
    raise Invalid.field(name, "true or false" if name == "public" else "must be a string")


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
                page = boolean("public", value)
            elif name == "path":
                words["folder"], words["file_name"] = read_path(text(name, value))
            elif name in WORDS:
                words[name] = WORDS[name](value)
            elif name not in RESERVED:
                custom[_custom_name(name)] = None if value is None else short_text(name, _json_text(value))
    reasons.check()
    return Change(cast("Words", words), custom, page)


def read_listing(parameters: Mapping[str, str], now: datetime) -> AssetQuery:
    """Read the query of a list. A filter that is blank does not filter, but blank `ids` ask for nothing.

    Raises:
        Invalid: naming every bad parameter.
    """
    reasons = Reasons()
    values: dict[str, object] = {}
    for name, (attribute, parse) in LISTING.items():
        raw = parameters.get(name)
        if raw or (raw is not None and name == "ids"):
            with reasons.noting():
                values[attribute] = parse(raw)
    reasons.check()
    return AssetQuery("", now, **values)  # type: ignore[arg-type]  # the table pairs names with their parsers


def _visibility(raw: str) -> Visibility:
    return Visibility.PUBLIC if truth("public", raw) else Visibility.UNLISTED


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


def _tag_array(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise Invalid.field("tags", "must be an array of strings")
    return clean_tags(value)


def _clearable(name: str, parse: Callable[[str], str]) -> Callable[[object], str | None]:
    return lambda value: None if value is None else parse(text(name, value))


def _custom_name(name: str) -> str:
    if not CUSTOM_NAME.match(name):
        raise Invalid.field(
            name[:64], "a custom field's name has 1 to 64 letters, digits, hyphens, underscores"
        )
    return name


def _json_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _ids(raw: str) -> tuple[str, ...]:
    return tuple(each for each in id_list(raw, IDS_MAX) if ID.match(each))


def _all_tags(raw: str) -> bool:
    if raw not in {"any", "all"}:
        raise Invalid.field("tag_mode", "any or all")
    return raw == "all"


FORM: dict[str, tuple[str, Callable[[str], object]]] = {
    "name": ("name", str),
    "public": ("visibility", _visibility),
    "namespace": ("namespace", clean_namespace),
    "tags": ("tags", _comma_tags),
    "external_id": ("external_id", clean_external_id),
    "date": ("date", _date),
    "ttl": ("ttl", duration),
}

WORDS: dict[str, Callable[[object], object]] = {
    "name": lambda value: new_name("name", value),
    "namespace": _clearable("namespace", clean_namespace),
    "tags": _tag_array,
    "external_id": _clearable("external_id", clean_external_id),
    "date": _clearable("date", _date),
}

LISTING: dict[str, tuple[str, Callable[[str], object]]] = {
    "namespace": ("namespace", clean_namespace),
    "tags": ("tags", _comma_tags),
    "tag_mode": ("all_tags", _all_tags),
    "ids": ("ids", _ids),
    "limit": ("limit", page_limit),
    "cursor": ("after", read_cursor),
}
