"""Measuring: what only pixels know, as whole numbers that a plan can be made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from calotype.engine.faces import faces
from calotype.engine.vips import Image


def trim_box(image: Image, threshold: int) -> tuple[int, ...]:
    """Give left, top, width and height of what differs from the top-left pixel by more than *threshold* levels.

    Where that pixel is transparent, of what is not. Nothing but zeros when nothing differs.
    """
    corner = image(0, 0)
    if image.hasalpha() and corner[-1] == 0:
        seen = image[image.bands - 1] > threshold
        return tuple(seen.find_trim(threshold=1, background=[0]))
    colour = corner[:3]
    flat = image.flatten(background=colour) if image.hasalpha() else image
    return tuple(flat.find_trim(threshold=threshold, background=colour))


def face_boxes(image: Image, _: int) -> tuple[int, ...]:
    """Give left, top, width and height of every face, the largest first; nothing when there is none."""
    return tuple(number for box in faces(image) for number in box)


LOOKS: Mapping[str, Callable[[Image, int], tuple[int, ...]]] = {"trim": trim_box, "faces": face_boxes}
"""Each kind of measure, by its name."""
