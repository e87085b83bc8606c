"""Round: rounded corners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from calotype.operations.base import EDGE, Operation, Scene, Size, Stage
from calotype.operations.samples import colours, levels

if TYPE_CHECKING:
    import pyvips

Corner = Annotated[float, Field(ge=0, le=EDGE)] | Literal["max"]


class Round(Operation, tag="round"):
    """Round the corners (top left, top right, bottom right, bottom left) by radii in pixels; beyond is transparent.

    A radius is at most half the shorter side. `max` is half of each side: four of them make a circle of a square,
    and an ellipse of any other picture. Serves ImageKit's `r`.
    """

    stage = Stage.RADIUS
    example: ClassVar[Mapping[str, Any]] = {"corners": (24, 8, "max", 8)}
    corners: tuple[Corner, Corner, Corner, Corner]

    @classmethod
    def all(cls, radius: float | Literal["max"]) -> Self:
        """Round all four alike."""
        return cls(corners=(radius, radius, radius, radius))

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Cut radii down to what fits, and to thousandths; be nothing when all are 0."""
        half = min(scene.size) / 2
        longest = half if scene.size.width == scene.size.height else "max"
        corners = tuple(
            longest if corner == "max" else min(round(corner, 3), half) for corner in self.corners
        )
        return (self.but(corners=corners),) if any(corners) else ()

    def cost(self, size: Size) -> float:
        """Draw a mask, and hold the picture against it."""
        return 4 * size.width * size.height / 1e6

    def alpha_after(self, alpha: bool) -> bool:  # noqa: ARG002, FBT001 - a fact, not a switch
        """Shine through in the corners."""
        return True

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Multiply what transparency there is by the corners' antialiased coverage."""
        coverage = self._coverage(vips, image.width, image.height)
        alpha = levels(image[3] * (coverage / 255)) if image.hasalpha() else coverage
        return colours(image).bandjoin(alpha.copy(interpretation="b-w")).copy(interpretation="srgb")

    def _coverage(self, vips: Any, width: int, height: int) -> pyvips.Image:
        """Lay four corners on a white mask."""
        mask = (vips.Image.black(width, height) + 255).cast("uchar")
        for number, corner in enumerate(self.corners):
            if corner:
                radii = (width / 2, height / 2) if corner == "max" else (corner, corner)
                mask = _with_corner(mask, _corner(vips, radii), number)
        return mask


def _with_corner(mask: pyvips.Image, patch: pyvips.Image, number: int) -> pyvips.Image:
    """Lay *patch*, which is a top-left corner, mirrored on corner *number*, clockwise from the top left."""
    right, bottom = number in {1, 2}, number in {2, 3}
    patch = patch.fliphor() if right else patch
    patch = patch.flipver() if bottom else patch
    left, top = (mask.width - patch.width) * right, (mask.height - patch.height) * bottom
    return mask.insert(patch, left, top)


def _corner(vips: Any, radii: Sequence[float]) -> pyvips.Image:
    """Draw a quarter of an ellipse: how much of each pixel it covers, 0 to 255.

    The distance to the edge is the implicit function over the length of its gradient: exact to a hundredth of a
    pixel where it matters, right at the edge.
    """
    across, down = radii
    width, height = (max(1, -int(-radius // 1)) for radius in radii)
    # From each pixel's centre to the ellipse's; a pixel cut by the axis lies on it.
    offset = vips.Image.xyz(width, height).linear([-1, -1], [across - 0.5, down - 0.5])
    offset = (offset > 0).ifthenelse(offset, 0)
    squared = offset * offset
    implicit = squared.recomb([[across**-2, down**-2]]) - 1
    gradient = squared.recomb([[across**-4, down**-4]]) ** 0.5 * 2
    inside = implicit / (gradient + 1e-9)
    return levels(inside.linear(-255, 127.5)).copy(interpretation="b-w")
