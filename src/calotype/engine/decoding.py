"""Files opened as libvips images: by an explicit loader for each format, upright, no more pixels than needed.

Law: the loader follows from the format that was sniffed, never from the file's name; nothing is opened by guess.
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

SHRINK_RESERVE = 2.0
"""How much larger than the result a JPEG shrunk on load must stay.

The cosine transform's own downscaling is a box filter: with a factor of two or more left to Lanczos, four
photographs lost at most 0.5 points of SSIMULACRA2; with less left, up to 2. It must also divide both sides: the
row or column that libjpeg fills up otherwise shifts the picture by a fraction of a pixel, for 2 to 4 points.
"""


def open_image(
    source: str, format_: Format, *, page: int = 1, frames: int = 1, target: tuple[int, int] | None = None
) -> Image:
    """Open *source*: rows stream once, top to bottom; several *frames* from *page* on are a strip with `page-height`.

    *target* is the size in upright pixels that the first step scales to, if it scales: the image may then
    come smaller than it is stored (JPEG), or exactly so (SVG), but never below what that step needs.

    Raises:
        pyvips.Error: the header cannot be read. Broken pixels raise it later, when rows are asked for.
    """
    if format_ in _DECODED_WHOLE:
        return _decode_whole(source, format_)
    if format_ is Format.SVG:
        return _rasterise(source, target)
    if format_ is Format.JPEG and target:
        return _load(source, format_, shrink=_jpeg_shrink(_load(source, format_), target))
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


def _jpeg_shrink(image: Image, target: tuple[int, int]) -> int:
    width, height = target if orientation(image) < 5 else target[::-1]
    spare = min(image.width / width, image.height / height) / SHRINK_RESERVE
    fitting = (by for by in (8, 4, 2) if by <= spare and not image.width % by and not image.height % by)
    return next(fitting, 1)


def _decode_whole(source: str, format_: Format) -> Image:
    from calotype.engine import heif, icons

    return heif.load(source) if format_ is Format.HEIC else icons.load(source, format_)


def _rasterise(source: str, target: tuple[int, int] | None) -> Image:
    from calotype.engine import svg

    data = Path(source).read_bytes()
    return svg.rasterise(data, *(target or svg.size(data)))
