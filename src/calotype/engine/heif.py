"""HEIC: what the header says, and the pixels, by libheif through pillow-heif (libvips' wheel has no HEVC).

Law: a picture leaves upright. libheif applies the container's `irot` and `imir`, and the EXIF orientation
beside them says the same thing again (HEIF, 23008-12 6.5.10), so it is never applied here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pillow_heif
from pillow_heif import options

from calotype.domain.formats import Format
from calotype.engine.vips import Image, pyvips
from calotype.engine.wholeness import is_whole
from calotype.errors import ImageCorrupt, ImageRefused, ImageTruncated, TooComplex

options.DECODE_THREADS = 1  # the pool has one worker for each core already
options.DISABLE_SECURITY_LIMITS = False  # libheif's own bounds on items, tiles and memory (D12)
# What we never deliver is never opened: thumbnails, depth maps, gain maps and other auxiliary images.
options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False

_FIELDS = {"icc-profile-data": "icc_profile", "exif-data": "exif", "xmp-data": "xmp"}
"""Where libvips keeps what pillow-heif finds beside the pixels."""

_FAILURES = (ValueError, EOFError, SyntaxError, RuntimeError, OSError)
"""What pillow-heif documents that it raises."""


@dataclass(frozen=True, slots=True)
class HeifHeader:
    """What a HEIC declares of its primary image, which stands for a whole burst. Sizes are upright, in pixels."""

    width: int
    height: int
    bits: int
    """Bits of one stored sample: 8, 10 or 12."""
    alpha: bool
    profile: bool
    """Whether an ICC profile is embedded."""


def header(source: str) -> HeifHeader:
    """Read the header of the file *source*; no pixel is decoded.

    Raises:
        ImageTruncated: the file ends too early.
        ImageCorrupt: it is no HEIC, or breaks its own rules.
        TooComplex: over a limit of libheif, such as 1,000 tiles and other items (D12).
    """
    file = _open(source)
    width, height = file.size
    info = file.info
    return HeifHeader(width, height, info["bit_depth"], file.has_alpha, "icc_profile" in info)


def load(source: str) -> Image:
    """Decode the primary image of the file *source*, upright: 8-bit samples, or 16-bit for 10 and 12.

    Raises:
        ImageTruncated, ImageCorrupt, TooComplex: as `header`; also when the header is fine and the pixels are not.
    """
    file = _open(source)
    try:
        data = file.data
    except _FAILURES as error:
        raise _refusal(source, error) from error
    width, height = file.size
    image = _from_samples(data, width, height, file.mode).copy()
    for field, name in _FIELDS.items():
        if content := file.info.get(name):
            image.set_type(pyvips.GValue.blob_type, field, content)
    image.remove("orientation")  # libvips reads it out of the EXIF block, and the picture is upright
    return image


def _open(source: str) -> pillow_heif.HeifFile:
    try:
        return pillow_heif.open_heif(source, convert_hdr_to_8bit=False, hdr_to_16bit=True)
    except _FAILURES as error:
        raise _refusal(source, error) from error


def _refusal(source: str, error: Exception) -> ImageRefused:
    if "Security limit exceeded" in str(error):
        return TooComplex(f"The HEIC is over a limit of the decoder: {str(error).strip().splitlines()[0]}")
    if not Path(source).stat().st_size or not is_whole(source, Format.HEIC):
        return ImageTruncated()
    return ImageCorrupt(f"The HEIC cannot be decoded: {str(error).strip().splitlines()[0]}")


def _from_samples(data: bytes, width: int, height: int, mode: str) -> Image:
    """Wrap interleaved samples. Modes are `RGB`, `RGBA`, `L`, `LA`; `a` is premultiplied, `;16` is deep."""
    channels, deep, _ = mode.partition(";")
    bands = len(channels)
    image = Image.new_from_memory(data, width, height, bands, "ushort" if deep else "uchar")
    image = image.copy(interpretation=_INTERPRETATIONS[bands > 2, bool(deep)])
    return _straight(image, 65535 if deep else 255) if channels[-1] == "a" else image


def _straight(image: Image, largest: int) -> Image:
    return image.unpremultiply(max_alpha=largest).cast(image.format, shift=False)


_INTERPRETATIONS = {
    (False, False): "b-w",
    (False, True): "grey16",
    (True, False): "srgb",
    (True, True): "rgb16",
}
