"""Embed: the primitive that lays a picture on a larger canvas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from calotype.operations.base import Operation, Scene, Size, Stage
from calotype.operations.colours import BLACK, Colour
from calotype.operations.fill import Blurred, Dominant, EdgeGradient, Fill
from calotype.operations.samples import blurred, levels, reach

if TYPE_CHECKING:
    import pyvips

AUTO_BLUR = 0.03
"""Standard deviation of an automatic background blur, as a share of the canvas' shorter side."""
STRONGEST_BLUR = 0.1
"""The same at an intensity of 100."""


class Embed(Operation, tag="embed"):
    """Lay the picture on a canvas of *width* x *height* at *left*, *top*; the rest shows *fill*.

    *left* and *top* may be negative: what lies outside the canvas is cut off.
    """

    stage = Stage.RESIZE
    example: ClassVar[Mapping[str, Any]] = {"width": 208, "height": 144, "left": 8, "top": 8}
    width: int
    height: int
    left: int
    top: int
    fill: Fill = BLACK

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Be nothing where the canvas is as large as the picture."""
        return () if scene.size == (self.width, self.height) and not (self.left or self.top) else (self,)

    def size_after(self, size: Size) -> Size:  # noqa: ARG002 - whatever it was
        """Be as large as the canvas."""
        return Size(self.width, self.height)

    def alpha_after(self, alpha: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
        """Shine through where the canvas does."""
        return alpha or (isinstance(self.fill, Colour) and not self.fill.is_opaque)

    def cost(self, size: Size) -> float:
        """Draw the canvas, which takes more than a colour when it is made of the picture."""
        return (2 if isinstance(self.fill, Colour) else 5) * size.width * size.height / 1e6

    def apply(self, image: pyvips.Image, vips: Any) -> pyvips.Image:
        """Make the canvas, then lay the picture on it; a canvas with transparency makes a result with it."""
        if isinstance(self.fill, Colour):
            return self._on_colour(image, self.fill)
        return self._canvas(image, vips, self.fill).insert(image, self.left, self.top)

    def _on_colour(self, image: pyvips.Image, colour: Colour) -> pyvips.Image:
        if not colour.is_opaque and not image.hasalpha():
            image = image.addalpha()
        background = colour.rgba if image.hasalpha() else colour.rgb
        return image.embed(
            self.left, self.top, self.width, self.height, extend="background", background=background
        )

    def _canvas(
        self, image: pyvips.Image, vips: Any, fill: Blurred | Dominant | EdgeGradient
    ) -> pyvips.Image:
        if isinstance(fill, Blurred):
            return self._blurred(image, vips, fill)
        if isinstance(fill, Dominant):
            return _flat(image, self.width, self.height, _edge_colour(image, _edges(image)))
        return self._gradient(image, vips, all_edges=fill.colours == 4)

    def _blurred(self, image: pyvips.Image, vips: Any, fill: Blurred) -> pyvips.Image:
        """Cover the canvas with a small copy, blur that, and enlarge it: a blur hides what a small copy lacks."""
        share = AUTO_BLUR if fill.intensity is None else fill.intensity / 100 * STRONGEST_BLUR
        sigma = share * min(self.width, self.height)
        shrink = max(1, int(sigma / 2))
        small = _covering(_weighted(image), -(-self.width // shrink), -(-self.height // shrink))
        if sigma >= 0.3:
            small = blurred(small, vips, sigma / shrink, reach(sigma / shrink))
        large = small.resize(self.width / small.width, vscale=self.height / small.height, kernel="linear")
        straight = large.unpremultiply() if image.hasalpha() else large
        return levels(straight + [*[fill.brightness] * 3, 0][: image.bands])

    def _gradient(self, image: pyvips.Image, vips: Any, *, all_edges: bool) -> pyvips.Image:
        """Blend the edges' colours: between the two padded sides, or between all four corners' neighbours."""
        left, right, top, bottom = (_edge_colour(image, [edge]) for edge in _edges(image))
        across = vips.Image.xyz(self.width, self.height)[0] / max(1, self.width - 1)
        down = vips.Image.xyz(self.width, self.height)[1] / max(1, self.height - 1)
        horizontal = across * _minus(right, left) + left
        vertical = down * _minus(bottom, top) + top
        wider = self.width * image.height > self.height * image.width
        blend = (horizontal + vertical) / 2 if all_edges else horizontal if wider else vertical
        return levels(blend)


def _weighted(image: pyvips.Image) -> pyvips.Image:
    """Weigh colours by their opacity, so that invisible ones do not bleed."""
    return levels(image.premultiply()) if image.hasalpha() else image


def _covering(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Scale *image* to cover *width* x *height*, and keep the middle."""
    by = max(width / image.width, height / image.height)
    across, down = max(width, round(image.width * by)), max(height, round(image.height * by))
    large = image.resize(across / image.width, vscale=down / image.height, kernel="linear")
    return large.crop((across - width) // 2, (down - height) // 2, width, height)


def _minus(one: list[float], other: list[float]) -> list[float]:
    return [a - b for a, b in zip(one, other, strict=True)]


def _edges(image: pyvips.Image) -> list[pyvips.Image]:
    """Cut the left, right, top and bottom edges out, a twentieth of the picture deep."""
    across, down = max(1, image.width // 20), max(1, image.height // 20)
    return [
        image.crop(0, 0, across, image.height),
        image.crop(image.width - across, 0, across, image.height),
        image.crop(0, 0, image.width, down),
        image.crop(0, image.height - down, image.width, down),
    ]


def _edge_colour(image: pyvips.Image, edges: list[pyvips.Image]) -> list[float]:
    """Average *edges*, for each band of *image*."""
    pixels = sum(edge.width * edge.height for edge in edges)
    return [
        sum(edge[band].avg() * edge.width * edge.height for edge in edges) / pixels
        for band in range(image.bands)
    ]


def _flat(image: pyvips.Image, width: int, height: int, colour: list[float]) -> pyvips.Image:
    return levels(image.crop(0, 0, 1, 1) * 0 + colour).replicate(width, height)
