"""Pixels to bytes: one encoder for each output format, with exactly the metadata that the output names.

Law: unless the output asks, nothing of the source's EXIF, XMP, IPTC, place, comments or profile survives; results
are sRGB, which needs no profile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from calotype.domain.formats import FORMATS, Format
from calotype.domain.transformations import Output
from calotype.engine import metadata
from calotype.engine.alpha import opaque
from calotype.engine.vips import Image

_STANDARD_TABLE = 0
"""Of T.81, annex K."""
_TUNED_TABLE = 2
"""Tuned for MS-SSIM on photographs: 1 to 2 points of SSIMULACRA2 more at the same size, at no cost (docs/adr/0013)."""
_FULL_CHROMA_QUALITY = 90
"""From here on libvips subsamples no chroma, and the standard table is the better one."""


def encode(image: Image, output: Output) -> bytes:
    """Encode *image* (8-bit RGB; frames as a strip with `page-height`), on its matte where there is no alpha.

    Raises:
        pyvips.Error: the pixels could not be read, or the encoder failed.
    """
    canvas = image if FORMATS[output.format].alpha else opaque(image, output.matte)
    told = metadata.chosen(canvas, output)
    return bytes(_ENCODERS[output.format](told, output, metadata.keep(told, output)))


def _jpeg(image: Image, output: Output, keep: str) -> Any:
    if output.keep_gain_map:
        # Two pictures in one file; this saver has neither optimised coding nor progressive scans (libvips 8.18).
        return image.uhdrsave_buffer(Q=output.quality, keep=keep)
    return image.jpegsave_buffer(
        Q=output.quality,
        optimize_coding=True,
        interlace=output.progressive,
        # No trellis: 10 % fewer bytes for six times the time (docs/adr/0013).
        quant_table=_TUNED_TABLE if output.quality < _FULL_CHROMA_QUALITY else _STANDARD_TABLE,
        overshoot_deringing=True,  # drawings on white: two points, and nothing on photographs
        keep=keep,
    )


def _png(image: Image, output: Output, keep: str) -> Any:
    # A third fewer bytes on photographs than without filters. Choosing one for each row pays on drawings alone; on
    # photographs it mostly chooses the average, and takes as long as the compression (docs/adr/0043).
    rows = "avg" if output.noisy else "all"
    return image.pngsave_buffer(compression=output.effort, filter=rows, keep=keep)


def _gif(image: Image, output: Output, keep: str) -> Any:
    # Half the dithering: smaller, and closer to the source by five points on photographs.
    return image.gifsave_buffer(effort=output.effort, dither=0.5, keep=keep)


def _webp(image: Image, output: Output, keep: str) -> Any:
    return image.webpsave_buffer(Q=output.quality, effort=output.effort, lossless=output.lossless, keep=keep)


def _avif(image: Image, output: Output, keep: str) -> Any:
    return image.heifsave_buffer(
        Q=output.quality,
        effort=output.effort,
        lossless=output.lossless,
        compression="av1",
        bitdepth=8,
        subsample_mode="off",  # the better picture at equal bytes, for a tenth more time
        keep=keep,
    )


_ENCODERS: dict[Format, Callable[[Image, Output, str], Any]] = {
    Format.JPEG: _jpeg,
    Format.PNG: _png,
    Format.GIF: _gif,
    Format.WEBP: _webp,
    Format.AVIF: _avif,
}
