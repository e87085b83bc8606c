"""Blur: a Gaussian, as wide as anyone likes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Size, Stage
from calotype.operations.samples import blurred, levels, reach

if TYPE_CHECKING:
    import pyvips

WIDEST = 16.0
"""Standard deviation in pixels above which a smaller copy is blurred: what a blur that wide leaves has no detail that
the copy could lack. Measured on 6 MP: 100 ms at any width, against 1.2 s at 100 and four minutes at 300."""
COPIED = 8.0
"""Standard deviation on that copy."""


class Blur(Operation, tag="blur"):
    """Soften the picture with a Gaussian of standard deviation *sigma* in pixels (0.3 to 1000).

    Beyond the edges the outermost pixels go on. Serves ImageKit's `bl` (1 to 100), IMG Processing's `blur` (1 to
    1000, default 20) and img.pro's `blur` (1 to 250).
    """

    stage = Stage.BLUR
    mixes = True
    example: ClassVar[Mapping[str, Any]] = {"sigma": 4}
    sigma: Annotated[float, Field(ge=0.3, le=1000)] = 1.0

    def cost(self, size: Size) -> float:
        """Grow with the width of the blur, up to where a copy is used."""
        return size.width * size.height / 2e6 * (1 + min(self.sigma, WIDEST))

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Blur in 8 bits; what opacity has weighted loses nothing visible by that."""
        pixels = image if image.format == "uchar" else levels(image)
        if self.sigma <= WIDEST:
            return blurred(pixels, vips, self.sigma, reach(self.sigma))
        return self._on_a_copy(pixels, vips)

    def _on_a_copy(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        shrink = self.sigma / COPIED
        width, height = max(1, round(image.width / shrink)), max(1, round(image.height / shrink))
        small = image.resize(width / image.width, vscale=height / image.height, kernel="linear")
        # Triangles blur a little themselves, both ways: each by a variance of a sixth of the copy's pixel.
        soft = blurred(small, vips, math.sqrt(COPIED**2 - 1 / 3), reach(COPIED)).copy_memory()
        return soft.resize(image.width / width, vscale=image.height / height, kernel="linear")
