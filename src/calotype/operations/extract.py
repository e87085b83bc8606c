"""Extract: the word for a region of a picture, at the size that it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from calotype.operations.base import Box, Operation, Scene, Size, Stage
from calotype.operations.boxes import Boxed
from calotype.operations.crop import Crop
from calotype.operations.cropping import around_faces, corner_at, cut, cut_off, rescaled
from calotype.operations.focus import Custom, Faces, Focus, Gravity, Point, check_model


class Extract(Boxed, tag="extract"):
    """Keep *width* x *height* pixels of the picture, without resizing; a side that is not named is kept whole.

    *focus* says which: a place, a point in pixels of the picture, the owner's own choice (whose size is taken when
    none is named), or the most interesting part. A region at a point must touch the picture, and is cut at its edge.
    """

    stage = Stage.EXTRACT
    example: ClassVar[Mapping[str, Any]] = {"width": 80, "height": 56}
    focus: Focus = Gravity.CENTER

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Work out the rectangle.

        Raises:
            Invalid: a side is below one pixel, or the region lies outside the picture.
            NotConfigured: the focus is on objects, which only a model finds.
            Unmeasured: the focus is on faces, and nobody has looked for them yet.
        """
        check_model(self.focus)
        width, height = self.box(scene)
        wanted = Size(width or scene.size.width, height or scene.size.height)
        if isinstance(self.focus, Faces):
            return self._at_faces(scene, self.focus, wanted if width and height else None)
        if isinstance(self.focus, Point):
            corner = corner_at(self.focus, scene, scene.size, wanted)
            return Crop.of(cut_off(Box(*corner, *wanted), scene.size)).resolve(scene)
        if isinstance(self.focus, Custom) and scene.focus is not None and not (width or height):
            box = rescaled(scene.focus, scene.original, scene.size)
            return Crop.of(cut_off(box, scene.size)).resolve(scene)
        return cut(scene, scene.size, wanted, self.focus)

    def _at_faces(self, scene: Scene, focus: Faces, wanted: Size | None) -> tuple[Operation, ...]:
        faces = scene.measure("faces", 0)
        if not faces:
            return self.but(focus=Gravity.CENTER).resolve(scene)
        near = around_faces(scene.size, faces, None, focus.zoom)
        if wanted is None:
            return Crop.of(near).resolve(scene)
        middle = Point(x=near.left + near.width // 2, y=near.top + near.height // 2, centre=True)
        return self.but(focus=middle).resolve(scene)
