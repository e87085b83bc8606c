"""Background: a colour behind what is transparent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.colours import BLACK, Colour
from calotype.operations.samples import blended, levels

if TYPE_CHECKING:
    import pyvips


class Background(Operation, tag="background"):
    """Lay the picture on *colour*. A colour that is itself transparent leaves the result so by that much.

    Serves ImageKit's `bg` and `letterbox_color` of IMG Processing for what shines through.
    """

    stage = Stage.BACKGROUND
    example: ClassVar[Mapping[str, Any]] = {"colour": {"red": 240, "green": 200, "blue": 80}}
    colour: Colour = BLACK

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be nothing behind an opaque picture, or where there is no colour."""
        return (self,) if scene.alpha and self.colour.opacity else ()

    def alpha_after(self, alpha: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
        """Be opaque on an opaque colour."""
        return alpha and not self.colour.is_opaque

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Flatten, or composite where the colour is transparent too."""
        if not image.hasalpha():
            return image
        if self.colour.is_opaque:
            return levels(image.cast("float").flatten(background=self.colour.rgb))
        pixel = vips.Image.new_from_memory(bytes(self.colour.rgba), 1, 1, 4, "uchar")
        canvas = pixel.copy(interpretation="srgb").embed(0, 0, image.width, image.height, extend="copy")
        return blended(canvas, image)
