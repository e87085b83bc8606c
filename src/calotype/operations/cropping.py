"""Cropping: the rectangle of a picture that survives, wherever a focus looks. Pure.

Law: no rectangle leaves its picture.
"""

from __future__ import annotations

from calotype.errors import Invalid
from calotype.operations.base import Box, Operation, Scene, Size
from calotype.operations.crop import Crop
from calotype.operations.focus import Custom, Focus, Gravity, Interest, Point, placed
from calotype.operations.quantities import pixels
from calotype.operations.smart_crop import SmartCrop


def cut(scene: Scene, picture: Size, wanted: Size, focus: Focus) -> tuple[Operation, ...]:
    """Crop *picture* (what `scene.size` was scaled to) to *wanted*, or to what is there of it, where *focus* says."""
    size = Size(min(wanted.width, picture.width), min(wanted.height, picture.height))
    if size == picture:
        return ()
    if isinstance(focus, Interest):
        return (SmartCrop(width=size.width, height=size.height, interest=focus),)
    return (Crop.of(_moved_inside(Box(*_corner(scene, picture, size, focus), *size), picture)),)


def _corner(scene: Scene, picture: Size, size: Size, focus: Focus) -> tuple[int, int]:
    if isinstance(focus, Point):
        return corner_at(focus, scene, picture, size)
    if isinstance(focus, Custom) and scene.focus is not None:
        box = rescaled(scene.focus, scene.original, picture)
        return box.left + (box.width - size.width) // 2, box.top + (box.height - size.height) // 2
    return placed(picture, size, focus if isinstance(focus, Gravity) else Gravity.CENTER)


def corner_at(point: Point, scene: Scene, picture: Size, size: Size) -> tuple[int, int]:
    """Say where the left and top edge of *size* are when it lies at *point* of *picture*.

    Raises:
        Invalid: an expression without a finite value.
    """
    left, top = placed(picture, size, Gravity.CENTER)
    back = (size.width // 2, size.height // 2) if point.centre else (0, 0)
    return (
        left if point.x is None else pixels(point.x, scene, picture.width) - back[0],
        top if point.y is None else pixels(point.y, scene, picture.height) - back[1],
    )


def rescaled(box: Box, whole: Size, to: Size) -> Box:
    """Say where *box* of a picture of *whole* size is when the picture is scaled *to* another size."""
    across, down = to.width / whole.width, to.height / whole.height
    return Box(
        round(box.left * across),
        round(box.top * down),
        max(1, round(box.width * across)),
        max(1, round(box.height * down)),
    )


def cut_off(box: Box, picture: Size) -> Box:
    """Cut *box* off at the edges of *picture*.

    Raises:
        Invalid: nothing of it is inside.
    """
    left, top = max(0, box.left), max(0, box.top)
    right, bottom = min(picture.width, box.left + box.width), min(picture.height, box.top + box.height)
    if right <= left or bottom <= top:
        region = f"{box.width}x{box.height} at {box.left},{box.top}"
        raise Invalid.field(
            "region", f"{region} lies outside the picture of {picture.width}x{picture.height}"
        )
    return Box(left, top, right - left, bottom - top)


def around_faces(picture: Size, faces: tuple[int, ...], ratio: float | None, zoom: float) -> Box:
    """Choose the part of *picture* that shows all *faces* (four numbers each), *ratio* times as wide as high.

    A face's box is doubled, so that hair and chin are there, and divided by *zoom*.
    """
    lefts, tops, widths, heights = faces[::4], faces[1::4], faces[2::4], faces[3::4]
    rights = [left + width for left, width in zip(lefts, widths, strict=True)]
    bottoms = [top + height for top, height in zip(tops, heights, strict=True)]
    width, height = 2 * (max(rights) - min(lefts)) / zoom, 2 * (max(bottoms) - min(tops)) / zoom
    middle = (min(lefts) + max(rights)) / 2, (min(tops) + max(bottoms)) / 2
    if ratio is not None:
        width, height = max(width, height * ratio), max(height, width / ratio)
        fit = min(1, picture.width / width, picture.height / height)
        width, height = width * fit, height * fit
    size = Size(max(1, min(round(width), picture.width)), max(1, min(round(height), picture.height)))
    corner = round(middle[0] - size.width / 2), round(middle[1] - size.height / 2)
    return _moved_inside(Box(*corner, *size), picture)


def _moved_inside(box: Box, picture: Size) -> Box:
    """Move *box*, which is no larger than *picture*, back where it leaves it."""
    left = min(max(0, box.left), picture.width - box.width)
    top = min(max(0, box.top), picture.height - box.height)
    return Box(left, top, box.width, box.height)
