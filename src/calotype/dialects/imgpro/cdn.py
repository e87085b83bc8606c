"""The grammar of img.pro's delivery URLs: `{cdn}/{storage}/{id}.{ext}?size=…&w=…&blur=…`. Pure.

Law (contract, 7): parameters come in any order, an invalid value is ignored and never an error; an
unknown name is no image. The parameters are those of Cloudflare Images, whose ranges the contract gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote_plus

from calotype.domain.assets import ID
from calotype.domain.formats import BY_EXTENSION, FORMATS, Format
from calotype.domain.transformations import OUTPUTS, OutputWish, Transformation
from calotype.domain.words import Word
from calotype.operations import Fit, Operation, Resize
from calotype.operations.base import EDGE
from calotype.operations.blur import Blur
from calotype.operations.brightness import Brightness
from calotype.operations.colours import WHITE
from calotype.operations.contrast import Contrast
from calotype.operations.fill import Blurred
from calotype.operations.focus import Faces, Focus, Gravity, Interest, Point
from calotype.operations.gamma import Gamma
from calotype.operations.models import RemoveBackground
from calotype.operations.quantities import Share
from calotype.operations.saturation import Saturation
from calotype.operations.sharpen import Sharpen
from calotype.operations.steps import Step
from calotype.operations.turn import Turn

SIZES = {"s": Resize(short_edge=320), "m": Resize(short_edge=640), "l": Resize(short_edge=1080)}
"""Short edges in pixels (img.pro's API reference, "Sizes")."""

SOCIAL_SIZE = (1200, 630)
SOCIAL = Resize(width=SOCIAL_SIZE[0], height=SOCIAL_SIZE[1], fit=Fit.PAD, fill=Blurred(brightness=-20))
"""What other sites show as a card: padded, so that nothing is cut (contract, 7.1)."""

_FITS = {
    "scale-down": Fit.INSIDE,
    "contain": Fit.INSIDE_ENLARGE,
    "cover": Fit.COVER,
    "crop": Fit.COVER,
    "pad": Fit.PAD,
}
_GRAVITIES: dict[str, Focus] = {
    "auto": Interest.ATTENTION,
    "face": Faces(),
    "center": Gravity.CENTER,
    "left": Gravity.LEFT,
    "right": Gravity.RIGHT,
    "top": Gravity.TOP,
    "bottom": Gravity.BOTTOM,
}
_METADATA = ("keep", "copyright", "none")
_FORMATS = {"jpg": Format.JPEG} | {
    format_.value: format_ for format_ in (Format.JPEG, Format.PNG, Format.WEBP, Format.AVIF, Format.GIF)
}


@dataclass(frozen=True, slots=True)
class Address:
    """What a delivery URL names: an asset of a storage, and what is wished of it."""

    storage: str
    asset_id: str
    wish: Transformation
    unnamed: bool = False
    """Whether more is wished than a named size and a format."""
    words: tuple[Word, ...] = field(default=(), compare=False)
    """Each parameter, where it stands in the URL, and what became of it."""


@dataclass(slots=True)
class _Wishes:
    """What the parameters ask for, before it is put in order."""

    size: Resize | None = None
    width: int | None = None
    height: int | None = None
    fit: Fit = Fit.INSIDE
    gravity: Focus = Gravity.CENTER
    quarters: int = 0
    format: Format | None = None
    quality: int | None = None
    metadata: str = ""
    effects: dict[str, Operation] = field(default_factory=dict)

    def resize(self) -> Resize | None:
        """Give the resize: a box wins over a named size."""
        if self.width is None and self.height is None:
            return self.size
        focus = Gravity.CENTER if self.fit is Fit.PAD else self.gravity
        return Resize(width=self.width, height=self.height, fit=self.fit, focus=focus, fill=WHITE)

    def output(self, extension: Format) -> OutputWish:
        """Give what is asked of the encoder."""
        return OutputWish(
            self.format or extension,
            quality=self.quality,
            keep_metadata=self.metadata == "keep",
            keep_copyright=self.metadata == "copyright",
            drop_metadata=self.metadata == "none",
        )


def parse(path: str, query: str, at: int = 0) -> Address | None:
    """Read *path* (below the CDN's base, no leading slash) and *query*; None when they name no image.

    *at* is where *path* stands in the URL, for the positions of the words.
    """
    storage, slash, file_name = path.partition("/")
    asset_id, dot, extension = file_name.partition(".")
    format_ = BY_EXTENSION.get(extension)
    if not (slash and dot and format_ and ID.match(asset_id)):
        return None
    wishes = _Wishes()
    words = tuple(_read(query, at + len(path) + 1, wishes))
    wish = _transformation(wishes, format_)
    named = _transformation(_Wishes(size=wishes.size, format=wishes.format), format_)
    return Address(storage, asset_id, wish, unnamed=wish != named, words=words)


def serves(wish: Transformation, stored: Format) -> bool:
    """Say whether an extension fits a source: any format that we write, or the one it came in."""
    format_ = wish.output.format
    return format_ is None or FORMATS[format_].output or format_ is stored


def _transformation(wishes: _Wishes, extension: Format) -> Transformation:
    """Turn first (width and height are those of the turned picture), then resize, then change the pixels."""
    resize = wishes.resize()
    steps = (
        Step((Turn(quarters=wishes.quarters),) if wishes.quarters else ()),
        Step((*((resize,) if resize else ()), *wishes.effects.values())),
    )
    return Transformation(tuple(step for step in steps if step.operations), wishes.output(extension))


def _read(query: str, at: int, wishes: _Wishes) -> Iterator[Word]:
    """Take over every parameter that is valid; the first of a name counts."""
    seen = set[str]()
    for part in query.split("&"):
        name, _, raw = part.partition("=")
        name = unquote_plus(name)
        if part:
            repeated = name in seen
            seen.add(name)
            meaning = "" if repeated else _taken(name, unquote_plus(raw), wishes)
            why = (
                "ignored: it was given before" if repeated else "ignored: no such parameter, or no such value"
            )
            yield Word(part, at, meaning or why, ignored=not meaning)
        at += len(part) + 1


def _taken(name: str, value: str, wishes: _Wishes) -> str:
    """Take *value* over and say what it means; nothing when it is none."""
    parameter = PARAMETERS.get(name)
    try:
        return parameter.take(value, wishes) if parameter else ""
    except (ValueError, KeyError):
        return ""


def _size(value: str, wishes: _Wishes) -> str:
    wishes.size = SOCIAL if value == "social" else SIZES[value]
    return "1200x630, padded" if value == "social" else f"short edge at {wishes.size.short_edge} px"


def _width(value: str, wishes: _Wishes) -> str:
    wishes.width = _whole(value, 1, EDGE)
    return f"width {wishes.width} px"


def _height(value: str, wishes: _Wishes) -> str:
    wishes.height = _whole(value, 1, EDGE)
    return f"height {wishes.height} px"


def _fit(value: str, wishes: _Wishes) -> str:
    wishes.fit = _FITS[value]
    return f"fit: {wishes.fit.value}"


def _gravity(value: str, wishes: _Wishes) -> str:
    across, x, down = value.partition("x")
    wishes.gravity = _point(across, down) if x and across != "ma" else _GRAVITIES[value]
    return f"what stays in view: {value}"


def _point(across: str, down: str) -> Focus:
    x, y = _number(across, 0, 1), _number(down, 0, 1)
    return Point(x=_share(x), y=_share(y), centre=True)


def _share(value: float) -> Share:
    """Say 0 and 1 as the share that is nearest to them; a point on the edge is moved inside anyway."""
    return Share(of=min(max(value, 1e-6), 1 - 1e-6))


def _rotate(value: str, wishes: _Wishes) -> str:
    wishes.quarters = {"0": 0, "90": 1, "180": 2, "270": 3}[value]
    return f"turned by {value} degrees"


def _format(value: str, wishes: _Wishes) -> str:
    wishes.format = _FORMATS[value]
    return f"format {wishes.format.value}"


def _quality(value: str, wishes: _Wishes) -> str:
    wishes.quality = _whole(value, 1, 100)
    return f"quality {wishes.quality}"


def _metadata(value: str, wishes: _Wishes) -> str:
    if value not in _METADATA:
        raise ValueError(value)
    wishes.metadata = value
    return f"metadata: {value}"


def _segment(value: str, wishes: _Wishes) -> str:
    wishes.effects["segment"] = {"foreground": RemoveBackground()}[value]
    return "transparent but for the foreground"


class Parameter(NamedTuple):
    """How a parameter is taken over, which values it takes, what it is for, and one that the reference shows."""

    take: Callable[[str, _Wishes], str]
    """Answers what the value means; raises ValueError or KeyError when it is none."""
    values: str
    meaning: str
    example: str


def _effect(
    name: str,
    make: Callable[[float], Operation],
    low: float,
    high: float,
    meaning: str,
    neutral: tuple[float, ...] = (),
) -> Parameter:
    def take(value: str, wishes: _Wishes) -> str:
        number = _number(value, low, high)
        if number not in neutral:
            wishes.effects[name] = make(number)
        return f"{name} {number:g}"

    same = f" ({' and '.join(f'{each:g}' for each in neutral)}: unchanged)" if neutral else ""
    return Parameter(take, f"{low:g} to {high:g}{same}", meaning, "1.5")


def _quality_told() -> str:
    formats = ", ".join(
        f"{format_.name} {OUTPUTS[format_].quality}" for format_ in (Format.JPEG, Format.WEBP, Format.AVIF)
    )
    return f"Quality of a lossy format. Without it the workspace's policy counts, else {formats}."


_EDGES = f"1 to {EDGE:,}"
PARAMETERS: Mapping[str, Parameter] = {
    "size": Parameter(_size, "s, m, l or social", "A named size. A box (`w`, `h`) wins over it.", "m"),
    "w": Parameter(_width, _EDGES, "Width of the box, in pixels.", "300"),
    "h": Parameter(_height, _EDGES, "Height of the box, in pixels.", "200"),
    "fit": Parameter(
        _fit, ", ".join(_FITS), "How the picture goes into the box; scale-down without it.", "cover"
    ),
    "gravity": Parameter(
        _gravity,
        f"{', '.join(_GRAVITIES)}, or a point such as 0.5x0.3",
        "What stays in view when something is cut off; center without it. A point is a share of the width and of the "
        "height.",
        "0.5x0.3",
    ),
    "rotate": Parameter(
        _rotate,
        "0, 90, 180 or 270",
        "Degrees clockwise, before anything else: the box is for the turned picture.",
        "90",
    ),
    "format": Parameter(
        _format, ", ".join(_FORMATS), "The output format. It wins over the extension.", "webp"
    ),
    "quality": Parameter(_quality, "1 to 100", _quality_told(), "60"),
    "metadata": Parameter(
        _metadata,
        "keep, copyright or none",
        "EXIF, XMP and IPTC. `none`: not even where the URL would be the original's; `copyright`: the notice of EXIF "
        "alone; `keep`: in variants, too, but no thumbnail, no maker note, and no place.",
        "none",
    ),
    "brightness": _effect(
        "brightness", lambda each: Brightness(factor=each), 0, 10, "Factor of brightness.", (1,)
    ),
    "contrast": _effect("contrast", lambda each: Contrast(factor=each), 0, 10, "Factor of contrast.", (1,)),
    "gamma": _effect("gamma", lambda each: Gamma(exponent=each), 0, 10, "Exponent of gamma.", (0, 1)),
    "saturation": _effect(
        "saturation", lambda each: Saturation(factor=each), 0, 10, "Factor of saturation; 0 is grey.", (1,)
    ),
    "blur": _effect("blur", lambda each: Blur(sigma=each), 1, 250, "Radius of the blur, in pixels."),
    "sharp": _effect("sharp", lambda each: Sharpen(amount=each), 0, 10, "Strength of sharpening.", (0,)),
    "segment": Parameter(
        _segment,
        "foreground",
        "Make all but the subject transparent, by a model that the operator has set up; 501 without one.",
        "foreground",
    ),
}
"""Every parameter of a delivery URL."""


def _whole(value: str, low: int, high: int) -> int:
    number = int(value) if value.isascii() and value.isdigit() else -1
    if not low <= number <= high:
        raise ValueError(value)
    return number


def _number(value: str, low: float, high: float) -> float:
    plain = value.isascii() and value.replace(".", "", 1).isdigit() and len(value) <= 20
    number = float(value) if plain else -1.0
    if not low <= number <= high:
        raise ValueError(value)
    return number
