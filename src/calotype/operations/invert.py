"""Invert: the negative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calotype.operations.base import Operation, Stage
from calotype.operations.samples import toned

if TYPE_CHECKING:
    import pyvips


class Invert(Operation, tag="invert"):
    """Turn every colour into its opposite, as a negative does."""

    stage = Stage.EFFECT

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Count the levels from the other end."""
        return toned(image, vips, lambda level: 255 - level)
