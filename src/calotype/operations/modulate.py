"""Modulate: lightness, colourfulness and hue, each changed by itself, as eyes tell them apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.samples import colours, recoloured

if TYPE_CHECKING:
    import pyvips

Factor = Annotated[float, Field(ge=0, le=100)]


class Modulate(Operation, tag="modulate"):
    """Change lightness (x *brightness* + *lightness*), chroma (x *saturation*) and hue (+ *hue* degrees) in CIE LCh.

    Factors of 1 and additions of 0 change nothing; lightness runs from 0 to 100. Serves the multipliers of IMG
    Processing's first generation of `modulate`.
    """

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"brightness": 1.1, "saturation": 1.5, "hue": 60}
    brightness: Factor = 1.0
    saturation: Factor = 1.0
    hue: Annotated[int, Field(ge=-36_000, le=36_000)] = 0
    lightness: Annotated[float, Field(ge=-100, le=100)] = 0.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Turn the hue by less than a whole turn; be nothing when nothing changes."""
        turned = self.but(hue=self.hue % 360)
        return () if turned == Modulate() else (turned,)

    def cost(self, size: Size) -> float:
        """Convert every pixel to LCh and back."""
        return 8 * size.width * size.height / 1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Change it in LCh, where the three are independent."""
        changed = (
            colours(image)
            .colourspace("lch")
            .linear([self.brightness, self.saturation, 1], [self.lightness, 0, self.hue])
        )
        return recoloured(image, changed.copy(interpretation="lch").colourspace("srgb"))
