"""Contrast stretch: the darkest parts made black, the lightest white."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from calotype.operations.base import Operation, Stage
from calotype.operations.samples import colours, toned

if TYPE_CHECKING:
    import pyvips

CLIPPED = 0.01
"""The share of pixels at each end that may be lost, so that one bright speck does not hold the rest back."""


class ContrastStretch(Operation, tag="contrast_stretch"):
    """Spread the tones over the whole range: the darkest hundredth becomes black, the lightest white.

    All three colours are stretched alike, so hues stay; transparent pixels do not count; a picture of one tone stays
    as it is. Serves ImageKit's `e-contrast`.
    """

    stage = Stage.EFFECT

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Measure the luminance, then stretch by one curve."""
        dark, light = _ends(_histogram(image))
        if light <= dark:
            return image
        return toned(image, vips, lambda level: (level - dark) * 255 / (light - dark))


def _histogram(image: pyvips.Image) -> list[float]:
    """Count pixels by luminance, each by its opacity."""
    grey = colours(image).colourspace("b-w")
    counted = image[3].hist_find_indexed(grey) if image.hasalpha() else grey.hist_find()
    return [float(count) for count in counted.tolist()[0]]


def _ends(histogram: list[float]) -> tuple[int, int]:
    """Find the levels with a hundredth of all pixels below, and above."""
    below = list(accumulate(histogram))
    lost = below[-1] * CLIPPED
    dark = next(level for level, count in enumerate(below) if count >= lost)
    light = next(level for level, count in enumerate(below) if count >= below[-1] - lost)
    return dark, light
