"""Gradient overlay: one colour going over into another, drawn over the picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.errors import Invalid
from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.colours import CLEAR, WHITE, Colour
from calotype.operations.quantities import Quantity, evaluated
from calotype.operations.samples import blended, ramp

if TYPE_CHECKING:
    import pyvips

DIRECTIONS: Mapping[str, float] = {
    "top": 0,
    "top_right": 45,
    "right": 90,
    "bottom_right": 135,
    "bottom": 180,
    "bottom_left": 225,
    "left": 270,
    "top_left": 315,
}
"""The degrees of a direction's name."""

SHORTEST = 1.01
"""Pixels of the shortest gradient: below it there is nothing to see, and numbers up to 1 are shares."""


class GradientOverlay(Operation, tag="gradient_overlay"):
    """Draw a gradient over the picture: from *start* on the opposite side, in *direction*, to *end* at *stop*.

    Directions are clockwise degrees: 0 towards the top, 90 to the right, 180 (default) to the bottom. *stop* is a
    share of the way (up to 1, the default) or a length in pixels (above 1); beyond it *end* goes on. Colours may
    be transparent. Serves ImageKit's `e-gradient`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {
        "start": {"red": 255, "green": 120, "blue": 0},
        "end": {"red": 20, "green": 0, "blue": 80, "opacity": 0.5},
        "direction": 90,
    }
    start: Colour = WHITE
    end: Colour = CLEAR
    direction: Annotated[float, Field(ge=0, le=360)] = 180.0
    stop: Quantity = 1.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Work the stop out in pixels; be nothing between two invisible colours.

        Raises:
            Invalid: the stop is not above 0, or has no value.
        """
        whole = _length(self.direction, scene.size)
        stop = evaluated(self.stop, scene, whole)
        if stop <= 0:
            raise Invalid.field("gradient", f"the stop must be above 0, and it is {stop:g}.")
        if not self.start.opacity and not self.end.opacity:
            return ()
        length = stop if stop > 1 else stop * whole
        return (
            self.but(direction=round(self.direction % 360, 4) % 360, stop=max(round(length, 4), SHORTEST)),
        )

    def cost(self, size: Size) -> float:
        """Draw every pixel, and composite it."""
        return 3 * size.width * size.height / 1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Look each pixel's way along the gradient up, and composite."""
        size = Size(image.width, image.height)
        place = _way(vips, size, self.direction).linear(255 / self._pixels, 0)
        gradient = place.rint().cast("uchar").maplut(ramp(vips, self.start, self.end))
        return blended(image, gradient.copy(interpretation="srgb"))

    @property
    def _pixels(self) -> float:
        if not isinstance(self.stop, int | float):
            raise TypeError("a gradient is resolved before its stop is in pixels")
        return float(self.stop)


def _length(direction: float, size: Size) -> float:
    """Measure the gradient line (CSS Images 3, 3.1): its ends are level with the outermost corners."""
    angle = math.radians(direction)
    return size.width * abs(math.sin(angle)) + size.height * abs(math.cos(angle))


def _way(vips: Any, size: Size, direction: float) -> pyvips.Image:
    """Say for each pixel's centre how many pixels along the gradient line it is."""
    angle = math.radians(direction)
    across, down = math.sin(angle), -math.cos(angle)
    begin = _length(direction, size) / 2 + ((1 - size.width) * across + (1 - size.height) * down) / 2
    return vips.Image.xyz(*size).recomb([[across, down]]) + begin
