"""Boxes: the width and height that a word asks for, in which a ratio and a device pixel ratio have their part."""

from __future__ import annotations

from calotype.errors import Invalid, TooManyPixels
from calotype.operations.base import EDGE, Operation, Scene
from calotype.operations.quantities import Quantity, evaluated

DPR_EDGE = 5000
"""Above this result in pixels a device pixel ratio is ignored, and so below one (ImageKit contract, 3.4)."""


class Boxed(Operation):
    """A word that asks for a box.

    *width* and *height* are pixels, shares of the original, or expressions. *ratio* (width over height) gives the
    other one where there is one. *dpr* multiplies both.
    """

    width: Quantity | None = None
    height: Quantity | None = None
    ratio: Quantity | None = None
    dpr: Quantity | None = None

    def box(self, scene: Scene) -> tuple[int | None, int | None]:
        """Work out both sides in whole pixels, each None where nothing names it.

        Raises:
            Invalid: a side is below one pixel, or has no value.
            TooManyPixels: a side is above 16,383 pixels.
        """
        width, height = self._sides(scene)
        dpr = 1.0 if self.dpr is None else evaluated(self.dpr, scene, 1)
        if not all(side is None or 1 <= side * dpr <= DPR_EDGE for side in (width, height)):
            dpr = 1.0
        return _whole("width", width, dpr), _whole("height", height, dpr)

    def shape(self, scene: Scene) -> float | None:
        """Work out the ratio; None when none is named.

        Raises:
            Invalid: it is not above zero, or has no value.
        """
        if self.ratio is None:
            return None
        ratio = evaluated(self.ratio, scene, 1)
        if ratio <= 0:
            raise Invalid.field("ratio", f"must be above 0, got {ratio:g}")
        return ratio

    def _sides(self, scene: Scene) -> tuple[float | None, float | None]:
        width = None if self.width is None else evaluated(self.width, scene, scene.original.width)
        height = None if self.height is None else evaluated(self.height, scene, scene.original.height)
        if (width is None) == (height is None):
            return width, height
        ratio = self.shape(scene)
        if ratio is None:
            return width, height
        return (width, width / ratio) if width is not None else ((height or 0) * ratio, height)


def _whole(name: str, value: float | None, dpr: float) -> int | None:
    if value is None:
        return None
    side = round(value * dpr)
    if side < 1:
        raise Invalid.field(name, f"must be at least 1 pixel, got {value:g}")
    if side > EDGE:
        raise TooManyPixels(f"The {name} would be {side:.6g} pixels; the limit is {EDGE}.")
    return side
