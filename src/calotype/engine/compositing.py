"""Compositing: a layer's picture laid on its base.

Law: the result has the base's size, and the base's bands unless the layer cuts holes. Both are 8-bit sRGB. Only the
part that the layer covers is computed.
"""

from __future__ import annotations

from calotype.engine.vips import Image, pyvips
from calotype.operations.base import Box, Size
from calotype.operations.layer import Layer, Mode
from calotype.operations.placing import Repeat, place, tiled
from calotype.operations.samples import blended

_NEUTRAL = 128
"""The level that moves nothing in a displacing layer."""
_HOLES = {Mode.CUTTER: "dest-in", Mode.CUTOUT: "dest-out"}


def compose(base: Image, overlay: Image, layer: Layer) -> Image:
    """Lay *overlay*, the finished picture of *layer* (resolved), on *base* (in memory); beyond its edges it is cut off.

    Raises:
        Invalid: an expression of the position has no value.
    """
    below = _with_alpha(base) if layer.mode in _HOLES else base
    visible = _visible(below, _faded(_with_alpha(overlay), layer.opacity), layer)
    if visible is None:
        return _cleared(below) if layer.mode is Mode.CUTTER else below
    box, shown = visible
    if layer.mode is Mode.DISPLACE:
        patch = _displaced(below, shown, box, layer.shift)
    else:
        patch = blended(below.crop(*box), shown, _HOLES.get(layer.mode, layer.mode.value))
    return (_cleared(below) if layer.mode is Mode.CUTTER else below).insert(patch, box.left, box.top)


def _visible(base: Image, overlay: Image, layer: Layer) -> tuple[Box, Image] | None:
    """Place *overlay*, or its repetitions: the part of the base that they cover, and what they show there.

    None when a free place is wholly beyond an edge.
    """
    whole, size = Size(base.width, base.height), Size(overlay.width, overlay.height)
    tiles = tiled(whole, size, place(whole, size, layer.position), layer.repeat)
    left, top = max(0, tiles.left), max(0, tiles.top)
    right = min(whole.width, tiles.left + tiles.across * size.width)
    bottom = min(whole.height, tiles.top + tiles.down * size.height)
    box = Box(left, top, right - left, bottom - top)
    if min(box.width, box.height) < 1:
        return None
    if layer.repeat is not Repeat.NONE:
        # Each tile is read many times, the picture that they show is computed once.
        overlay = overlay.copy_memory().replicate(tiles.across, tiles.down)
    return box, overlay.crop(left - tiles.left, top - tiles.top, box.width, box.height)


def _displaced(base: Image, shown: Image, box: Box, shift: tuple[float, float]) -> Image:
    """Fetch each pixel from beside it: *shift* before where the layer is black, *shift* after where it is white."""
    neutral = shown.flatten(background=_NEUTRAL).extract_band(0, n=2)
    moves = (neutral - _NEUTRAL) * [amount / _NEUTRAL for amount in shift]
    index = Image.xyz(box.width, box.height).linear(1, [box.left, box.top]) + moves
    limits = [base.width - 1, base.height - 1]
    inside = (index < 0).ifthenelse(0, (index > limits).ifthenelse(limits, index))
    return base.mapim(inside, interpolate=pyvips.Interpolate.new("bilinear"), extend="copy").cast("uchar")


def _cleared(image: Image) -> Image:
    """Make an invisible picture of the same size."""
    return Image.black(image.width, image.height, bands=4).copy(interpretation="srgb")


def _with_alpha(image: Image) -> Image:
    return image if image.hasalpha() else image.addalpha()


def _faded(overlay: Image, opacity: float) -> Image:
    if opacity >= 1:
        return overlay
    return overlay.extract_band(0, n=3).bandjoin((overlay[3] * opacity).rint().cast("uchar"))
