"""HDR gain maps of Ultra HDR JPEGs: found, carried through geometry beside their picture, and handed to the encoder.

Law: the map ends where its picture ends, to a fraction of a pixel, and nothing but its samples and its few numbers
is carried. What cannot be read counts as none.
"""

from __future__ import annotations

from collections.abc import Iterable
from mmap import ACCESS_READ, mmap
from pathlib import Path

from calotype.engine.decoding import orientation, upright
from calotype.engine.vips import Error, Image, pyvips
from calotype.operations.base import Operation, Size
from calotype.operations.crop import Crop
from calotype.operations.scale import Scale

_DATA, _IMAGE, _PREFIX = "gainmap-data", "gainmap", "gainmap-"
_NAMES = (b"urn:iso:std:iso:ts:21496:-1", b"http://ns.adobe.com/hdr-gain-map/1.0/")
"""How a JPEG says that it has one: by ISO 21496-1, annex C, or by Adobe's XMP before it."""


def has_gain_map(source: str) -> bool:
    """Whether the JPEG *source* has a gain map that can be read. Never raises on malformed files."""
    with Path(source).open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        if all(data.find(name) < 0 for name in _NAMES):
            return False
    try:
        return bool(Image.uhdrload(source).get_typeof(_DATA))
    except Error:
        return False


def with_gain_map(picture: Image, source: str, primitives: Iterable[Operation]) -> Image:
    """Give *picture*, made from the JPEG *source* by *primitives*, the gain map that belongs to it.

    The primitives are those that domain/gain_maps.py allows.

    Raises:
        pyvips.Error: the map cannot be decoded.
    """
    whole = Image.uhdrload(source, access="sequential")
    stored = Image.jpegload_buffer(whole.get(_DATA)).copy_memory()
    factor = whole.width / stored.width
    carried = _carried(*_upright(whole, stored), tuple(primitives))
    told = picture.copy()
    for field in whole.get_fields():
        if field.startswith(_PREFIX) and field != _DATA:
            told.set_type(whole.get_typeof(field), field, whole.get(field))
    told.set_type(pyvips.GValue.image_type, _IMAGE, _shrunk(carried, picture, factor))
    return told


def _upright(whole: Image, stored: Image) -> tuple[Image, Size]:
    """Turn the map as the picture is turned, and drop what else its file said."""
    turned, samples = orientation(whole), stored.copy()
    for field in samples.get_fields():
        samples.remove(field)  # what makes up an image stays
    samples.set_type(pyvips.GValue.gint_type, "orientation", turned)
    size = Size(whole.width, whole.height) if turned < 5 else Size(whole.height, whole.width)
    return upright(samples), size


def _carried(gain: Image, size: Size, primitives: tuple[Operation, ...]) -> Image:
    """Apply *primitives* to the map of a picture of *size*.

    It keeps being smaller than its picture, except where a crop falls between its pixels.
    """
    for primitive in primitives:
        after = primitive.size_after(size)
        if isinstance(primitive, Scale):
            share = min(1.0, gain.width / size.width)
            gain = _stretched(gain, Size(round(after.width * share), round(after.height * share)))
        elif isinstance(primitive, Crop):
            gain = primitive.apply(_stretched(gain, size), pyvips)
        else:
            gain = primitive.apply(gain, pyvips)
        size = after
    return gain


def _shrunk(gain: Image, picture: Image, factor: float) -> Image:
    """Make the map as much smaller than *picture* as it was in the file."""
    return _stretched(gain, Size(round(picture.width / factor), round(picture.height / factor)))


def _stretched(gain: Image, size: Size) -> Image:
    width, height = (max(1, side) for side in size)
    if (gain.width, gain.height) == (width, height):
        return gain
    return gain.resize(width / gain.width, vscale=height / gain.height, kernel="linear")
