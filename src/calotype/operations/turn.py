"""Turn: the primitive that turns a picture by right angles, pixel for pixel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from calotype.operations.base import Operation, Size, Stage

if TYPE_CHECKING:
    import pyvips


class Turn(Operation, tag="turn"):
    """Turn the picture clockwise by *quarters* (1 to 3) of a whole turn; no pixel changes."""

    stage = Stage.ROTATE
    example: ClassVar[Mapping[str, Any]] = {"quarters": 1}
    quarters: Annotated[int, Field(ge=1, le=3)]

    def size_after(self, size: Size) -> Size:
        """Swap the sides, unless it is half a turn."""
        return size if self.quarters == 2 else Size(size.height, size.width)

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:  # noqa: ARG002 - the operations' signature
        """Move pixels."""
        return image.rot(f"d{90 * self.quarters}")
