"""Transparency: resampled so that invisible colours never bleed, and laid on white where a format has none."""

from __future__ import annotations

from collections.abc import Callable

from calotype.engine.vips import Image


def premultiplied(image: Image, change: Callable[[Image], Image]) -> Image:
    """Apply *change*, which mixes neighbouring pixels, to colours weighted by their opacity."""
    if not image.hasalpha():
        return change(image)
    # libvips casts by truncating: without rounding, 200 comes back as 199.
    return change(image.premultiply()).unpremultiply().rint().cast(image.format)


def opaque(image: Image) -> Image:
    """Lay *image* (8-bit sRGB) on white; as it is when it has no alpha channel."""
    # In fractions, then rounded: on 8-bit samples libvips would cut them off, half a level on average.
    return image.cast("float").flatten(background=255).rint().cast("uchar") if image.hasalpha() else image


def is_transparent(image: Image) -> bool:
    """Say whether any pixel of *image* (8-bit sRGB, in memory) lets something through."""
    return bool(image.hasalpha() and image[image.bands - 1].min() < 255)
