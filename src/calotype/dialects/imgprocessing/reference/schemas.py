"""The schemas of what this API's requests send and its answers hold.

Law: every bound is the constant that the readers check with, or the setting that they ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calotype.dialects.imgprocessing import analysis, listing, transforms, values, watermarks
from calotype.dialects.imgprocessing.creating import URL_CHARS, origins
from calotype.ports import TextFormat
from calotype.settings import Settings
from calotype.web.reference.declaring import Json, array, nullable, record, ref, string

ID = string("`image_` and 24 characters.", pattern="^image_[0-9a-f]{24}$")
NAME = string("What the image is called; need not be unique.", minLength=1, maxLength=values.NAME_CHARS)
OWN_NAME = {**NAME, "description": "What the new image is called; without it, as the one it is made of."}
_PROMPT = string(minLength=1, maxLength=analysis.PROMPT_CHARS)
_COLOUR = string(
    "A CSS name, `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa` or `transparent`; `#000000` without it."
)
_SIDE: Json = {"type": "integer", "minimum": 1, "maximum": transforms.SIDE_MAX}
_OFFSET: Json = {"type": "integer", "minimum": 0, "maximum": watermarks.FAR}
_PIXELS: Json = {"type": "integer", "minimum": 1, "description": "Pixels."}
_SIZE = "Bytes of the image as it is kept; what a test key downloads is stamped, and so of another size."
_SCORE: Json = {"type": "number", "minimum": 0, "maximum": 1}


def schemas(settings: Settings) -> dict[str, Json]:
    """Give every schema that an operation names, with the limits of *settings*."""
    return {
        "ImageId": ID,
        "Take": {"type": "integer", "minimum": 1, "maximum": listing.TAKE_MAX, "default": listing.TAKE},
        **_creating(settings),
        **_shaping(),
        **_colouring(settings),
        **_asking(),
        **_answers(),
    }


def one_of(words: Iterable[str], about: str = "") -> Json:
    """Describe a word of several."""
    return string(about, enum=list(words))


def _body(members: Mapping[str, Json], *required: str) -> Json:
    return record({**members, "name": OWN_NAME}, required=required, more=True)


def _creating(settings: Settings) -> dict[str, Json]:
    most = f"{settings.img_processing_max_upload_bytes:,} bytes"
    file = string(f"JPEG, PNG or WebP of at most {most}; the bytes decide, not the name.", format="binary")
    allowed = ", ".join(f"`{each}`" for each in origins(settings))
    url = string(
        f"Leads to such an image, on one of these origins: {allowed}",
        minLength=1,
        maxLength=URL_CHARS,
    )
    imagined = {
        "name": NAME,
        "prompt": {**_PROMPT, "description": "What the image is to show."},
        "negative_prompt": {**_PROMPT, "description": "What it is not to show."},
        "seed": {
            "type": "integer",
            "minimum": 0,
            "maximum": analysis.SEED_MAX,
            "description": "Chance without it.",
        },
        "model": one_of(analysis.PAINTERS, "The server's own choice without it."),
    }
    return {
        "Upload": record({"name": NAME, "image": file}, required=["name", "image"], more=True),
        "FromUrl": record({"name": NAME, "url": url}, required=["name", "url"], more=True),
        "Imagine": record(imagined, required=["name", "prompt"], more=True),
    }


def _shaping() -> dict[str, Json]:
    corner = {"type": "integer", "minimum": 0}
    return {
        "Resize": _body(
            {
                "width": {**_SIDE, "description": "One side alone keeps the aspect ratio."},
                "height": {**_SIDE, "description": "Width, height or both have to be there."},
                "fit": one_of(transforms.FITS, "`fill`, which stretches, without it."),
                "position": one_of(transforms.POSITIONS, "For cover and contain; `center` without it."),
                "letterbox_color": {**_COLOUR, "description": f"For contain. {_COLOUR['description']}"},
            }
        ),
        "Crop": _body(
            {
                "x1": {**corner, "description": "Left edge."},
                "y1": {**corner, "description": "Top edge."},
                "x2": {**corner, "description": "The first column right of it: the new width is `x2 - x1`."},
                "y2": {**corner, "description": "The first row below it: the new height is `y2 - y1`."},
            },
            "x1", "y1", "x2", "y2",
        ),
        "Rotate": _body(
            {
                "angle": {"type": "number", "description": "Clockwise."},
                "unit": one_of(transforms.UNITS, "`degrees` without it."),
                "background_color": _COLOUR,
            },
            "angle",
        ),
        "Mirror": _body({"mode": one_of(transforms.MIRRORS, "`horizontal` swaps left and right.")}, "mode"),
        "Watermark": _body({"watermarks": _watermarks()}, "watermarks"),
    }  # fmt: skip


def _watermarks() -> Json:
    item = {
        "id": {**ID, "description": "An image of yours."},
        "left": {**_OFFSET, "description": "Pixels from the left edge; 0 without it."},
        "top": {**_OFFSET, "description": "Pixels from the top edge; 0 without it."},
        "width": {**_SIDE, "description": "Its own without it."},
        "height": {**_SIDE, "description": "Its own without it."},
        "repetition_mode": one_of(watermarks.REPETITIONS, "`no_repeat` without it."),
    }
    return array(record(item, required=["id"], more=True), minItems=1, maxItems=watermarks.ITEMS)


def _colouring(settings: Settings) -> dict[str, Json]:
    return {
        "Convert": _body(
            {
                "format": one_of(transforms.FORMATS, "`jpg` is another name of `jpeg`."),
                "quality": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": transforms.QUALITY_MAX,
                    "default": transforms.QUALITY,
                },
            },
            "format",
        ),
        "Blur": _body(
            {
                "sigma": {
                    "type": "number",
                    "minimum": 1,
                    "maximum": transforms.SIGMA_MAX,
                    "default": transforms.SIGMA,
                }
            }
        ),
        "Modulate": _body(_modulating(settings.img_processing_modulate)),
        "RemoveBackground": _body({}),
    }


def _modulating(mode: str) -> dict[str, Json]:
    """Describe the members of one generation, or of both where the server tells them apart itself."""
    most, level = transforms.MULTIPLIER_MAX, transforms.LEVEL_MAX
    levels = {name: _number(-level, level, "0 changes nothing.") for name in transforms.LEVELS}
    factors = {name: _number(0, most, "1 changes nothing.") for name in ("brightness", "saturation")}
    if mode == "auto":
        return {**levels, **_of_2024(f" With it, brightness and saturation are multipliers of 0 to {most}.")}
    return levels if mode == "levels" else {**factors, **_of_2024()}


def _of_2024(note: str = "") -> dict[str, Json]:
    hue, lightness = transforms.HUE_MAX, transforms.LEVEL_MAX
    return {
        "hue": {**_number(-hue, hue, f"Degrees.{note}"), "type": "integer"},
        "lightness": _number(-lightness, lightness, f"Added.{note}"),
    }


def _number(low: int, high: int, about: str) -> Json:
    return {"type": "number", "minimum": low, "maximum": high, "description": about}


def _asking() -> dict[str, Json]:
    asked = {
        "prompt": {**_PROMPT, "description": "What to say about the image."},
        "model": one_of(analysis.DESCRIBERS, "The server's own choice without it."),
    }
    return {
        "Nothing": record({}, more=True),
        "Visualize": record(asked, required=["prompt"], more=True),
        "ExtractText": record({"format": one_of(TextFormat, "`plain` without it.")}, more=True),
    }


def _answers() -> dict[str, Json]:
    links = {"previous": nullable(string(format="uri")), "next": nullable(string(format="uri"))}
    label = {"label": string(), "score": _SCORE}
    labels = {
        "main_label": string("The surest; masked for test keys."),
        "main_score": _SCORE,
        "secondary_labels": array(record(label, required=label)),
    }
    return {
        "Image": record(_image(), required=_image()),
        "ImagePage": record(
            {"data": array(ref("Image")), "links": record(links, required=links)}, required=["data", "links"]
        ),
        "Labels": record(labels, required=labels),
        "Response": record({"response": string()}, required=["response"]),
        "Text": record({"format": one_of(TextFormat), "content": string()}, required=["format", "content"]),
        "Lines": record({"lines": array(string())}, required=["lines"]),
        "Bytes": string("The image itself.", format="binary"),
        "Problem": record(_problem(), required=["type", "error", "title", "status", "message"]),
    }


def _image() -> dict[str, Json]:
    return {
        "id": ID,
        "name": string(maxLength=values.NAME_CHARS),
        "url": nullable(string("Where it is for everybody, while it is published.", format="uri")),
        "width": _PIXELS,
        "height": _PIXELS,
        "format": one_of(("jpeg", "png", "webp")),
        "size": {"type": "integer", "minimum": 1, "description": _SIZE},
        "created_at": string("ISO 8601, in UTC, with milliseconds.", format="date-time"),
    }


def _problem() -> dict[str, Json]:
    return {
        "type": string("Names the kind of problem.", format="uri"),
        "error": string("The kind in words."),
        "title": string("The same, by the name that RFC 9457 has for it."),
        "status": {"type": "integer", "description": "The HTTP status."},
        "message": string("What is wrong, for people."),
        "errors": array(string(), description="Everything that is wrong with the request, each a sentence."),
        "request_id": string("Finds the request in the server's log."),
    }
