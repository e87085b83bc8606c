"""Quality, format and what else concerns the encoded result (contract, 3.6). The last of a key in a URL wins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from calotype.dialects.imagekit import values
from calotype.dialects.imagekit.given import Given, Spelling
from calotype.domain.formats import Format
from calotype.domain.transformations import OutputWish
from calotype.operations.quantities import Quantity

_FORMATS: dict[str, dict[str, Any]] = {
    "auto": {"format": None, "auto": True},
    "orig": {"format": None, "auto": False},
    "svg": {"format": None, "auto": False},  # what is none cannot become one, and stays as it is stored
    **{
        name: {"format": format_, "auto": False}
        for name, format_ in {
            "jpg": Format.JPEG,
            "jpeg": Format.JPEG,
            "webp": Format.WEBP,
            "avif": Format.AVIF,
            "png": Format.PNG,
            "gif": Format.GIF,
        }.items()
    },
}


def _format(text: str) -> dict[str, Any]:
    if text in {"mp4", "webm"}:
        raise ValueError("videos are not delivered; only pictures are.")
    return values.chosen(text, _FORMATS)


def _quality(text: str) -> int:
    quality = round(values.number(text))
    values.within(quality, 1, 100)
    return quality


def _density(text: str) -> Quantity:
    density = values.quantity(text)
    if isinstance(density, float):
        values.within(density, 1, 1200)
    return density


def page(text: str) -> int:
    """Read a page or frame, from 1; ranges and names are for layered PSD files, which are not accepted here."""
    try:
        number = values.integer(text)
    except ValueError:
        raise ValueError(
            "the number of one page or frame is expected; files with named layers are none of ours."
        ) from None
    values.within(number, 1, 100_000)
    return number


ENCODING: dict[str, Spelling] = {
    "f": Spelling(_format, "format"),
    "q": Spelling(_quality, "quality"),
    "pr": Spelling(values.switch, "progressive"),
    "lo": Spelling(values.switch, "lossless"),
    "cp": Spelling(values.switch, "keep the colour profile"),
    "md": Spelling(values.switch, "keep the metadata"),
    "dn": Spelling(_density, "density"),
    "pg": Spelling(page, "page or frame"),
    "orig": Spelling(values.switch, "the original, untouched"),
}

_FIELDS = {
    "q": "quality",
    "pr": "progressive",
    "lo": "lossless",
    "cp": "keep_profile",
    "md": "keep_metadata",
    "dn": "density",
    "pg": "page",
    "orig": "original",
}


def encoding(given: Given, wish: OutputWish) -> OutputWish:
    """Add to *wish* what a step asks for."""
    fields = {field: given.get(key) for key, field in _FIELDS.items() if key in given}
    return replace(wish, **fields, **given.get("f", {}))
