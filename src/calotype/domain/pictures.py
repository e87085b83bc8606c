"""Pictures: stored bytes and what is done to their pixels, resolved down to the last number.

A plan has one picture; an image that a layer on it shows has one of its own, and so on inwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from calotype.domain.formats import Format
from calotype.operations.base import Operation, Size

EXTENT = "extent"
"""The kind of a measure that says how large a text is drawn."""


class Source(StrEnum):
    """Which stored bytes are decoded."""

    ORIGINAL = "original"
    MEZZANINE = "mezzanine"
    SMALL = "mezzanine-small"


@dataclass(frozen=True, slots=True)
class Planned:
    """One primitive, the size in pixels after it, and for a layer what is planned of what it shows."""

    operation: Operation
    size: Size
    layer: Picture | Drawing | None = None
    """None for what is drawn and has no layers on it: its steps are in *operation*."""

    def digest(self) -> list[object]:
        """Everything that shapes the pixels."""
        return [*self.operation.digest(), *([self.layer.digest()] if self.layer else [])]


@dataclass(frozen=True, slots=True)
class Framing:
    """One crop and one scale that stand for the first *replaces* primitives of a picture.

    The rectangle is in whole pixels of the source that is decoded.
    """

    left: int
    top: int
    width: int
    height: int
    to: Size
    replaces: int
    whole: bool
    """Whether the rectangle is all of it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is decoded, and what is done to it."""

    workspace_id: str
    version_id: str
    source: Source
    format: Format
    """Of the source."""
    steps: tuple[Planned, ...]
    size: Size
    """Of the result, in pixels."""
    page: int = 1
    frames: int = 1
    """How many frames from *page* on."""
    raster: Size | None = None
    """The size that a vector is drawn at."""
    enlarged: bool = False
    """Whether that is larger than the vector's own size, at which ingest has drawn it once."""
    shrink: int = 1
    """By how much a JPEG is shrunk on loading: 1, 2, 4 or 8."""
    framing: Framing | None = None
    keep_profile: bool = False
    """Whether samples stay in the source's own colour space."""

    @property
    def file(self) -> tuple[str, Source]:
        """Name the stored bytes among those of all assets."""
        return self.version_id, self.source

    @property
    def kept_with(self) -> str:
        """The version whose bytes these are kept beside: its own, or for a mask that of the picture it was made of."""
        return self.version_id.partition("/")[0]

    def files(self) -> Iterator[Picture]:
        """List this picture and those of its layers, at every depth."""
        yield self
        yield from _files(self.steps)

    def digest(self) -> list[object]:
        """Everything that shapes the pixels; where they are decoded from is no part of it."""
        raster = list(self.raster) if self.raster else None
        return [self.version_id, self.page, self.frames, raster, [planned.digest() for planned in self.steps]]


def enlargement(version_id: str) -> str:
    """Name the drawing of a vector larger than its own size: what goes wrong with it is no fault of the version's."""
    return f"{version_id}/enlarged"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a layer draws, and what is done to it: planned only where layers lie on it."""

    drawn: Size
    """Before *steps*, in pixels."""
    steps: tuple[Planned, ...]
    size: Size
    """Of the result, in pixels."""

    def files(self) -> Iterator[Picture]:
        """List the pictures of its layers, at every depth."""
        return _files(self.steps)

    def digest(self) -> list[object]:
        """Everything that shapes the pixels, beside what is drawn."""
        return [planned.digest() for planned in self.steps]


def _files(steps: tuple[Planned, ...]) -> Iterator[Picture]:
    for planned in steps:
        if planned.layer:
            yield from planned.layer.files()


@dataclass(frozen=True, slots=True)
class Looked:
    """What pixels said, and by whom they were asked."""

    kind: str
    argument: int
    values: tuple[int, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Measure:
    """A question that only pixels answer: a look at *picture* as it is after its steps."""

    kind: str
    """`trim`: the box (four numbers) of what is left at the threshold *argument*; `faces`: a box for each;
    `subject`: the size of the mask that a model has made, which is kept as the original of `mask_version`;
    `extent`: the size of the text that its last step lays on it."""
    argument: int
    picture: Picture

    @property
    def by(self) -> str:
        """Say in plain words who looks."""
        return {
            "trim": "edges of one colour, by libvips",
            "faces": "frontal faces, by OpenCV's Haar cascade",
            "subject": "the subject, by a model",
            EXTENT: "the size of a text, by Pango",
        }[self.kind]

    @property
    def key(self) -> str:
        """Name the question among those about the same version: 24 hex characters."""
        text = json.dumps([self.kind, self.argument, self.picture.digest()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    @property
    def mask_version(self) -> str:
        """Name the mask that answers it as a version is named: its bytes lie below the version's, and go with them."""
        return f"{self.picture.version_id}/{self.kind}-{self.key}"
