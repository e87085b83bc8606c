"""Opacity: the whole picture made transparent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Scene, Stage
from calotype.operations.samples import colours, levels

if TYPE_CHECKING:
    import pyvips


class Opacity(Operation, tag="opacity"):
    """Let the picture cover only *percent* (0 to 100) of what is behind it; what was transparent gets more so.

    Serves ImageKit's `o`; with a background in the same step, the result lies on that and is opaque.
    """

    stage = Stage.BACKGROUND
    example: ClassVar[Mapping[str, Any]] = {"percent": 40}
    percent: Annotated[float, Field(ge=0, le=100)] = 100.0

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:  # noqa: ARG002 - absolute as it is
        """Be nothing at 100."""
        return () if self.percent == 100 else (self,)

    def alpha_after(self, alpha: bool) -> bool:  # noqa: ARG002, FBT001 - a fact, not a switch
        """Shine through."""
        return True

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Scale the alpha channel alone."""
        with_alpha = image if image.hasalpha() else image.addalpha()
        return (
            colours(image).bandjoin(levels(with_alpha[3] * (self.percent / 100))).copy(interpretation="srgb")
        )
