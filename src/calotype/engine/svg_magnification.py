"""How much an SVG element enlarges what it holds, and how large a pattern's tile is, read off its attributes.

Law: an estimate that refuses the plain cases in clear words. Transforms in style sheets, percentages and tiles
measured in bounding boxes are not followed; the drawing at ingest proves what this lets pass.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

_FUNCTION = re.compile(r"\b(\w++)\s*+\(([^()]*+)\)")
_NUMBER = re.compile(r"[-+]?(?:\d++\.?\d*+|\.\d++)(?:e[-+]?\d{1,3})?", re.IGNORECASE)
_LENGTH = re.compile(rf"\s*+({_NUMBER.pattern})(?:px)?\s*+\Z", re.IGNORECASE)

_FACTORS: dict[str, Callable[[Sequence[float]], float]] = {
    "scale": lambda by: max(map(abs, by)),
    "matrix": lambda by: max(math.hypot(*by[0:2]), math.hypot(*by[2:4])),
    "skewX": lambda by: 1 / max(abs(math.cos(math.radians(by[0]))), 1e-9),
    "skewY": lambda by: 1 / max(abs(math.cos(math.radians(by[0]))), 1e-9),
}
"""How much each transform function enlarges at most; those that are not here only move and turn."""
_SIDES = {"marker": ("markerWidth", "markerHeight")}


def magnification(element: Element) -> float:
    """Say by what factor (over 0) *element* enlarges its contents: its transforms, and its `viewBox`."""
    transforms = f"{element.get('transform', '')} {element.get('patternTransform', '')}"
    factor = math.prod(_factor(*function) for function in _FUNCTION.findall(transforms))
    return max(factor * _fit(element), 1e-12)  # what is shrunk to nothing would hide what is inside


def tile_side(element: Element) -> float:
    """Give the longer side of a pattern's tile in the units of what it paints; 0 when it depends on that."""
    if element.tag != "pattern" or element.get("patternUnits") != "userSpaceOnUse":
        return 0.0
    factor = math.prod(_factor(*each) for each in _FUNCTION.findall(element.get("patternTransform", "")))
    return factor * max(_length(element.get(name)) for name in ("width", "height"))


def _factor(name: str, arguments: str) -> float:
    numbers = [float(number) for number in _NUMBER.findall(arguments)]
    return _FACTORS[name](numbers) if name in _FACTORS and numbers else 1.0


def _fit(element: Element) -> float:
    """Say how much a `viewBox` is stretched to fit a viewport whose size is written beside it."""
    box = [float(number) for number in _NUMBER.findall(element.get("viewBox", ""))]
    if len(box) != 4 or min(box[2:]) <= 0:
        return 1.0
    sides = (_length(element.get(name)) for name in _SIDES.get(element.tag, ("width", "height")))
    return max((side / unit for side, unit in zip(sides, box[2:], strict=True) if side), default=1.0)


def _length(text: str | None) -> float:
    match = _LENGTH.match(text or "")
    return abs(float(match[1])) if match else 0.0
