"""Sepia: the brown of old prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import IDENTITY, Matrix, blend, mixed

if TYPE_CHECKING:
    import pyvips

# Filter Effects Module 1, 9.6.1: sepia(1).
_SEPIA: Matrix = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))


class Sepia(Operation, tag="sepia"):
    """Tone the picture brown, like an old print, by *intensity* percent (0 to 100)."""

    stage = Stage.EFFECT
    example: ClassVar[Mapping[str, Any]] = {"intensity": 100}
    intensity: Annotated[float, Field(ge=0, le=100)] = 100.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing at 0."""
        return (self,) if self.intensity else ()

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Mix the colours as CSS's `sepia()` does."""
        return mixed(image, blend(IDENTITY, _SEPIA, self.intensity / 100))
