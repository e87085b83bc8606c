"""Resize: change the size, keeping the proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field

from calotype.operations.base import Operation, Stage

if TYPE_CHECKING:
    import pyvips

Edge = Annotated[int, Field(ge=1, le=16_383)]
"""Pixels; WebP can hold no more."""


class Resize(Operation, tag="resize"):
    """Scale the image so that its shorter edge is *short_edge* pixels, proportions kept, never enlarging.

    The longer edge is rounded down (4000x3000 at 320 gives 426x320: img.pro's published sample).
    Resolved, it is an exact *width* x *height*.
    """

    stage = Stage.RESIZE
    short_edge: Edge | None = None
    width: Edge | None = None
    height: Edge | None = None

    def resolve(self, width: int, height: int) -> Self | None:
        """Work out the exact size; None when the image is already that small."""
        short, long = min(width, height), max(width, height)
        if self.short_edge is None or short <= self.short_edge:
            return None
        scaled = long * self.short_edge // short
        to = (self.short_edge, scaled) if width <= height else (scaled, self.short_edge)
        # Not validated: a long edge over the limit is the planner's to refuse, as it refuses every result.
        return self.model_copy(update={"short_edge": None, "width": to[0], "height": to[1]})

    def size_after(self, width: int, height: int) -> tuple[int, int]:
        """Be exactly the resolved size."""
        return self.width or width, self.height or height

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Scale each axis by its own factor, so that the result lands on whole pixels."""
        width, height = self.size_after(image.width, image.height)
        return image.resize(width / image.width, vscale=height / image.height, kernel="lanczos3")
