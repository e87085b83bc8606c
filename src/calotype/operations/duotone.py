"""Duotone: a picture printed in two inks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.colours import BLACK, WHITE, Colour
from calotype.operations.samples import colours, ramp, recoloured

if TYPE_CHECKING:
    import pyvips


class Duotone(Operation, tag="duotone"):
    """Print the picture in two inks: shadows in *dark*, highlights in *light*, midtones between them.

    The inks' own opacity does not count.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {
        "dark": {"red": 26, "green": 18, "blue": 90},
        "light": {"red": 255, "green": 214, "blue": 160},
    }
    dark: Colour = BLACK
    light: Colour = WHITE

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Take the inks as opaque."""
        return (self.but(dark=self.dark.opaque, light=self.light.opaque),)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Look each pixel's luminance up between the inks."""
        grey = colours(image).colourspace("b-w")
        return recoloured(image, colours(grey.maplut(ramp(vips, self.dark, self.light))))
