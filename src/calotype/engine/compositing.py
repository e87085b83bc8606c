"""Compositing: a layer's picture laid on its base.

Law: the result has the base's size, and the base's bands unless the layer cuts holes. Both are 8-bit sRGB.
"""

from __future__ import annotations

from calotype.engine.vips import Image, pyvips
from calotype.operations.base import Size
from calotype.operations.layer import Layer, Mode
from calotype.operations.placing import Repeat, place, tiled

_NEUTRAL = 128
"""The level that moves nothing in a displacing layer."""
_HOLES = {Mode.CUTTER: "dest-in", Mode.CUTOUT: "dest-out"}


def compose(base: Image, overlay: Image, layer: Layer) -> Image:
    """Lay *overlay*, the finished picture of *layer* (resolved), on *base*; what crosses an edge is cut off.

    Raises:
        Invalid: an expression of the position has no value.
    """
    canvas = _laid_out(base, _faded(_with_alpha(overlay), layer.opacity), layer)
    if layer.mode is Mode.DISPLACE:
        return _displaced(base, canvas, layer.shift)
    if layer.mode in _HOLES:
        return _blended(_with_alpha(base), canvas, _HOLES[layer.mode])
    return _blended(base, canvas, layer.mode.value)


def _laid_out(base: Image, overlay: Image, layer: Layer) -> Image:
    """Put *overlay*, or its repetitions, on a transparent canvas of the base's size."""
    whole, size = Size(base.width, base.height), Size(overlay.width, overlay.height)
    tiles = tiled(whole, size, place(whole, size, layer.position), layer.repeat)
    if layer.repeat is not Repeat.NONE:
        # Tiles are read many times over, the picture that they show is computed once.
        overlay = overlay.copy_memory().replicate(tiles.across, tiles.down)
    return overlay.embed(tiles.left, tiles.top, *whole, extend="background", background=[0, 0, 0, 0])


def _blended(base: Image, canvas: Image, mode: str) -> Image:
    mixed = base.composite2(canvas, mode, compositing_space="srgb").cast("uchar")
    return mixed if base.hasalpha() else mixed.extract_band(0, n=3)


def _displaced(base: Image, canvas: Image, shift: tuple[float, float]) -> Image:
    """Fetch each pixel from beside it: *shift* before where the layer is black, *shift* after where it is white."""
    neutral = canvas.flatten(background=_NEUTRAL).extract_band(0, n=2)
    moves = (neutral - _NEUTRAL) * [amount / _NEUTRAL for amount in shift]
    held = base.copy_memory()  # pixels come from any row
    index = Image.xyz(base.width, base.height) + moves
    limits = [base.width - 1, base.height - 1]
    inside = (index < 0).ifthenelse(0, (index > limits).ifthenelse(limits, index))
    return held.mapim(inside, interpolate=pyvips.Interpolate.new("bilinear"), extend="copy").cast("uchar")


def _with_alpha(image: Image) -> Image:
    return image if image.hasalpha() else image.addalpha()


def _faded(overlay: Image, opacity: float) -> Image:
    if opacity >= 1:
        return overlay
    return overlay.extract_band(0, n=3).bandjoin((overlay[3] * opacity).rint().cast("uchar"))
