"""Pad: the word for a canvas around a picture that keeps its size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.boxes import Boxed
from calotype.operations.colours import BLACK
from calotype.operations.embed import Embed
from calotype.operations.fill import Fill
from calotype.operations.focus import Gravity, placed


class Pad(Boxed, tag="pad"):
    """Lay the picture, unscaled, on a canvas of *width* x *height*; the rest shows *fill*.

    Where the canvas is smaller than the picture, the picture is cut at *focus*, unless *shrink* is off: then that side
    of the canvas is the picture's.
    """

    stage = Stage.RESIZE
    example: ClassVar[Mapping[str, Any]] = {
        "width": 220,
        "height": 140,
        "fill": {"red": 240, "green": 220, "blue": 160},
    }
    shrink: bool = True
    focus: Gravity = Gravity.CENTER
    fill: Fill = BLACK

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Work out the canvas.

        Raises:
            Invalid: a side is below one pixel, or has no value.
        """
        width, height = self.box(scene)
        box = Size(width or scene.size.width, height or scene.size.height)
        if not self.shrink:
            box = Size(max(box.width, scene.size.width), max(box.height, scene.size.height))
        left, top = placed(box, scene.size, self.focus)
        return Embed(width=box.width, height=box.height, left=left, top=top, fill=self.fill).resolve(scene)
