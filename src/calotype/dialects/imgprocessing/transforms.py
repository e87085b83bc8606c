"""Resize, crop, rotate, mirror, convert, blur and modulate: an image, changed, as a new one (contract, 3.6 to 3.12).

Law: every field is checked before anything is made, and all that is wrong is said at once. What an image is made
from stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse

from calotype.dialects.imgprocessing import values, wire
from calotype.dialects.imgprocessing.callers import caller_of
from calotype.dialects.imgprocessing.colours import colour
from calotype.dialects.imgprocessing.creating import created
from calotype.dialects.imgprocessing.fields import members_of
from calotype.dialects.imgprocessing.values import Members, asset_id_of
from calotype.domain.assets import Asset
from calotype.domain.formats import Format
from calotype.domain.transformations import OutputWish, Transformation
from calotype.operations.base import Operation
from calotype.operations.blur import Blur
from calotype.operations.colours import BLACK
from calotype.operations.crop import Crop
from calotype.operations.flip import Flip
from calotype.operations.focus import Gravity
from calotype.operations.layer import ImageSource
from calotype.operations.levels import Levels
from calotype.operations.modulate import Modulate
from calotype.operations.resize import Fit, Resize
from calotype.operations.rotate import Rotate
from calotype.operations.steps import Step
from calotype.ports import Platform
from calotype.services.access import Caller
from calotype.services.delivery import Delivery
from calotype.services.planner import NO_LAYERS
from calotype.services.transforming import source_of, transform
from calotype.settings import Settings
from calotype.web.departures import unless_client_leaves

Reader = Callable[[Members, Asset, Settings], Transformation]
"""Reads what to make of an asset, and checks all members, the `name` included, before it words it."""

SIDE_MAX = 10_000
"""The longest side in pixels that may be asked for."""
SIGMA = 20.0
SIGMA_MAX = 1000
QUALITY = QUALITY_MAX = 100

FITS = {"cover": Fit.COVER, "contain": Fit.PAD, "fill": Fit.STRETCH}
POSITIONS = {gravity.value.replace("_", "-"): gravity for gravity in Gravity}
UNITS: Mapping[str, Callable[[float], float]] = {
    "degrees": lambda angle: math.fmod(angle, 360),
    # Reduced before it is converted: a whole turn more changes nothing, but may be more than a number holds.
    "radians": lambda angle: math.degrees(math.fmod(angle, math.tau)),
}
MIRRORS = {
    "horizontal": Flip(horizontal=True),
    "vertical": Flip(vertical=True),
    "both": Flip(horizontal=True, vertical=True),
}
FORMATS = {"jpeg": Format.JPEG, "jpg": Format.JPEG, "png": Format.PNG, "webp": Format.WEBP}

MULTIPLIER_MAX = 100
HUE_MAX = 36_000
"""A hundred whole turns, in degrees: more is a mistake."""
LEVEL_MAX = 100

MULTIPLIERS: Mapping[str, values.Parser[float]] = {
    "brightness": values.number(0, MULTIPLIER_MAX),
    "saturation": values.number(0, MULTIPLIER_MAX),
    "hue": values.integer(-HUE_MAX, HUE_MAX),
    "lightness": values.number(-LEVEL_MAX, LEVEL_MAX),
}
"""What `modulate` took in 2024."""
LEVELS: Mapping[str, values.Parser[float]] = {
    name: values.number(-LEVEL_MAX, LEVEL_MAX)
    for name in ("brightness", "contrast", "saturation", "exposure")
}
"""What it takes since 2025."""


async def resize(platform: Platform, request: Request) -> JSONResponse:
    """Make an image of another size."""
    return await _made(platform, request, _resized)


async def crop(platform: Platform, request: Request) -> JSONResponse:
    """Make an image of a rectangle of another."""
    return await _made(platform, request, _cropped)


async def rotate(platform: Platform, request: Request) -> JSONResponse:
    """Make an image that is turned clockwise."""
    return await _made(platform, request, _rotated)


async def mirror(platform: Platform, request: Request) -> JSONResponse:
    """Make an image that is mirrored."""
    return await _made(platform, request, _mirrored)


async def convert(platform: Platform, request: Request) -> JSONResponse:
    """Make an image of another format."""
    return await _made(platform, request, _converted)


async def blur(platform: Platform, request: Request) -> JSONResponse:
    """Make an image that is softer."""
    return await _made(platform, request, _blurred)


async def modulate(platform: Platform, request: Request) -> JSONResponse:
    """Make an image with other colours."""
    return await _made(platform, request, _modulated)


async def _made(platform: Platform, request: Request, read: Reader) -> JSONResponse:
    caller, members, asset = await asked(platform, request)
    name = members.optional("name", values.name)
    wish = read(members, asset, platform.settings)
    return await answered(platform, request, caller, asset, wish, name)


async def asked(platform: Platform, request: Request) -> tuple[Caller, Members, Asset]:
    """Find out who asks, with which members, and of which of their images."""
    caller = await caller_of(platform, request)
    members = await members_of(platform, request)
    asset = await source_of(platform, caller, asset_id_of(request.path_params["image_id"]))
    return caller, members, asset


async def answered(
    platform: Platform,
    request: Request,
    caller: Caller,
    asset: Asset,
    wish: Transformation,
    name: str | None,
    layers: Mapping[ImageSource, Asset] = NO_LAYERS,
) -> JSONResponse:
    """Make the image while its caller is there, and answer with it."""
    delivery: Delivery = request.app.state.delivery
    making = transform(platform, delivery, caller, asset, wish, name=name, layers=layers)
    stored = await unless_client_leaves(request.receive, making)
    return created(stored.asset, platform.settings)


def changed(asset: Asset, *operations: Operation) -> Transformation:
    """Word one step of *operations* on *asset*; the result keeps the format that the asset is shown in."""
    return Transformation((Step(operations),), OutputWish(wire.shown_format(asset.version.facts)))


def _resized(members: Members, asset: Asset, _: Settings) -> Transformation:
    side = values.integer(1, SIDE_MAX)
    width, height = members.optional("width", side), members.optional("height", side)
    if not members.has("width") and not members.has("height"):
        members.wrong("width", "is required where there is no height")
    fit = members.optional("fit", values.one_of([*FITS]), "fill")
    position = members.optional("position", values.one_of([*POSITIONS]), "center")
    fill = members.optional("letterbox_color", colour, BLACK)
    members.check()
    word = Resize(width=width, height=height, fit=FITS[fit], focus=POSITIONS[position], fill=fill)
    return changed(asset, word)


def _cropped(members: Members, asset: Asset, _: Settings) -> Transformation:
    facts = asset.version.facts
    left, right = _span(members, "x1", "x2", facts.width)
    top, bottom = _span(members, "y1", "y2", facts.height)
    members.check()
    return changed(asset, Crop(left=left, top=top, width=right - left, height=bottom - top))


def _span(members: Members, first: str, last: str, most: int) -> tuple[int, int]:
    """Read where something begins, and where it has ended, within *most* pixels."""
    begin = members.required(first, values.integer(0, most - 1))
    end = members.required(last, values.integer(1, most))
    if begin is not None and end is not None and begin >= end:
        members.wrong(last, f"must be above {first}")
    return begin, end


def _rotated(members: Members, asset: Asset, _: Settings) -> Transformation:
    angle = members.required("angle", values.number())
    unit = members.optional("unit", values.one_of([*UNITS]), "degrees")
    background = members.optional("background_color", colour, BLACK)
    members.check()
    return changed(asset, Rotate(angle=UNITS[unit](angle), background=background))


def _mirrored(members: Members, asset: Asset, _: Settings) -> Transformation:
    mode = members.required("mode", values.one_of([*MIRRORS]))
    members.check()
    return changed(asset, MIRRORS[mode])


def _converted(members: Members, _: Asset, __: Settings) -> Transformation:
    format_ = members.required("format", values.one_of([*FORMATS]))
    quality = members.optional("quality", values.integer(1, QUALITY_MAX), QUALITY)
    members.check()
    return Transformation((), OutputWish(FORMATS[format_], quality=quality))


def _blurred(members: Members, asset: Asset, _: Settings) -> Transformation:
    sigma = members.optional("sigma", values.number(1, SIGMA_MAX), SIGMA)
    members.check()
    return changed(asset, Blur(sigma=sigma))


def _modulated(members: Members, asset: Asset, settings: Settings) -> Transformation:
    """Read one generation's adjustments (contract, gap 9); the other's members mean nothing then."""
    old = {"multipliers": True, "levels": False}.get(
        settings.img_processing_modulate, members.has("hue") or members.has("lightness")
    )
    parsers = MULTIPLIERS if old else LEVELS
    given = {name: members.optional(name, parse) for name, parse in parsers.items() if members.has(name)}
    members.check()
    return changed(asset, (Modulate if old else Levels).model_validate(given))
