"""SVG: cleaned on the way in, measured, and drawn by resvg.

Law: what is stored is our own serialisation of what the allow-list names, and only that is ever drawn. The
original markup is never kept, so a parser that reads it differently has nothing to read.
"""

from __future__ import annotations

import math
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree.ElementTree import Element, tostring

import resvg_py
from defusedxml.ElementTree import fromstring

from calotype.domain.costs import RESULT_PIXELS
from calotype.engine import fonts
from calotype.engine.svg_cleaning import Cleaner
from calotype.engine.svg_parsing import inflated, namespace_of, parse
from calotype.engine.svg_references import check_references
from calotype.engine.vips import Image
from calotype.errors import ImageCorrupt, TooComplex, TooManyPixels
from calotype.operations.base import EDGE as RESULT_EDGE
from calotype.ports import IngestLimits

MAX_DRAWING_S = 10.0
"""Seconds of processor time for drawing an SVG at its own size: a third of what a delivery may take."""

_DEFAULT_SIZE = (300.0, 150.0)
"""What CSS gives a replaced element that says nothing of its size (CSS 2.2, 10.3.2)."""
_PIXELS_PER_UNIT = {
    "": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "q": 96 / 101.6, "em": 16.0, "ex": 8.0, "rem": 16.0,
}  # fmt: skip
_LENGTH = re.compile(r"\s*+\+?((?:\d++\.?\d*+|\.\d++)(?:e[+-]?\d{1,3})?)\s*+([a-z]*+)\s*+\Z", re.IGNORECASE)
_STACK_BYTES = 128 * 1024 * 1024
_LARGEST_SIDE = 1_000_000


def sanitise(data: bytes, limits: IngestLimits) -> tuple[bytes, tuple[str, ...]]:
    """Clean an SVG or svgz; answer UTF-8 markup and notes of what was removed.

    Cleaning what was cleaned changes nothing.

    Raises:
        FileTooLarge: over `max_svg_bytes`, inflated.
        UnsafeMarkup: a DOCTYPE with declarations, or references that recurse or multiply.
        UnsupportedType: the XML is no SVG.
        ImageTruncated, ImageCorrupt: it is no well-formed XML, cut short or otherwise.
        TooComplex, TooManyPixels: too many elements, too deep, or too many pixels in embedded pictures.
    """
    source = parse(inflated(data, limits.max_svg_bytes))
    cleaner = Cleaner(namespace_of(source), limits.max_pixels)
    root = cleaner.clean_root(source)
    check_references(root, _pixels_per_unit(root))
    return tostring(root, encoding="utf-8"), cleaner.notes()


def size(data: bytes) -> tuple[int, int]:
    """Say the size in pixels that cleaned markup asks for, each side from 1 to 1,000,000.

    `width` and `height` when they are absolute; with one of them the `viewBox` gives the other; with none
    the `viewBox` is the size (as resvg and librsvg have it); without that 300x150, as in CSS.
    """
    return _natural_size(fromstring(data))


def _natural_size(root: Element) -> tuple[int, int]:
    width, height = _length(root.get("width")), _length(root.get("height"))
    box = _view_box(root)
    across, down = box[2:] if box else _DEFAULT_SIZE
    if width and height:
        return _whole(width), _whole(height)
    if width:
        return _whole(width), _whole(width * down / across if box else down)
    if height:
        return _whole(height * across / down if box else across), _whole(height)
    return _whole(across), _whole(down)


def prove(data: bytes) -> Image:
    """Draw cleaned markup at its own size, scaled down to the limits of a result: what takes too long is refused.

    No rule over the markup foresees what filters, masks and layers cost together, so they are drawn. A delivery that
    enlarges it may take longer; there the deadline of a render ends it, and after two of them the quarantine.

    Raises:
        TooComplex: it took more than 10 seconds of processor time.
        ImageCorrupt: resvg cannot draw it.
    """
    before = time.process_time()
    drawing = rasterise(data, *_largest_drawing(*size(data)))
    if time.process_time() - before > MAX_DRAWING_S:
        raise TooComplex(f"Drawing the SVG takes more than {MAX_DRAWING_S:g} seconds of processor time.")
    return drawing.copy_memory()


def _largest_drawing(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, RESULT_EDGE / max(width, height), math.sqrt(RESULT_PIXELS / (width * height)))
    return max(1, int(width * scale)), max(1, int(height * scale))


def rasterise(data: bytes, width: int, height: int) -> Image:
    """Draw cleaned markup at exactly *width* x *height* pixels: sRGB with alpha.

    Raises:
        TooManyPixels: more than 16,383 pixels a side or 50 million in all: resvg would take the memory first.
        ImageCorrupt: resvg cannot draw it.
    """
    if max(width, height) > RESULT_EDGE or width * height > RESULT_PIXELS:
        raise TooManyPixels(f"The SVG would be drawn at {width}x{height} pixels.")
    picture = _draw(_fitted(data, width, height))
    return Image.pngload_buffer(picture).copy(interpretation="srgb")


def _draw(markup: str) -> bytes:
    """Call resvg where its recursion has room: 250 nested layers overflow the 8 MiB of a main thread."""
    before = threading.stack_size(_STACK_BYTES)
    try:
        with ThreadPoolExecutor(max_workers=1) as deep:
            return deep.submit(resvg_py.svg_to_bytes, svg_string=markup, **fonts.for_resvg(markup)).result()
    except BaseException as error:
        # A panic of the Rust code is no Exception; it comes from absurd numbers in the drawing.
        if isinstance(error, ValueError) or type(error).__module__ == "pyo3_runtime":
            raise ImageCorrupt("The SVG cannot be drawn.") from error
        raise
    finally:
        threading.stack_size(before)


def _fitted(data: bytes, width: int, height: int) -> str:
    """Give the root this size; the drawing is stretched to it, as a planned size is rounded from its own."""
    root = fromstring(data)
    fonts.name_ours(root)
    if _view_box(root) is None:
        natural = size(data)
        root.set("viewBox", f"0 0 {natural[0]} {natural[1]}")
    root.attrib |= {"width": str(width), "height": str(height), "preserveAspectRatio": "none"}
    return tostring(root, encoding="unicode")


def _length(text: str | None) -> float | None:
    """Read an absolute length above zero, in pixels; None for percentages and nonsense."""
    match = _LENGTH.match(text or "")
    scale = _PIXELS_PER_UNIT.get(match[2].lower()) if match else None
    value = float(match[1]) * scale if match and scale else 0.0
    return value if 0 < value < math.inf else None


def _view_box(root: Element) -> tuple[float, float, float, float] | None:
    try:
        x, y, width, height = map(float, re.split(r"[\s,]+", root.get("viewBox", "").strip()))
    except ValueError:
        return None
    usable = all(map(math.isfinite, (x, y, width, height))) and min(width, height) > 0
    return (x, y, width, height) if usable else None


def _pixels_per_unit(root: Element) -> float:
    """Give the scale of the largest drawing: pixels for each unit of the root's coordinates."""
    natural = _natural_size(root)
    box = _view_box(root)
    units = box[2:] if box else natural
    return max(side / unit for side, unit in zip(_largest_drawing(*natural), units, strict=True))


def _whole(side: float) -> int:
    return int(min(max(1, round(min(side, _LARGEST_SIDE))), _LARGEST_SIDE))
