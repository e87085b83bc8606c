"""The JSON of batches: which images, and what is to become of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from calotype.dialects.imgpro.fields import read_change
from calotype.dialects.imgpro.image_fields import read_image_change
from calotype.dialects.imgpro.values import text
from calotype.domain.assets import clean_namespace
from calotype.errors import Invalid
from calotype.services.library import Change, Words
from calotype.web.reasons import Reasons

IDS_MAX = 100
ID_CHARS = 64
"""Longer than any id of ours; what is longer is no id, and not sent back."""

OF_ONE = ("external_id", "path")
TAG_MODES = ("replace", "add", "remove")


@dataclass(frozen=True, slots=True)
class Batch:
    """The images that are asked for, each once, and the change."""

    ids: tuple[str, ...]
    change: Change


def read_media_batch(document: object) -> Batch:
    """Read the first generation's change: `ids`, `tags` with their `tag_mode`, and what else a PATCH of one takes.

    Raises:
        Invalid: naming every bad member.
    """
    members = dict(_members(document))
    reasons = Reasons()
    ids: tuple[str, ...] = ()
    mode, change = "replace", Change()
    with reasons.noting():
        ids = read_ids(members.pop("ids", None))
    with reasons.noting():
        mode = _tag_mode(members.pop("tag_mode", mode))
    with reasons.noting():
        _check_for_many(members)
    with reasons.noting():
        change = read_change({name: value for name, value in members.items() if name not in OF_ONE})
    reasons.check()
    return Batch(ids, _in_mode(change, mode))


def read_image_batch(document: object) -> Batch:
    """Read the second generation's change: `ids`, and what a PATCH of one image takes.

    Raises:
        Invalid: naming every bad member.
    """
    members = _members(document)
    reasons = Reasons()
    ids: tuple[str, ...] = ()
    change = Change()
    with reasons.noting():
        ids = read_ids(members.get("ids"))
    with reasons.noting():
        change = read_image_change(members)
    reasons.check()
    return Batch(ids, change)


def read_image_ids(document: object) -> tuple[str, ...]:
    """Read which images are to be deleted.

    Raises:
        Invalid: `ids` is no array of 1 to 100 strings.
    """
    return read_ids(_members(document).get("ids"))


def read_media_deletion(document: object) -> tuple[str, ...] | str:
    """Read what is to be deleted: ids, or a namespace; never both, never nothing.

    Raises:
        Invalid: naming what is wrong.
    """
    members = _members(document)
    if ("ids" in members) is ("namespace" in members):
        raise Invalid.field("ids", "send either ids or a namespace")
    if "ids" in members:
        return read_ids(members["ids"])
    return clean_namespace(text("namespace", members["namespace"]))


def read_ids(value: object) -> tuple[str, ...]:
    """Read an array of ids, each once. What is no id of ours is nobody's, as an unknown one is.

    Raises:
        Invalid: it is no array of 1 to 100 strings.
    """
    if not isinstance(value, list) or not 1 <= len(value) <= IDS_MAX:
        raise Invalid.field("ids", f"required: an array of 1 to {IDS_MAX} ids")
    if not all(isinstance(each, str) and len(each) <= ID_CHARS for each in value):
        raise Invalid.field("ids", f"each is a string of at most {ID_CHARS} characters")
    return tuple(dict.fromkeys(value))


def _members(document: object) -> Mapping[str, object]:
    if not isinstance(document, dict):
        raise Invalid.field("ids", "send a JSON object with an array of ids")
    return document


def _tag_mode(value: object) -> str:
    if value not in TAG_MODES:
        raise Invalid.field("tag_mode", "replace, add or remove")
    return str(value)


def _check_for_many(members: Mapping[str, object]) -> None:
    """Refuse what only one image can have."""
    refused = {name: ["names one image; change it alone"] for name in OF_ONE if name in members}
    if refused:
        raise Invalid(fields=refused)


def _in_mode(change: Change, mode: str) -> Change:
    if mode == "replace" or "tags" not in change.words:
        return change
    words: Words = {**change.words}
    tags = words.pop("tags")
    if mode == "add":
        return replace(change, words=words, more_tags=tags)
    return replace(change, words=words, fewer_tags=tags)
