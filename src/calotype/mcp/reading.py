"""The arguments of a tool as plain, checked values: what the REST routes read, by the same tables. Pure.

Law: everything that is wrong is said at once, argument by argument.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from pydantic import TypeAdapter, ValidationError

from calotype.dialects.imgpro import fields, image_fields
from calotype.dialects.imgpro.cursors import read_cursor
from calotype.domain.assets import ID, clean_label, clean_namespace, clean_tags
from calotype.errors import Invalid
from calotype.ports import AssetQuery
from calotype.services.library import Change, Words
from calotype.services.uploads import Described
from calotype.web.reasons import Reasons

Arguments = Mapping[str, Any]

_Parse = Callable[[str, object], object]

LISTED = 20
"""Images on a page unless asked otherwise: an agent reads every word of them."""

_SHARED: dict[str, tuple[str, _Parse]] = {
    name: (name, lambda name, value: fields.WORDS[name](value))
    for name in ("tags", "namespace", "external_id", "date")
}
CREATE: dict[str, tuple[str, _Parse]] = {**image_fields.CREATE, **_SHARED}
CHANGE: dict[str, tuple[str, _Parse]] = {**image_fields.WORDS, **_SHARED}
MERGED: dict[str, tuple[str, _Parse]] = {
    **image_fields.MERGED,
    "add_tags": ("more_tags", lambda _, value: clean_tags(cast("list[str]", value))),
    "remove_tags": ("fewer_tags", lambda _, value: clean_tags(cast("list[str]", value))),
}
"""Argument -> what it is called inside, and how it is read."""

_PARAMETERS = {"width": "w", "height": "h"}
"""Arguments that a delivery URL calls otherwise."""


def checked(schema: TypeAdapter[Any], arguments: Mapping[str, object] | None, *, nulls: bool) -> Arguments:
    """Let pass *arguments* that have the shape of *schema*. Unless *nulls* mean something, they are left out.

    Raises:
        Invalid: naming every argument that is missing, unknown, or of another shape.
    """
    given = {name: value for name, value in (arguments or {}).items() if nulls or value is not None}
    try:
        return cast("Arguments", schema.validate_python(given))
    except ValidationError as error:
        reasons: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_context=False, include_input=False):
            name = str(problem["loc"][0])[:64] if problem["loc"] else "arguments"
            reasons.setdefault(name, []).append(problem["msg"])
        raise Invalid(_sentence(reasons), fields=reasons) from None


def _sentence(reasons: Mapping[str, list[str]]) -> str:
    return "; ".join(f"{name}: {', '.join(each)}" for name, each in reasons.items())


def description(arguments: Arguments) -> Described:
    """Read what is said about an image that is taken in.

    Raises:
        Invalid: naming every bad argument.
    """
    return cast("Described", _read(arguments, CREATE))


def change(arguments: Arguments) -> Change:
    """Read what is to change; null removes a caption, a namespace, an external id, a date, a label.

    Raises:
        Invalid: naming every bad argument.
    """
    values = _read(arguments, {**CHANGE, **MERGED})
    merged = {attribute: values.pop(attribute) for attribute, _ in MERGED.values() if attribute in values}
    return Change(cast("Words", values), **merged)


def listing(arguments: Arguments, now: datetime) -> AssetQuery:
    """Read which images are asked for.

    Raises:
        Invalid: naming every bad argument.
    """
    return AssetQuery("", now, **{"limit": LISTED, **_read(arguments, LISTING)})


def file_bytes(data: str) -> bytes:
    """Decode a file.

    Raises:
        Invalid: it is no base64.
    """
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid.field("data", "no base64; send the bytes alone, without a data: prefix") from None


def query(arguments: Arguments) -> str:
    """Write a transformation as the query of a delivery URL."""
    return urlencode(
        {_PARAMETERS.get(name, name): _plain(value) for name, value in arguments.items() if name != "id"}
    )


def _plain(value: object) -> str:
    """Write a number without an exponent, which no delivery URL has."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _read(arguments: Arguments, table: Mapping[str, tuple[str, _Parse]]) -> dict[str, Any]:
    reasons = Reasons()
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in table:
            with reasons.noting():
                attribute, parse = table[name]
                values[attribute] = parse(name, value)
    reasons.check()
    return values


def _label_pairs(_: str, value: object) -> tuple[tuple[str, str], ...]:
    return tuple(clean_label(key, each) for key, each in cast("dict[str, str]", value).items())


LISTING: dict[str, tuple[str, _Parse]] = {
    "namespace": ("namespace", lambda _, value: clean_namespace(cast("str", value))),
    "tags": ("tags", lambda _, value: clean_tags(cast("list[str]", value))),
    "tag_mode": ("all_tags", lambda _, value: value == "all"),
    "labels": ("labels", _label_pairs),
    "ids": ("ids", lambda _, value: tuple(each for each in cast("list[str]", value) if ID.match(each))),
    "limit": ("limit", lambda _, value: value),
    "cursor": ("after", lambda _, value: read_cursor(cast("str", value))),
}
"""As above, for lists."""
