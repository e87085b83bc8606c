"""Colours, shapes and effects: each key that says by itself what is done to the pixels (contract, 3.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, cast

from calotype.dialects.imagekit import values
from calotype.dialects.imagekit.given import Given, Spelling
from calotype.operations.background import Background
from calotype.operations.base import Operation
from calotype.operations.blur import Blur
from calotype.operations.border import Border
from calotype.operations.colorize import Colorize
from calotype.operations.colour_replace import ColourReplace
from calotype.operations.colours import Colour
from calotype.operations.contrast_stretch import ContrastStretch
from calotype.operations.distort import Distort
from calotype.operations.fill import Fill
from calotype.operations.flip import Flip
from calotype.operations.gradient_overlay import DIRECTIONS, GradientOverlay
from calotype.operations.grayscale import Grayscale
from calotype.operations.models import (
    ChangeBackground,
    DropShadow,
    Edit,
    GenerativeFill,
    RemoveBackground,
    Retouch,
    Upscale,
    Variation,
)
from calotype.operations.opacity import Opacity
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from calotype.operations.shadow import Shadow
from calotype.operations.sharpen import Sharpen
from calotype.operations.trim import Trim
from calotype.operations.unsharp import Unsharp

SHARPEST = 10.0
"""The core's strongest sharpening; the vendor names no limit, and its converters write up to 200."""

SIGMAS, REACH = 3.0, 100.0
"""A Gaussian ends after so many deviations, and the core's after so many pixels."""

Nothing = tuple[()]
Done = Operation | Nothing
"""An operation, or an empty tuple where the value asks for nothing (`rt-0`)."""


def _flag(make: Callable[[], Operation]) -> Callable[[str], Operation]:
    def read(text: str) -> Operation:
        if text:
            raise ValueError("it takes no value.")
        return make()

    return read


def _sharpen(text: str) -> Operation:
    return Sharpen(amount=min(values.number(text), SHARPEST)) if text else Sharpen()


def _unsharp(text: str) -> Operation:
    if not text:
        return Unsharp()
    numbers = [values.number(part) for part in text.split("-")]
    if len(numbers) != 4:
        raise ValueError("radius-sigma-amount-threshold is expected.")
    radius, sigma, amount, threshold = numbers
    # The vendor writes `e-usm-0-5-1-0.05` itself (contract, 3.16): as in ImageMagick, the radius follows from sigma.
    reach = radius or min(SIGMAS * sigma, REACH)
    return Unsharp(radius=reach, sigma=sigma, amount=amount, threshold=threshold)


def _pieces(text: str, read: dict[str, tuple[str, Callable[[str], Any]]]) -> dict[str, Any]:
    """Read `name-value_…` into the fields that *read* names."""
    found = values.pieces(text, frozenset(read)) if text else {}
    return {read[name][0]: read[name][1](value) for name, value in found.items()}


_SHADOW: dict[str, tuple[str, Callable[[str], Any]]] = {
    "bl": ("blur", values.number),
    "st": ("strength", values.number),
    "x": ("x", values.signed),
    "y": ("y", values.signed),
}
_DROP_SHADOW: dict[str, tuple[str, Callable[[str], Any]]] = {
    "az": ("azimuth", values.number),
    "el": ("elevation", values.number),
    "st": ("strength", values.number),
}
_COLORIZE: dict[str, tuple[str, Callable[[str], Any]]] = {
    "co": ("colour", values.colour),
    "in": ("intensity", values.number),
}


def _direction(text: str) -> float:
    """Read degrees from 0 to 359, or the side or corner that the gradient runs to (`right_top` as `top_right`)."""
    name = text if text in DIRECTIONS else "_".join(reversed(text.split("_")))
    return DIRECTIONS[name] if name in DIRECTIONS else values.integer(text) % 360


_GRADIENT: dict[str, tuple[str, Callable[[str], Any]]] = {
    "ld": ("direction", _direction),
    "from": ("start", values.colour),
    "to": ("end", values.colour),
    "sp": ("stop", values.quantity),
}


def gradient(text: str) -> GradientOverlay:
    """Read `ld-…_from-…_to-…_sp-…`, any of them, in any order."""
    return GradientOverlay(**_pieces(text, _GRADIENT))


def _colour_replace(text: str) -> Operation:
    to, *rest = text.split("_")
    if len(rest) > 2:
        raise ValueError("a colour, a tolerance and the colour to replace are expected.")
    fields: dict[str, Any] = {"to": values.colour(to)}
    if rest:
        fields["tolerance"] = values.number(rest[0])
    if len(rest) == 2:
        fields["source"] = values.colour(rest[1])
    return ColourReplace(**fields)


def _distort(text: str) -> Done:
    kind, _, value = text.partition("-")
    if kind == "a":
        arc = values.signed(value)
        return Distort(arc=arc) if arc else ()
    numbers = [values.signed(part) for part in value.split("_")]
    if kind != "p" or len(numbers) != 8:
        raise ValueError("p- and the x and y of four corners, or a- and degrees, are expected.")
    corners = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return Distort(perspective=cast("Any", corners))


def _prompt(text: str) -> str:
    """Read `prompt-<text>`, or `prompte-<base64>`."""
    kind, _, value = text.partition("-")
    readers = {"prompt": values.decoded, "prompte": values.from_base64}
    if kind not in readers:
        raise ValueError("prompt- and a text, or prompte- and its base64, are expected.")
    return readers[kind](value)


def _blur(text: str) -> Operation:
    """Read a radius: as in CSS filters, it is the standard deviation."""
    radius = values.number(text)
    values.within(radius, 1, 100)
    return Blur(sigma=radius)


def _trim(text: str) -> Done:
    if text == "false":
        return ()
    return Trim(threshold=values.integer(text)) if text else Trim()


def _flip(text: str) -> Operation:
    sides = text.split("_")
    if len(sides) != len(set(sides)) or not {"h", "v"}.issuperset(sides):
        raise ValueError("h, v or h_v is expected.")
    return Flip(horizontal="h" in sides, vertical="v" in sides)


def _opacity(text: str) -> Done:
    percent = values.number(text)
    return Opacity(percent=percent) if percent != 100 else ()


def _angle(text: str) -> float | None:
    """Read clockwise degrees; None for `auto`, which every picture gets anyway."""
    return None if text == "auto" else values.signed(text) % 360


def corners(text: str) -> Round | Nothing:
    """Read one radius, or four from the top left on; `max` makes a circle of a square."""
    radii = [_radius(part) for part in text.split("_")]
    if len(radii) not in {1, 4}:
        raise ValueError("one radius or four are expected.")
    if not any(radii):
        return ()
    return Round.all(radii[0]) if len(radii) == 1 else Round(corners=cast("Any", tuple(radii)))


def _radius(text: str) -> float | Literal["max"]:
    return "max" if text == "max" else values.number(text)


def _border(text: str) -> Done:
    """Read `<width>_<colour>`; the width may be an expression, and older pages write `<width>-<colour>`."""
    width, separator, colour = text.rpartition("_" if "_" in text else "-")
    if not separator:
        raise ValueError("a width, _ and a colour are expected.")
    thickness = values.quantity(width)
    return Border(width=thickness, colour=values.colour(colour)) if thickness != 0 else ()


def _background(text: str) -> Fill | GenerativeFill:
    kind, _, prompt = text.partition("-")
    if kind == "genfill":
        return GenerativeFill(prompt=_prompt(prompt) if prompt else "")
    return values.fill(text)


EFFECTS: dict[str, Spelling] = {
    "t": Spelling(_trim, "cut off what surrounds the picture", flag=True),
    "e-bgremove": Spelling(_flag(RemoveBackground), "remove the background", flag=True),
    "e-removedotbg": Spelling(_flag(RemoveBackground), "remove the background", flag=True),
    "e-changebg": Spelling(lambda text: ChangeBackground(prompt=_prompt(text)), "change the background"),
    "e-edit": Spelling(lambda text: Edit(prompt=_prompt(text)), "edit as the prompt says"),
    "e-retouch": Spelling(_flag(Retouch), "retouch", flag=True),
    "e-upscale": Spelling(_flag(Upscale), "enlarge, inventing detail", flag=True),
    "e-genvar": Spelling(_flag(Variation), "make a variation", flag=True),
    "e-dropshadow": Spelling(
        lambda text: DropShadow(**_pieces(text, _DROP_SHADOW)), "cast a shadow", flag=True
    ),
    "cr": Spelling(_colour_replace, "replace a colour"),
    "e-contrast": Spelling(_flag(ContrastStretch), "stretch the contrast", flag=True),
    "e-grayscale": Spelling(_flag(Grayscale), "grayscale", flag=True),
    "e-colorize": Spelling(lambda text: Colorize(**_pieces(text, _COLORIZE)), "tint", flag=True),
    "e-sharpen": Spelling(_sharpen, "sharpen", flag=True),
    "e-usm": Spelling(_unsharp, "unsharp mask", flag=True),
    "e-gradient": Spelling(gradient, "draw a gradient over it", flag=True),
    "e-distort": Spelling(_distort, "distort"),
    "e-shadow": Spelling(lambda text: Shadow(**_pieces(text, _SHADOW)), "cast a shadow", flag=True),
    "o": Spelling(_opacity, "opacity"),
    "b": Spelling(_border, "border"),
    "r": Spelling(corners, "rounded corners"),
    "fl": Spelling(_flip, "mirror"),
    "bl": Spelling(_blur, "blur"),
}
"""Keys that are an operation by themselves, in the order in which those of one stage apply."""

APPEARANCE: dict[str, Spelling] = {
    **EFFECTS,
    "bg": Spelling(_background, "background"),
    "rt": Spelling(_angle, "rotate"),
}


@dataclass(frozen=True, slots=True)
class Backdrop:
    """What `bg` comes to."""

    fill: Fill | None = None
    """What a padded canvas shows."""
    generated: GenerativeFill | None = None
    """What paints the canvas instead."""
    colour: Colour | None = None
    """What shines through everything transparent."""


def backdrop(given: Given) -> Backdrop:
    """Read the background of a step. Under an opacity it is opaque, whatever it says (contract, 3.7)."""
    background = given.get("bg")
    if isinstance(background, GenerativeFill):
        return Backdrop(generated=background)
    if isinstance(background, Colour):
        colour = background.model_copy(update={"opacity": 1.0}) if "o" in given else background
        return Backdrop(colour, colour=colour)
    return Backdrop(background)


def effects(given: Given, behind: Backdrop) -> tuple[Operation, ...]:
    """List the operations of a step's appearance."""
    operations = [given.get(key) for key in EFFECTS if key in given]
    if behind.colour is not None:
        operations.append(Background(colour=behind.colour))
    angle = given.get("rt")
    if angle is None:
        given.ignore("every picture is upright", "rt")
    elif angle and behind.colour is not None:
        operations.append(Rotate(angle=angle, background=behind.colour))
    elif angle:
        operations.append(Rotate(angle=angle))
    return tuple(operation for operation in operations if operation != ())
