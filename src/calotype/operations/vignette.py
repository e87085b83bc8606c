"""Vignette: darker corners."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.samples import colours, recoloured

if TYPE_CHECKING:
    import pyvips


class Vignette(Operation, tag="vignette"):
    """Darken the picture towards its corners, where *strength* percent (0 to 100) of the light is gone."""

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"strength": 70}
    strength: Annotated[float, Field(ge=0, le=100)] = 50.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing at 0."""
        return (self,) if self.strength else ()

    def cost(self, size: Size) -> float:
        """Compute every pixel's distance in fractions."""
        return 2 * size.width * size.height / 1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Fall off with the square of the distance from the centre, measured in half diagonals of the picture."""
        across, down = image.width / 2, image.height / 2
        # xyz counts pixels; their centres lie half a pixel further.
        place = vips.Image.xyz(image.width, image.height).linear(
            [1 / across, 1 / down], [0.5 / across - 1, 0.5 / down - 1]
        )
        distance = (place * place).recomb([[0.5, 0.5]])
        return recoloured(image, colours(image) * distance.linear(-self.strength / 100, 1))
