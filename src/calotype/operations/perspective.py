"""Perspective: the primitive that stretches a picture between four points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.errors import Invalid
from calotype.operations.base import EDGE, Operation, Scene, Size, Stage
from calotype.operations.samples import Matrix, framed

if TYPE_CHECKING:
    import pyvips

Coordinate = Annotated[float, Field(ge=-EDGE, le=EDGE)]
Point = tuple[Coordinate, Coordinate]
Corners = tuple[Point, Point, Point, Point]

_OUTSIDE = -1000
"""A place where no picture is."""


class Perspective(Operation, tag="perspective"):
    """Stretch the picture so that its corners, clockwise from the top left, lie at *corners*.

    The canvas is the box around them; what is outside is transparent.
    """

    stage = Stage.EFFECT
    mixes = True
    example: ClassVar[Mapping[str, Any]] = {"corners": ((24, 0), (160, 28), (192, 128), (0, 104))}
    corners: Corners

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Count the corners from the box's own; be nothing where they are already.

        Raises:
            Invalid: the corners are no convex quadrilateral.
        """
        if not _is_convex(self.corners):
            raise Invalid.field(
                "distort", "the four points must be corners of a convex shape, in their order."
            )
        left, top = (min(axis) for axis in zip(*self.corners, strict=True))
        corners = tuple((x - left, y - top) for x, y in self.corners)
        width, height = scene.size
        at_home = corners == ((0, 0), (width, 0), (width, height), (0, height))
        return () if at_home else (self.but(corners=corners),)

    def size_after(self, size: Size) -> Size:  # noqa: ARG002 - whatever it was
        """Be as large as the box around the corners."""
        return Size(*(max(1, math.ceil(max(axis))) for axis in zip(*self.corners, strict=True)))

    def alpha_after(self, alpha: bool) -> bool:  # noqa: ARG002, FBT001 - a fact, not a switch
        """Shine through around the shape."""
        return True

    def cost(self, size: Size) -> float:
        """Weigh sixteen neighbours for each pixel of the result."""
        return math.prod(self.size_after(size)) / 0.1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Ask for each pixel of the canvas where in the picture it comes from (bicubic)."""
        places = self._places(vips, Size(image.width, image.height))
        bicubic = vips.Interpolate.new("bicubic")
        return framed(image, lambda pixels: pixels.mapim(places, interpolate=bicubic, premultiplied=True))

    def _places(self, vips: Any, size: Size) -> pyvips.Image:
        matrix = _inverse(_from_square(self.corners))
        canvas = self.size_after(size)
        centres = vips.Image.xyz(*canvas).cast("double") + 0.5
        seen = centres.bandjoin(1).recomb([list(row) for row in matrix])
        # Behind the horizon the mapping turns over and would show the picture again.
        before = _depth(matrix, self.corners)
        visible = seen[2] * before > 0
        place = (seen.extract_band(0, n=2) / seen[2]).linear(list(size), [-0.5, -0.5])
        return visible.ifthenelse(place, _OUTSIDE)


def _is_convex(corners: Corners) -> bool:
    """Say whether every corner turns the same way, by more than nothing."""
    turns = [
        (x1 - x0) * (y2 - y1) - (y1 - y0) * (x2 - x1)
        for (x0, y0), (x1, y1), (x2, y2) in zip(
            corners, corners[1:] + corners[:1], corners[2:] + corners[:2], strict=True
        )
    ]
    return min(turns) >= 0.5 or max(turns) <= -0.5


def _from_square(corners: Corners) -> Matrix:
    """Give the matrix from the unit square to *corners* (Heckbert, Fundamentals of Texture Mapping, 1989, 2.2.3)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    determinant = dx1 * dy2 - dx2 * dy1
    g = (sx * dy2 - sy * dx2) / determinant
    h = (dx1 * sy - dy1 * sx) / determinant
    return ((x1 - x0 + g * x1, x3 - x0 + h * x3, x0), (y1 - y0 + g * y1, y3 - y0 + h * y3, y0), (g, h, 1))


def _inverse(matrix: Matrix) -> Matrix:
    """Invert *matrix*, but for a factor, which a projection does not see."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )


def _depth(matrix: Matrix, corners: Corners) -> float:
    """Say on which side of the horizon the picture is: 1 or -1."""
    x, y = (sum(axis) / 4 for axis in zip(*corners, strict=True))
    return math.copysign(1, matrix[2][0] * x + matrix[2][1] * y + matrix[2][2])
