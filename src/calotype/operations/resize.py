"""Resize: the word for a new size, in every way that a picture can be made to fit one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, ClassVar

from calotype.operations.base import Edge, Operation, Scene, Size, Stage
from calotype.operations.boxes import Boxed
from calotype.operations.colours import BLACK
from calotype.operations.crop import Crop
from calotype.operations.cropping import around_faces, cut
from calotype.operations.embed import Embed
from calotype.operations.fill import Fill
from calotype.operations.focus import Faces, Focus, Gravity, check_model, placed
from calotype.operations.scale import Scale


class Fit(StrEnum):
    """How a picture meets a box of other proportions."""

    COVER = "cover"
    """Scaled to cover the box; what is too much is cropped."""
    COVER_WITHIN = "cover_within"
    """As cover, but never enlarged: the box's proportions, in at most the picture's size."""
    STRETCH = "stretch"
    """Exactly the box, proportions lost."""
    INSIDE = "inside"
    """The largest size that fits into the box; never enlarged."""
    INSIDE_ENLARGE = "inside_enlarge"
    """The largest size that fits into the box."""
    OUTSIDE = "outside"
    """The smallest size that covers the box."""
    PAD = "pad"
    """As inside_enlarge, on a canvas of the box's size."""
    PAD_WITHIN = "pad_within"
    """As inside, on a canvas of the box's size."""


NEVER_ENLARGES = frozenset({Fit.COVER_WITHIN, Fit.INSIDE, Fit.PAD_WITHIN})
"""Fits that make no picture larger."""


class Resize(Boxed, tag="resize"):
    """Change the size.

    *width* and *height* are pixels, shares of the original, or expressions; one alone keeps the proportions.
    *ratio* (width over height) gives the other one where there is one. *short_edge* instead sets the shorter side,
    never enlarging, the longer one rounded down (img.pro's published sample: 4000x3000 at 320 gives 426x320).
    *dpr* multiplies the box. *focus* says what survives a crop and where a padded picture lies; *fill* what the
    padding shows.
    """

    stage = Stage.RESIZE
    example: ClassVar[Mapping[str, Any]] = {"width": 96, "height": 96}
    short_edge: Edge | None = None
    fit: Fit = Fit.COVER
    focus: Focus = Gravity.CENTER
    fill: Fill = BLACK

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Work out the exact sizes: a scale, and where the proportions differ a crop or a canvas.

        Raises:
            Invalid: a side is below one pixel, or has no value.
            NotConfigured: the focus is on objects, which only a model finds.
            Unmeasured: the focus is on faces, and nobody has looked for them yet.
        """
        check_model(self.focus)
        if self.short_edge is not None:
            return _scale(scene, to_short_edge(scene.size, self.short_edge))
        width, height = self.box(scene)
        if isinstance(self.focus, Faces):
            return _to_faces(self, scene, self.focus, width, height)
        if width is None or height is None:
            return _scale(scene, _one_side(scene.size, width, height, within=self.fit in NEVER_ENLARGES))
        return _FITS[self.fit](self, scene, Size(width, height))


def _scale(scene: Scene, size: Size) -> tuple[Operation, ...]:
    """Scale to *size*; nothing when that is the size already."""
    return Scale(width=size.width, height=size.height).resolve(scene)


def to_short_edge(size: Size, edge: int) -> Size:
    """Scale *size* so that its shorter side is *edge* pixels; never up, and the longer side is rounded down."""
    short, long = min(size), max(size)
    if short <= edge:
        return size
    scaled = long * edge // short
    return Size(edge, scaled) if size.width <= size.height else Size(scaled, edge)


def _one_side(size: Size, width: int | None, height: int | None, *, within: bool) -> Size:
    """Scale *size* to the one side that is named, if any is."""
    by = width / size.width if width else height / size.height if height else 1.0
    if within and by >= 1:
        return size
    return _scaled(size, by, width=width, height=height)


def _scaled(size: Size, by: float, *, width: int | None = None, height: int | None = None) -> Size:
    """Scale *size*, at least one pixel each way; a side that is known is exactly that."""
    return Size(
        width if width is not None else max(1, round(size.width * by)),
        height if height is not None else max(1, round(size.height * by)),
    )


def _stretch(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:  # noqa: ARG001 - the fits' signature
    return _scale(scene, box)


def _inside(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    return _scale(scene, _fitted(scene.size, box, enlarge=word.fit not in NEVER_ENLARGES))


def _fitted(size: Size, box: Size, *, enlarge: bool) -> Size:
    across, down = box.width / size.width, box.height / size.height
    by = min(across, down)
    if by >= 1 and not enlarge:
        return size
    return _scaled(
        size, by, width=box.width if across <= down else None, height=box.height if down <= across else None
    )


def _outside(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:  # noqa: ARG001 - the fits' signature
    return _scale(scene, _covering(scene.size, box))


def _covering(size: Size, box: Size) -> Size:
    across, down = box.width / size.width, box.height / size.height
    by = max(across, down)
    return _scaled(
        size, by, width=box.width if across >= down else None, height=box.height if down >= across else None
    )


def _cover(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    to = _covering(scene.size, box)
    return (*_scale(scene, to), *cut(scene, to, box, word.focus))


def _cover_within(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    """Shrink the box to the picture, keeping the box's proportions, then cover it."""
    by = min(1.0, scene.size.width / box.width, scene.size.height / box.height)
    return _cover(word, scene, _scaled(box, by))


def _pad(word: Resize, scene: Scene, box: Size) -> tuple[Operation, ...]:
    to = _fitted(scene.size, box, enlarge=word.fit not in NEVER_ENLARGES)
    gravity = word.focus if isinstance(word.focus, Gravity) else Gravity.CENTER
    left, top = placed(box, to, gravity)
    canvas = Embed(width=box.width, height=box.height, left=left, top=top, fill=word.fill)
    return (*_scale(scene, to), *(() if to == box else (canvas,)))


def _to_faces(
    word: Resize, scene: Scene, focus: Faces, width: int | None, height: int | None
) -> tuple[Operation, ...]:
    faces = scene.measure("faces", 0)
    if not faces:
        return word.but(focus=Gravity.CENTER).resolve(scene)
    wanted = Size(width, height) if width and height else None
    shown = Crop.of(
        around_faces(scene.size, faces, wanted.ratio if wanted else word.shape(scene), focus.zoom)
    )
    size = Size(shown.width, shown.height)
    to = wanted or _one_side(size, width, height, within=False)
    return (
        *shown.resolve(scene),
        *Scale(width=to.width, height=to.height).resolve(replace(scene, size=size)),
    )


_FITS: dict[Fit, Callable[[Resize, Scene, Size], tuple[Operation, ...]]] = {
    Fit.COVER: _cover,
    Fit.COVER_WITHIN: _cover_within,
    Fit.STRETCH: _stretch,
    Fit.INSIDE: _inside,
    Fit.INSIDE_ENLARGE: _inside,
    Fit.OUTSIDE: _outside,
    Fit.PAD: _pad,
    Fit.PAD_WITHIN: _pad,
}
