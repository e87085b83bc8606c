"""Transparency: resampled so that invisible colours never bleed, and laid on a colour where a format has none."""

from __future__ import annotations

from collections.abc import Callable

from calotype.engine.vips import Image
from calotype.operations.colours import WHITE, Colour


def premultiplied(image: Image, change: Callable[[Image], Image]) -> Image:
    """Apply *change*, which mixes neighbouring pixels, to colours weighted by their opacity."""
    if not image.hasalpha():
        return change(image)
    # libvips casts by truncating: without rounding, 200 comes back as 199.
    return change(image.premultiply()).unpremultiply().rint().cast(image.format)


def opaque(image: Image, on: Colour = WHITE) -> Image:
    """Lay *image* (8-bit sRGB) on a colour; as it is when it has no alpha channel."""
    if not image.hasalpha():
        return image
    # In fractions, then rounded: on 8-bit samples libvips would cut them off, half a level on average.
    return image.cast("float").flatten(background=on.rgb[: image.bands - 1]).rint().cast("uchar")


def is_transparent(image: Image) -> bool:
    """Say whether any pixel of *image* (8-bit sRGB, in memory) lets something through."""
    return bool(image.hasalpha() and image[image.bands - 1].min() < 255)
