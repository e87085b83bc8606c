"""Assets: a stored image and what we know of it, and the rules for the words that describe it.

Law: values are frozen; a change makes a new value (`dataclasses.replace`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from calotype.domain.formats import FORMATS, Format
from calotype.domain.visibility import Visibility
from calotype.errors import Invalid
from calotype.operations.base import Box

ID = re.compile(r"[0-9a-f]{24}\Z")
"""One id for all dialects: 96 random bits, no time inside."""

NAME_CHARS = 255
TAGS_MAX = 10
TAG_CHARS = 50
EXTERNAL_ID_CHARS = 255
METADATA_FIELDS = 50
CAPTION_CHARS = 2000
LABELS_MAX = 20
LABEL_KEY_CHARS = 40
LABEL_VALUE_CHARS = 200
NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])\Z")

# Characters that change how the rest of a line reads: controls, and the bidirectional overrides
# (Unicode TR36, 3.5) that make "gpj.exe" look like "exe.jpg".
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the one full decode of a version learned, or its plan told until then. Sizes are upright, in pixels."""

    format: Format
    width: int
    height: int
    frames: int = 1
    alpha: bool = False
    bits: int = 8
    """Bits of one sample."""
    colour: str = "srgb"
    """`srgb`, `grey`, `cmyk`, `lab`, `p3`…: the space of the stored samples, for the planner and explain."""
    profile: bool = False
    """Whether a colour profile other than plain sRGB is embedded."""
    progressive: bool = False
    orientation: int = 1
    """EXIF orientation of the stored samples, 1 to 8; width and height already account for it."""
    gps: bool = False
    """Whether the file says where it was taken."""
    gain_map: bool = False
    """Whether the file carries an HDR gain map that can be kept (Ultra HDR)."""
    dominant: str = ""
    """The dominant colour as `#rrggbb`."""
    thumbhash: str = ""
    """Base64."""
    phash: str = ""
    """16 hex characters; empty for what has no pixels of its own."""
    mezzanine: Format | None = None
    """The format of the intermediate kept beside the original, when there is one."""
    mezzanine_width: int = 0
    mezzanine_height: int = 0
    small: Format | None = None
    """The format of the small mezzanine, from which small variants are made, when there is one (docs/adr/0023)."""
    small_width: int = 0
    small_height: int = 0

    @property
    def pixels(self) -> int:
        """Pixels of all frames."""
        return self.width * self.height * self.frames


@dataclass(frozen=True, slots=True)
class Version:
    """The bytes of an asset at one time. An asset's first version has the asset's id."""

    id: str
    size: int
    """Bytes."""
    sha256: str
    facts: Facts


class Moderation(StrEnum):
    """What the operator has decided about an asset."""

    NONE = ""
    LOCKED = "locked"
    """It stays as it is: neither changed nor deleted."""
    BLOCKED = "blocked"
    """It is served to nobody."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A stored image. *name* is shown and not unique; *folder* and *file_name* are its unique path."""

    id: str
    workspace_id: str
    name: str
    folder: str
    file_name: str
    version: Version
    created_at: datetime
    updated_at: datetime
    visibility: Visibility = Visibility.PUBLIC
    namespace: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    date: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    caption: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    """What lists are filtered by; *metadata* is only kept."""
    published_at: datetime | None = None
    """Since when it has had its page; None while it has none. The catalog sets it."""
    expires_at: datetime | None = None
    focus: Box | None = None
    """What its owner named as important, in pixels of the upright original."""
    source_url: str | None = None
    """Where an import was fetched from, as its sender wrote it; its owner's to know: URLs may carry secrets."""
    moderation: Moderation = Moderation.NONE
    provisional: bool = False
    """Whether it expires only because its owner's account is not verified yet."""

    @property
    def path(self) -> str:
        """Where it is in its workspace, such as `/trips/photo.jpg`."""
        return f"{self.folder}{self.file_name}"

    def expired(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.expires_at is not None and self.expires_at <= now


def unstored(facts: Facts, now: datetime) -> Asset:
    """Make an asset that has no row, of a picture with *facts*: enough to plan with."""
    nobody = "0" * 24
    return Asset(nobody, nobody, "", "/", "", Version(nobody, 1, "", facts), now, now)


def blob_prefix(workspace_id: str, version_id: str) -> str:
    """Where a version's bytes live: deleting it is deleting this prefix."""
    return f"{workspace_id}/{version_id[:2]}/{version_id}/"


def default_path(asset_id: str, name: str, namespace: str | None, format_: Format) -> tuple[str, str]:
    """Give an asset from a dialect without folders its (folder, file name): unguessable by its id."""
    stem = re.sub(r"[^\w.-]+", "-", name.rsplit(".", 1)[0]).strip("-.")[:100] or "image"
    return f"/{namespace}/" if namespace else "/", f"{stem}_{asset_id}.{FORMATS[format_].extensions[0]}"


def clean_name(raw: str, fallback: str) -> str:
    """Make a file name safe to show and to send in a header.

    The last path segment, NFC, without controls and bidirectional overrides, at most 255 characters
    with its extension kept. *fallback* stands in when nothing is left.
    """
    text = raw.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be stored or sent
    last = re.split(r"[/\\]", UNSAFE.sub("", unicodedata.normalize("NFC", text)))[-1].strip().lstrip(".")
    if len(last) > NAME_CHARS:
        stem, dot, extension = last.rpartition(".")
        keep = f".{extension}" if dot and len(extension) <= 10 else ""
        last = (stem if keep else last)[: NAME_CHARS - len(keep)] + keep
    return last or fallback


def clean_tags(raw: Iterable[str]) -> tuple[str, ...]:
    """Lower-case, trim and de-duplicate tags, keeping their order.

    Raises:
        Invalid: more than 10 tags, or one longer than 50 characters.
    """
    tags = tuple(dict.fromkeys(tag for tag in (each.strip().lower() for each in raw) if tag))
    if len(tags) > TAGS_MAX:
        raise Invalid.field("tags", f"at most {TAGS_MAX} tags, got {len(tags)}")
    if any(len(tag) > TAG_CHARS for tag in tags):
        raise Invalid.field("tags", f"a tag has at most {TAG_CHARS} characters")
    return tuple(storable("tags", tag) for tag in tags)


def clean_namespace(raw: str) -> str:
    """Check a namespace: 2 to 64 lower-case letters, digits and inner hyphens.

    Raises:
        Invalid: anything else.
    """
    if not NAMESPACE.match(raw):
        raise Invalid.field(
            "namespace", "2 to 64 lower-case letters, digits and hyphens, not at the ends a hyphen"
        )
    return raw


def clean_external_id(raw: str) -> str:
    """Check an external id: 1 to 255 storable characters.

    Raises:
        Invalid: empty, longer, or with a NUL or a lone surrogate.
    """
    if not 0 < len(raw) <= EXTERNAL_ID_CHARS:
        raise Invalid.field("external_id", f"1 to {EXTERNAL_ID_CHARS} characters")
    return storable("external_id", raw)


def clean_caption(raw: str) -> str | None:
    """Check a caption: at most 2,000 storable characters; None when it is blank.

    Raises:
        Invalid: it is longer, or has a NUL or a lone surrogate.
    """
    if len(raw) > CAPTION_CHARS:
        raise Invalid.field("caption", f"at most {CAPTION_CHARS:,} characters")
    return storable("caption", raw).strip() or None


def clean_label(key: str, value: str) -> tuple[str, str]:
    """Check one label: a key of 1 to 40 characters, a value of at most 200.

    Raises:
        Invalid: it is longer, or has a NUL or a lone surrogate.
    """
    if not 0 < len(key) <= LABEL_KEY_CHARS:
        raise Invalid.field("labels", f"a key has 1 to {LABEL_KEY_CHARS} characters")
    if len(value) > LABEL_VALUE_CHARS:
        raise Invalid.field("labels", f"{key}: a value has at most {LABEL_VALUE_CHARS} characters")
    return storable("labels", key), storable("labels", value)


def check_labels(labels: Mapping[str, str]) -> Mapping[str, str]:
    """Pass *labels*, each of them checked, through when there are at most 20.

    Raises:
        Invalid: there are more.
    """
    if len(labels) > LABELS_MAX:
        raise Invalid.field("labels", f"at most {LABELS_MAX}, got {len(labels)}")
    return labels


def check_metadata(metadata: Mapping[str, str], max_bytes: int) -> Mapping[str, str]:
    """Pass *metadata* through when it has at most 50 fields and, as JSON in UTF-8, *max_bytes* bytes.

    Raises:
        Invalid: it has more.
    """
    if len(metadata) > METADATA_FIELDS:
        raise Invalid.field("metadata", f"at most {METADATA_FIELDS} custom fields, got {len(metadata)}")
    size = len(json.dumps(dict(metadata), ensure_ascii=False).encode())
    if size > max_bytes:
        reason = f"at most {max_bytes:,} bytes in all, got {size:,} (CALOTYPE_MAX_METADATA_BYTES)"
        raise Invalid.field("metadata", reason)
    return metadata


def check_focus(box: Box, facts: Facts) -> Box:
    """Pass *box* through when it has an area and lies inside the picture.

    Raises:
        Invalid: it does not, or the picture has no size of its own.
    """
    inside = (
        min(box.left, box.top) >= 0
        and min(box.width, box.height) >= 1
        and box.left + box.width <= facts.width
        and box.top + box.height <= facts.height
    )
    if not inside:
        size = f"{facts.width} x {facts.height} pixels"
        raise Invalid.field("focus", f"left, top, width and height of a box inside the picture ({size})")
    return box


def storable(field_name: str, text: str) -> str:
    """Pass *text* through when both databases can store it.

    Raises:
        Invalid: it has a NUL (PostgreSQL cannot store one) or a lone surrogate (no UTF-8 for it).
    """
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Invalid.field(field_name, "NUL characters and lone surrogates cannot be stored")
    return text
