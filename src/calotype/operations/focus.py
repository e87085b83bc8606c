"""Focus: which part of a picture survives a crop, or which side of a canvas it lies on."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from calotype.errors import NotConfigured
from calotype.operations.base import Box, Scene, Size
from calotype.operations.quantities import Quantity, pixels


class Gravity(StrEnum):
    """A place inside a rectangle."""

    CENTER = "center"
    TOP = "top"
    LEFT = "left"
    BOTTOM = "bottom"
    RIGHT = "right"
    TOP_LEFT = "top_left"
    TOP_RIGHT = "top_right"
    BOTTOM_LEFT = "bottom_left"
    BOTTOM_RIGHT = "bottom_right"


class Interest(StrEnum):
    """What a smart crop looks for."""

    ATTENTION = "attention"
    """Edges, saturated colours and skin tones."""
    ENTROPY = "entropy"
    """The part with the most detail."""


class Custom(BaseModel):
    """The part that the asset's owner named; the centre when nothing was named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(BaseModel):
    """A region whose top-left corner, or whose centre, is at *x*, *y*; the middle of an axis that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    x: Quantity | None = None
    y: Quantity | None = None
    centre: bool = False


Zoom = Annotated[float, Field(gt=0, le=100)]


class Faces(BaseModel):
    """Everything around the faces; *zoom* below 1 shows more of the surroundings, above 1 less."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zoom: Zoom = 1.0


class Objects(BaseModel):
    """Everything around things of these *names*, for which a model is needed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    names: tuple[str, ...]
    zoom: Zoom = 1.0


Focus = Gravity | Interest | Custom | Point | Faces | Objects


def check_model(focus: Focus) -> None:
    """Refuse a focus that only a model finds.

    Raises:
        NotConfigured: it is on objects.
    """
    if isinstance(focus, Objects):
        raise NotConfigured("a focus on objects needs a model: CALOTYPE_VISION_URL is not set.")


_SHARES = {
    Gravity.CENTER: (0.5, 0.5),
    Gravity.TOP: (0.5, 0),
    Gravity.LEFT: (0, 0.5),
    Gravity.BOTTOM: (0.5, 1),
    Gravity.RIGHT: (1, 0.5),
    Gravity.TOP_LEFT: (0, 0),
    Gravity.TOP_RIGHT: (1, 0),
    Gravity.BOTTOM_LEFT: (0, 1),
    Gravity.BOTTOM_RIGHT: (1, 1),
}


def placed(outer: Size, inner: Size, gravity: Gravity) -> tuple[int, int]:
    """Say where *inner* lies in *outer* (left, top); what is larger than *outer* begins before it."""
    across, down = _SHARES[gravity]
    return int((outer.width - inner.width) * across), int((outer.height - inner.height) * down)


def region(scene: Scene, picture: Size, wanted: Size, focus: Focus) -> Box:
    """Choose the region of *wanted* size (cut to what is there) of *picture* that *focus* asks for.

    *picture* is what `scene.size` was scaled to. A region never leaves the picture: it is moved back inside.
    """
    size = Size(min(wanted.width, picture.width), min(wanted.height, picture.height))
    if isinstance(focus, Gravity):
        return Box(*placed(picture, size, focus), *size)
    left, top = _corner(scene, picture, size, focus)
    return Box(
        min(max(0, left), picture.width - size.width), min(max(0, top), picture.height - size.height), *size
    )


def _corner(scene: Scene, picture: Size, size: Size, focus: Focus) -> tuple[int, int]:
    middle = placed(picture, size, Gravity.CENTER)
    if isinstance(focus, Custom) and scene.focus is not None:
        return _around(scaled(scene.focus, scene.original, picture), size)
    if isinstance(focus, Point):
        back = (size.width // 2, size.height // 2) if focus.centre else (0, 0)
        return (
            middle[0] if focus.x is None else pixels(focus.x, scene, scene.original.width) - back[0],
            middle[1] if focus.y is None else pixels(focus.y, scene, scene.original.height) - back[1],
        )
    return middle


def _around(box: Box, size: Size) -> tuple[int, int]:
    """Give the corner of a region of *size* that has the middle of *box* in its middle."""
    return box.left + (box.width - size.width) // 2, box.top + (box.height - size.height) // 2


def scaled(box: Box, whole: Size, to: Size) -> Box:
    """Say where *box* of a picture of *whole* size is when the picture is scaled *to* another size."""
    across, down = to.width / whole.width, to.height / whole.height
    return Box(
        round(box.left * across),
        round(box.top * down),
        max(1, round(box.width * across)),
        max(1, round(box.height * down)),
    )


def around_faces(scene: Scene, faces: tuple[int, ...], wanted: Size | None, zoom: float) -> Box:
    """Choose the part of the picture that shows all *faces* (four numbers each), with the proportions of *wanted*.

    A face's box is doubled, so that hair and chin are there, and divided by *zoom*.
    """
    lefts, tops, widths, heights = faces[::4], faces[1::4], faces[2::4], faces[3::4]
    rights = [left + width for left, width in zip(lefts, widths, strict=True)]
    bottoms = [top + height for top, height in zip(tops, heights, strict=True)]
    width, height = 2 * (max(rights) - min(lefts)) / zoom, 2 * (max(bottoms) - min(tops)) / zoom
    middle = (min(lefts) + max(rights)) / 2, (min(tops) + max(bottoms)) / 2
    if wanted is not None:
        width, height = max(width, height * wanted.ratio), max(height, width / wanted.ratio)
        fit = min(1, scene.size.width / width, scene.size.height / height)
        width, height = width * fit, height * fit
    size = Size(max(1, min(round(width), scene.size.width)), max(1, min(round(height), scene.size.height)))
    corner = round(middle[0] - size.width / 2), round(middle[1] - size.height / 2)
    return Box(
        min(max(0, corner[0]), scene.size.width - size.width),
        min(max(0, corner[1]), scene.size.height - size.height),
        *size,
    )
