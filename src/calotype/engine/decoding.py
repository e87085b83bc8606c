"""Files opened as libvips images: by an explicit loader for each format, upright, no more pixels than needed.

Law: the loader follows from the format that was sniffed, never from the file's name; nothing is opened by guess.

Why so: docs/adr/0009.
"""

from __future__ import annotations

from pathlib import Path

from calotype.domain.formats import Format
from calotype.engine.vips import Image

_LOADERS = {
    Format.JPEG: "jpegload",
    Format.PNG: "pngload",
    Format.GIF: "gifload",
    Format.WEBP: "webpload",
    Format.AVIF: "heifload",
    Format.TIFF: "tiffload",
}
ANIMATED = frozenset({Format.GIF, Format.WEBP})
"""The formats of which all frames are decoded; of other sequences (APNG, AVIF) the first."""

ALL_FRAMES = -1

_DECODED_WHOLE = frozenset({Format.HEIC, Format.BMP, Format.ICO})
"""Decoded by other libraries, into memory."""


def open_image(
    source: str,
    format_: Format,
    *,
    page: int = 1,
    frames: int = 1,
    shrink: int = 1,
    raster: tuple[int, int] | None = None,
) -> Image:
    """Open *source*: rows stream once, top to bottom; several *frames* from *page* on are a strip with `page-height`.

    A JPEG comes *shrink* times smaller (1, 2, 4, 8) than it is stored; a vector is drawn at the size *raster*.

    Raises:
        pyvips.Error: the header cannot be read. Broken pixels raise it later, when rows are asked for.
    """
    if format_ in _DECODED_WHOLE:
        return _decode_whole(source, format_)
    if format_ is Format.SVG:
        return _rasterise(source, raster)
    if format_ is Format.JPEG:
        return _load(source, format_, shrink=shrink)
    return _load(source, format_, **({"page": page - 1, "n": frames} if format_ in ANIMATED else {}))


def orientation(image: Image) -> int:
    """Say how *image*'s samples are turned (EXIF 1 to 8); 1 when the file says nothing sensible."""
    value = image.get("orientation") if image.get_typeof("orientation") else 1
    return value if 1 <= value <= 8 else 1


def upright(image: Image) -> Image:
    """Turn *image* as its orientation asks.

    Rows that stream cannot be turned, so a turned image is held in memory: turn after shrinking where possible.
    """
    return image if orientation(image) == 1 else image.copy_memory().autorot()


def _load(source: str, format_: Format, **options: int) -> Image:
    # "error" also refuses a file that ends too early; "warning" would refuse what cameras get wrong every day.
    return getattr(Image, _LOADERS[format_])(source, access="sequential", fail_on="error", **options)


def _decode_whole(source: str, format_: Format) -> Image:
    from calotype.engine import heif, icons

    return heif.load(source) if format_ is Format.HEIC else icons.load(source, format_)


def _rasterise(source: str, raster: tuple[int, int] | None) -> Image:
    from calotype.engine import svg

    data = Path(source).read_bytes()
    return svg.rasterise(data, *(raster or svg.size(data)))
