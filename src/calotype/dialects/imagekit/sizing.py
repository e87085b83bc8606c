"""Width, height, crop and focus: a dozen keys that together are one resize, extract or pad (contract, 3.4 and 3.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from calotype.dialects.imagekit import values
from calotype.dialects.imagekit.given import DIMENSION, Given, Hints, Spelling
from calotype.operations.base import Operation
from calotype.operations.boxes import DPR_EDGE
from calotype.operations.colours import BLACK, CLEAR, Colour
from calotype.operations.extract import Extract
from calotype.operations.fill import Fill
from calotype.operations.focus import Custom, Faces, Focus, Gravity, Interest, Objects, Point
from calotype.operations.pad import Pad
from calotype.operations.quantities import Quantity
from calotype.operations.resize import NEVER_ENLARGES, Fit, Resize

AUTO = "auto"
HINT_STEP = 100
"""A width from a client's hint is rounded up to a multiple of it, so that it does not split the cache."""
DPR_LOW, DPR_HIGH = 0.1, 5.0

FITS: dict[str, Fit] = {
    "maintain_ratio": Fit.COVER,
    "maintain_ratio_no_enlarge": Fit.COVER_WITHIN,
    "force": Fit.STRETCH,
    "at_max": Fit.INSIDE,
    "at_max_enlarge": Fit.INSIDE_ENLARGE,
    "at_least": Fit.OUTSIDE,
    "pad_resize": Fit.PAD,
    "pad_resize_no_enlarge": Fit.PAD_WITHIN,
}
"""Crop strategies that resize."""
UNSCALED = ("extract", "pad_extract", "pad_extract_no_shrink")
"""Crop strategies that do not."""
STRATEGIES = {name: name for name in (*FITS, *UNSCALED)}

_COVERS = frozenset({Fit.COVER, Fit.COVER_WITHIN})
_PADS = frozenset({Fit.PAD, Fit.PAD_WITHIN})
_POINT = ("x", "y", "xc", "yc")
_ALL = ("c", "cm", "ar", "fo", "z", "dpr", *_POINT)

# COCO's classes, as the vendor writes them (contract, 3.5).
OBJECTS = frozenset({
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "trafficLight", "fireHydrant", "stopSign", "parkingMeter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sportsBall", "kite",
    "baseballBat", "baseballGlove", "skateboard", "surfboard", "tennisRacket", "bottle",
    "wineGlass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hotDog", "pizza", "donut", "cake", "chair", "couch", "pottedPlant",
    "bed", "diningTable", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cellPhone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
    "teddyBear", "hairDrier", "toothbrush",
})  # fmt: skip


def _strategy(text: str) -> str:
    return values.chosen(text, STRATEGIES)


def _focus(text: str) -> Focus:
    if text in _FOCI:
        return _FOCI[text]
    names = tuple(text.split("_"))
    if not OBJECTS.issuperset(names):
        raise ValueError(f"one of {', '.join(_FOCI)} or names of objects (COCO) is expected.")
    return Objects(names=tuple(sorted(set(names))))


_FOCI: dict[str, Focus] = {
    **{gravity.value: gravity for gravity in Gravity},
    "auto": Interest.ATTENTION,
    "custom": Custom(),
    "face": Faces(),
}


def _zoom(text: str) -> float:
    zoom = values.number(text)
    values.within(zoom, 0.01, 100)
    return zoom


def _width(text: str) -> Quantity | str:
    return AUTO if text == AUTO else values.length(text)


def _dpr(text: str) -> Quantity | str:
    if text == AUTO:
        return AUTO
    dpr = values.quantity(text)
    if isinstance(dpr, float):
        values.within(dpr, DPR_LOW, DPR_HIGH)
    return dpr


SIZING: dict[str, Spelling] = {
    "w": Spelling(_width, "width", largest=DIMENSION),
    "h": Spelling(values.length, "height", largest=DIMENSION),
    "ar": Spelling(values.ratio, "width over height"),
    "c": Spelling(_strategy, "crop strategy"),
    "cm": Spelling(_strategy, "crop strategy"),
    "fo": Spelling(_focus, "focus"),
    "z": Spelling(_zoom, "zoom of the focus"),
    "x": Spelling(values.offset, "left edge of the region", largest=DIMENSION),
    "y": Spelling(values.offset, "top edge of the region", largest=DIMENSION),
    "xc": Spelling(values.offset, "middle of the region, across", largest=DIMENSION),
    "yc": Spelling(values.offset, "middle of the region, down", largest=DIMENSION),
    "dpr": Spelling(_dpr, "device pixel ratio"),
}


@dataclass(frozen=True, slots=True)
class Sizing:
    """The one operation that a step's sizing keys come to, and what followed from the client's hints."""

    operation: Operation | None = None
    padded: bool = False
    """Whether a background has a canvas to fill."""
    content_dpr: float | None = None
    """What `Content-DPR` says; None without hints."""


def sizing(given: Given, hints: Hints, background: Fill | None) -> Sizing:
    """Put the sizing keys of *given* together; *background* is what a canvas shows."""
    width, dpr, content_dpr = _hinted(given, hints)
    if width is None and "h" not in given:
        return Sizing(_unsized(given))
    strategy = _chosen_strategy(given)
    if width is not None and "h" in given:
        given.ignore("both width and height are given", "ar")
    box: dict[str, Any] = {"width": width, "height": given.get("h"), "ratio": given.get("ar"), "dpr": dpr}
    if None in (width, box["height"]) and box["ratio"] is None:
        return Sizing(_one_side(given, box, strategy), content_dpr=content_dpr)
    if strategy == "extract":
        return Sizing(Extract(**box, focus=_extracted(given)), content_dpr=content_dpr)
    given.ignore("only cm-extract takes a region", *_POINT)
    if strategy in UNSCALED:
        pad = Pad(**box, shrink=strategy == "pad_extract", focus=_side(given), fill=_canvas(background))
        return Sizing(pad, padded=True, content_dpr=content_dpr)
    fit = FITS[strategy]
    if fit in _PADS:
        resize = Resize(**box, fit=fit, focus=_side(given), fill=_canvas(background))
    else:
        resize = Resize(**box, fit=fit, focus=_kept(given, fit))
    return Sizing(resize, padded=fit in _PADS, content_dpr=content_dpr)


def _hinted(given: Given, hints: Hints) -> tuple[Quantity | None, Quantity | None, float | None]:
    """Put the client's hints in the place of `auto`; answer width, ratio and the ratio that the result has.

    A width hint is in device pixels already, so the ratio is not applied to it again (contract, 3.4).
    """
    width, dpr = given.get("w"), given.get("dpr")
    if width == AUTO:
        width = None if hints.width is None else float(-(-hints.width // HINT_STEP) * HINT_STEP)
        ratio = _ratio(given, None if dpr == AUTO else dpr, width)
        return width, ratio, _content_dpr(width, ratio, hints)
    if dpr != AUTO:
        return width, _ratio(given, dpr, width), None
    hinted = None if hints.dpr is None else float(min(max(hints.dpr, DPR_LOW), DPR_HIGH))
    ratio = _ratio(given, hinted, width)
    return width, ratio, hinted if ratio is not None or hinted == 1 else None


def _ratio(given: Given, dpr: Quantity | None, width: Quantity | None) -> Quantity | None:
    """Leave out a ratio that makes too much or too little of what is asked for; and one is no ratio."""
    sides = [side for side in (width, given.get("h")) if isinstance(side, float)]
    if isinstance(dpr, float) and not all(1 <= side * dpr <= DPR_EDGE for side in sides):
        given.ignore(f"the result would be below 1 pixel or above {DPR_EDGE}", "dpr")
        return None
    return None if dpr == 1 else dpr


def _content_dpr(width: float | None, ratio: Quantity | None, hints: Hints) -> float | None:
    """Divide the width that comes out by that of the layout; only the picture tells what an expression makes of it."""
    times = 1.0 if ratio is None else ratio
    if width is None or not hints.width or not hints.dpr or not isinstance(times, float):
        return None
    return round(width * times / (hints.width / hints.dpr), 2)


def _chosen_strategy(given: Given) -> str:
    if "cm" in given:
        given.ignore("cm is given too", "c")
    strategy: str = given.get("cm") or given.get("c") or "maintain_ratio"
    return strategy


def _unsized(given: Given) -> Operation | None:
    """Without a size only a focus on things can change anything: a tight crop around them."""
    focus = given.get("fo")
    if isinstance(focus, Faces | Objects):
        return Resize(ratio=given.get("ar"), focus=_zoomed(given, focus))
    region = given.get("cm", given.get("c")) == "extract" and isinstance(focus, Custom)
    if region:
        return Extract(focus=Custom())
    given.ignore("neither width nor height is given", *_ALL)
    return None


def _one_side(given: Given, box: dict[str, Any], strategy: str) -> Operation:
    """With one side there is nothing to crop or to pad: all that is left of a strategy is whether it enlarges."""
    focus = given.get("fo")
    if isinstance(focus, Faces | Objects):
        return Resize(**box, focus=_zoomed(given, focus))
    given.ignore("with one side alone nothing is cropped or padded", "fo", "z", *_POINT)
    within = FITS.get(strategy) in NEVER_ENLARGES
    return Resize(**box, fit=Fit.INSIDE if within else Fit.COVER)


def _extracted(given: Given) -> Focus:
    if "xc" in given or "yc" in given:
        given.ignore("the region's middle is given", "x", "y", "fo", "z")
        return Point(x=given.get("xc"), y=given.get("yc"), centre=True)
    if "x" in given or "y" in given:
        given.ignore("the region's corner is given", "fo", "z")
        return Point(x=given.get("x"), y=given.get("y"))
    return _zoomed(given, given.get("fo", Gravity.CENTER))


def _kept(given: Given, fit: Fit) -> Focus:
    """Say what survives a crop; where nothing is cropped, nothing needs to."""
    if fit not in _COVERS:
        given.ignore("nothing is cropped", "fo", "z")
    return _zoomed(given, given.get("fo", Gravity.CENTER))


def _side(given: Given) -> Gravity:
    """Say where on a canvas the picture lies."""
    focus = given.get("fo", Gravity.CENTER)
    if isinstance(focus, Gravity):
        return focus
    given.ignore("a picture lies on a canvas by its side or corner", "fo", "z")
    return Gravity.CENTER


def _zoomed(given: Given, focus: Focus) -> Focus:
    if not isinstance(focus, Faces | Objects):
        given.ignore("only a focus on faces or objects zooms", "z")
        return focus
    return focus.model_copy(update={"zoom": given.get("z", 1.0)})


def _canvas(background: Fill | None) -> Fill:
    """Leave a canvas clear where its colour is not opaque: the background is laid below all of it once."""
    if isinstance(background, Colour) and not background.is_opaque:
        return CLEAR
    return background or BLACK


def hint(text: str) -> float | None:
    """Read a client hint's number (Sec-CH-Width, Sec-CH-DPR); None for anything else."""
    try:
        value = values.number(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
