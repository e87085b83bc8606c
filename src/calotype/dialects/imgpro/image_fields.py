"""The words of the second generation's requests as plain, checked values. Pure.

Law: everything that is wrong is said at once, field by field. What only the server sets, and what it does not know,
is ignored: so an image can be sent back as it was shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
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
from calotype.domain.assets import ID, LABELS_MAX, check_labels, clean_caption, clean_label, storable
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid
from calotype.ports import AssetQuery
from calotype.services.library import Change, Words
from calotype.services.uploads import Described
from calotype.web.intake import parse_json
from calotype.web.reasons import Reasons

IDS_MAX = 50
METADATA_KEY_CHARS = 64

_LABEL = re.compile(r"label\[(.*)\]\Z", re.DOTALL)


def read_image_form(pairs: Sequence[tuple[str, str]], *, has_file: bool) -> Described:
    """Read the text fields of an upload form; labels and metadata are JSON texts. What is blank was not filled in.

    Raises:
        Invalid: naming every bad field.
    """
    reasons = Reasons()
    members: dict[str, object] = {}
    with reasons.noting():
        require_file(has_file=has_file)
    for name, raw in once(pairs, reasons).items():
        if raw:
            with reasons.noting():
                members[name] = _FORM[name](name, raw) if name in _FORM else raw
    return _described(members, reasons)


def read_image_import(document: object) -> tuple[str, Described]:
    """Read the JSON of an import: the URL, and the rest. What is null was not filled in.

    Raises:
        Invalid: naming every bad member.
    """
    members = {name: value for name, value in _members(document).items() if value is not None}
    reasons = Reasons()
    url = ""
    with reasons.noting():
        url = web_url(members.get("url"))
    return url, _described(members, reasons)


def read_image_change(document: object) -> Change:
    """Read the JSON of a PATCH: a caption that is null is removed, and so is a label or metadata that is.

    Raises:
        Invalid: naming every bad member.
    """
    reasons = Reasons()
    values: dict[str, object] = {}
    words: dict[str, object] = {}
    for name, value in _members(document).items():
        with reasons.noting():
            if name in WORDS:
                attribute, parse = WORDS[name]
                words[attribute] = parse(name, value)
            elif name in MERGED:
                attribute, merge = MERGED[name]
                values[attribute] = merge(name, value)
    reasons.check()
    return Change(cast("Words", words), **values)  # type: ignore[arg-type]  # the table pairs names with parsers


def read_image_listing(pairs: Sequence[tuple[str, str]], now: datetime) -> AssetQuery:
    """Read the query of a list: `label[key]=value` any number of times, ids, limit and cursor.

    Raises:
        Invalid: naming every bad parameter.
    """
    reasons = Reasons()
    values: dict[str, object] = {}
    labels: list[tuple[str, str]] = []
    for name, raw in pairs:
        label = _LABEL.match(name)
        with reasons.noting():
            if label:
                labels.append(_filter(name, label[1], raw))
            elif name in LISTING and (raw or name == "ids"):
                attribute, parse = LISTING[name]
                values[attribute] = parse(raw)
    with reasons.noting():
        if len(labels) > LABELS_MAX:
            raise Invalid.field("label", f"at most {LABELS_MAX} labels")
    reasons.check()
    return AssetQuery("", now, labels=tuple(labels), **values)  # type: ignore[arg-type]  # as above


def _members(document: object) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise Invalid("Send a JSON object.")
    return document


def _described(members: Mapping[str, object], reasons: Reasons) -> Described:
    values: dict[str, object] = {}
    for name, (attribute, parse) in CREATE.items():
        if name in members:
            with reasons.noting():
                values[attribute] = parse(name, members[name])
    reasons.check()
    return cast("Described", values)


def _filter(name: str, key: str, value: str) -> tuple[str, str]:
    try:
        return clean_label(key, value)
    except Invalid as error:
        raise Invalid(fields={name[:64]: error.fields["labels"]}) from None


def _json(name: str, raw: str) -> object:
    try:
        return parse_json(raw.encode())
    except Invalid as error:
        raise Invalid.field(name, error.message) from None


def _visibility(name: str, value: object) -> Visibility:
    return Visibility.PUBLIC if boolean(name, value) else Visibility.UNLISTED


def _caption(name: str, value: object) -> str | None:
    return clean_caption(text(name, value))


def _new_caption(name: str, value: object) -> str | None:
    return None if value is None else _caption(name, value)


def _ttl(name: str, value: object) -> timedelta:
    if isinstance(value, int) and not isinstance(value, bool):
        return duration(str(value))
    return duration(text(name, value))


def _pairs(name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Invalid.field(name, "must be an object of strings")
    return value


def _label_changes(name: str, value: object) -> dict[str, str | None]:
    changes: dict[str, str | None] = {}
    for key, each in _pairs(name, value).items():
        label, written = clean_label(key, "" if each is None else _string(name, key, each))
        changes[label] = None if each is None else written
    return changes


def _labels(name: str, value: object) -> Mapping[str, str]:
    return check_labels(_all_set(name, _label_changes(name, value)))


def _metadata_changes(name: str, value: object) -> dict[str, str | None]:
    changes: dict[str, str | None] = {}
    for key, each in _pairs(name, value).items():
        if not 0 < len(key) <= METADATA_KEY_CHARS:
            raise Invalid.field(name, f"a key has 1 to {METADATA_KEY_CHARS} characters")
        changes[storable(name, key)] = None if each is None else short_text(name, _string(name, key, each))
    return changes


def _metadata(name: str, value: object) -> Mapping[str, str]:
    return _all_set(name, _metadata_changes(name, value))


def _all_set(name: str, changes: Mapping[str, str | None]) -> dict[str, str]:
    values = {key: value for key, value in changes.items() if value is not None}
    if len(values) < len(changes):
        raise Invalid.field(name, "must be an object of strings")
    return values


def _string(name: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise Invalid.field(name, f"{key[:METADATA_KEY_CHARS]}: must be a string")
    return value


def _known_ids(raw: str) -> tuple[str, ...]:
    return tuple(each for each in id_list(raw, IDS_MAX) if ID.match(each))


_Parse = Callable[[str, object], object]

_FORM: dict[str, Callable[[str, str], object]] = {"public": truth, "labels": _json, "metadata": _json}

CREATE: dict[str, tuple[str, _Parse]] = {
    "caption": ("caption", _caption),
    "public": ("visibility", _visibility),
    "labels": ("labels", _labels),
    "metadata": ("metadata", _metadata),
    "ttl": ("ttl", _ttl),
    "name": ("name", text),
    "filename": ("name", text),
}

WORDS: dict[str, tuple[str, _Parse]] = {
    "caption": ("caption", _new_caption),
    "filename": ("name", new_name),
    "name": ("name", new_name),
}

MERGED: dict[str, tuple[str, _Parse]] = {
    "public": ("page", boolean),
    "labels": ("labels", _label_changes),
    "metadata": ("metadata", _metadata_changes),
}

LISTING: dict[str, tuple[str, Callable[[str], object]]] = {
    "ids": ("ids", _known_ids),
    "limit": ("limit", page_limit),
    "cursor": ("after", read_cursor),
}
