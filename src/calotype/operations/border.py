"""Border: a frame around the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.errors import Invalid
from calotype.operations.base import EDGE, Operation, Scene, Size, Stage
from calotype.operations.colours import BLACK, Colour
from calotype.operations.quantities import Quantity, pixels

if TYPE_CHECKING:
    import pyvips


class Border(Operation, tag="border"):
    """Draw a frame of *width* pixels around the picture: the canvas grows by twice that each way.

    A share is of the original's width. Serves ImageKit's `b`.
    """

    stage = Stage.BORDER
    example: ClassVar[Mapping[str, Any]] = {"width": 6, "colour": {"red": 250, "green": 220, "blue": 90}}
    width: Quantity
    colour: Colour = BLACK

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Round the width to whole pixels; be nothing at 0.

        Raises:
            Invalid: the width is negative, above 16,383 pixels, or has no value.
        """
        width = pixels(self.width, scene, scene.original.width)
        if not 0 <= width <= EDGE:
            raise Invalid.field("border", f"the width must be 0 to {EDGE} pixels, and it is {width}.")
        return (self.but(width=width),) if width else ()

    def size_after(self, size: Size) -> Size:
        """Grow by the frame."""
        return Size(size.width + 2 * self._pixels, size.height + 2 * self._pixels)

    def alpha_after(self, alpha: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
        """Shine through where the frame does."""
        return alpha or not self.colour.is_opaque

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Lay the picture in the middle of a larger canvas."""
        if not self.colour.is_opaque and not image.hasalpha():
            image = image.addalpha()
        size = self.size_after(Size(image.width, image.height))
        background = self.colour.rgba if image.hasalpha() else self.colour.rgb
        return image.embed(self._pixels, self._pixels, *size, extend="background", background=background)

    @property
    def _pixels(self) -> int:
        if not isinstance(self.width, int | float):
            raise TypeError("a border is resolved before it has a width in pixels")
        return int(self.width)
