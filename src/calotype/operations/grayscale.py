"""Grayscale: the picture without its colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calotype.operations.base import Operation, Stage
from calotype.operations.samples import colours, recoloured

if TYPE_CHECKING:
    import pyvips


class Grayscale(Operation, tag="grayscale"):
    """Replace every colour by the grey of the same luminance. Serves ImageKit's `e-grayscale`."""

    stage = Stage.EFFECT

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Weigh linear light, as eyes do."""
        return recoloured(image, colours(image).colourspace("b-w").colourspace("srgb"))
