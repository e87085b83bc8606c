"""Shadow: what an object on a transparent ground casts behind itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.errors import Invalid
from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import blended, blurred, levels, reach

if TYPE_CHECKING:
    import pyvips

MOST_PIXELS = 2_000_000
"""Pixels; resize first (ImageKit contract, 3.7)."""

Percent = Annotated[float, Field(ge=-100, le=100)]


class Shadow(Operation, tag="shadow"):
    """Cast a black shadow behind the visible parts: *strength* percent dark, moved by *x* and *y* percent, *blur*red.

    *x* and *y* (-100 to 100) are percent of the width and height, to the right and down; *blur* (0 to 15) is a
    standard deviation in pixels. The canvas keeps its size: what falls outside is cut off. An opaque picture casts
    none. Pictures above two megapixels are refused. Serves ImageKit's `e-shadow`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"blur": 3, "strength": 60, "x": 6, "y": 6}
    blur: Annotated[float, Field(ge=0, le=15)] = 10.0
    strength: Annotated[float, Field(ge=0, le=100)] = 30.0
    x: Percent = 2.0
    y: Percent = 2.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be nothing behind an opaque picture, or without strength.

        Raises:
            Invalid: the picture has more than two megapixels.
        """
        if scene.size.width * scene.size.height > MOST_PIXELS:
            raise Invalid.field("shadow", "the picture must have at most 2 megapixels; resize it first.")
        return (self,) if scene.alpha and self.strength else ()

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Move and blur the silhouette, and lay the picture over it."""
        if not image.hasalpha():
            return image
        shade = vips.Image.black(image.width, image.height, bands=3)
        shade = shade.bandjoin(levels(self._cast(image[3], vips) * (self.strength / 100)))
        return blended(shade.copy(interpretation="srgb"), image)

    def _cast(self, silhouette: pyvips.Image, vips: Any) -> pyvips.Image:
        """Blur on a larger canvas: what lies just outside of the picture softens what lies inside."""
        width, height = silhouette.width, silhouette.height
        # At least one pixel: a silhouette that is moved out of its canvas altogether is an error to libvips.
        margin = max(1, reach(self.blur))
        left, top = round(width * self.x / 100) + margin, round(height * self.y / 100) + margin
        moved = silhouette.embed(left, top, width + 2 * margin, height + 2 * margin)
        if self.blur >= 0.3:
            moved = blurred(moved, vips, self.blur, margin)
        return moved.crop(margin, margin, width, height)
