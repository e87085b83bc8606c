"""What a file declares of itself, before a pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from calotype.domain.formats import Format
from calotype.engine.decoding import ANIMATED, open_image


@dataclass(frozen=True, slots=True)
class Header:
    """The size of one frame in pixels, as stored, and how many frames."""

    width: int
    height: int
    frames: int = 1


def read_header(source: str, format_: Format) -> Header:
    """Read the header of the raster file *source*.

    Raises:
        pyvips.Error, ImageRefused: it cannot be read.
    """
    if format_ is Format.HEIC:
        return _heic(source)
    if format_ in {Format.BMP, Format.ICO}:
        return _icon(source, format_)
    image = open_image(source, format_)
    animated = format_ in ANIMATED and image.get_typeof("n-pages")
    return Header(image.width, image.height, image.get("n-pages") if animated else 1)


def _heic(source: str) -> Header:
    from calotype.engine import heif

    declared = heif.header(source)
    return Header(declared.width, declared.height)


def _icon(source: str, format_: Format) -> Header:
    from calotype.engine import icons

    return Header(*icons.size(source, format_))
