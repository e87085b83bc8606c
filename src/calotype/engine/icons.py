"""BMP and ICO, which libvips does not read: decoded by Pillow, with these two decoders and no other.

Law: the size comes from the header of the very picture that is decoded, so that a budget can be checked
before a pixel is touched; an icon's directory may say something else than the picture in it.
"""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image as Pillow
from PIL.IcoImagePlugin import IcoFile

from calotype.domain.formats import Format
from calotype.engine.vips import Image
from calotype.errors import ImageCorrupt, ImageRefused, ImageTruncated, TooManyPixels

_FAILURES = (
    OSError,  # with UnidentifiedImageError
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise on bytes that make no sense to them."""

_CORE_HEADER = struct.pack("<I", 12)
"""How a bitmap header of OS/2 begins: its sizes are 16-bit."""

_BANDS = {"L": (1, "b-w"), "RGB": (3, "srgb"), "RGBA": (4, "srgb")}
_MODES = {"1": "L", "L": "L", "RGB": "RGB", "RGBA": "RGBA"}


def size(source: str, format_: Format) -> tuple[int, int]:
    """Read width and height in pixels of the BMP or ICO *source* (of an icon's largest picture).

    Raises:
        ImageTruncated: the file ends too early.
        ImageCorrupt: it is no such file, or breaks its own rules.
        TooManyPixels: it declares more than Pillow agrees to look at (179 million pixels).
    """
    with _opened(source) as file:
        return _icon_size(file) if format_ is Format.ICO else _bitmap(file).size


def load(source: str, format_: Format) -> Image:
    """Decode the BMP or ICO *source*: 8-bit grey, sRGB, or sRGB with alpha.

    Raises:
        ImageTruncated, ImageCorrupt, TooManyPixels: as `size`; also when the header is fine and the pixels are not.
    """
    with _opened(source) as file:
        picture = _frame(IcoFile(file)) if format_ is Format.ICO else _bitmap(file)
        return _to_libvips(picture)


def _to_libvips(picture: Pillow.Image) -> Image:
    mode = _MODES.get(picture.mode, "RGBA" if picture.has_transparency_data else "RGB")
    samples = picture.convert(mode)
    bands, interpretation = _BANDS[mode]
    image = Image.new_from_memory(samples.tobytes(), samples.width, samples.height, bands, "uchar")
    return image.copy(interpretation=interpretation)


@contextmanager
def _opened(source: str) -> Iterator[BinaryIO]:
    """Open the file; whatever a decoder raises inside the block leaves as a refusal."""
    try:
        with Path(source).open("rb") as file, warnings.catch_warnings():
            # Pillow warns of big pictures, and of icons whose directory lies; the budgets judge both.
            warnings.simplefilter("ignore")
            yield file
    except Pillow.DecompressionBombError as error:
        raise TooManyPixels(str(error)) from error
    except _FAILURES as error:
        raise _refusal(source, error) from error


def _bitmap(file: BinaryIO) -> Pillow.Image:
    return Pillow.open(file, formats=("BMP",))


def _largest(icon: IcoFile) -> int:
    return max(range(len(icon.entry)), key=lambda at: (icon.entry[at].square, icon.entry[at].color_depth))


def _frame(icon: IcoFile) -> Pillow.Image:
    return icon.frame(_largest(icon))


def _icon_size(file: BinaryIO) -> tuple[int, int]:
    """Read the size from the header of the largest picture: a PNG's IHDR, or a bitmap's header.

    A bitmap in an icon counts its rows twice, once for the transparency mask. Pillow would decode it here.
    """
    icon = IcoFile(file)
    file.seek(icon.entry[_largest(icon)].offset)
    head = file.read(24)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return struct.unpack_from(">II", head, 16)
    if head[:4] == _CORE_HEADER:
        width, height = struct.unpack_from("<HH", head, 4)
    else:
        width, height = struct.unpack_from("<ii", head, 4)
    return abs(width), abs(height) // 2


def _refusal(source: str, error: Exception) -> ImageRefused:
    data = Path(source).read_bytes()
    if "truncated" in str(error).lower() or len(data) < _promised(data):
        return ImageTruncated()
    return ImageCorrupt(f"The {'BMP' if data[:2] == b'BM' else 'ICO'} cannot be decoded.")


def _promised(data: bytes) -> int:
    """Say how many bytes the file's own header counts; a cut header counts more than there is."""
    try:
        if data[:2] == b"BM":
            return int(struct.unpack_from("<I", data, 2)[0])
        (count,) = struct.unpack_from("<H", data, 4)
        return int(max(sum(struct.unpack_from("<II", data, 6 + 16 * at + 8)) for at in range(count)))
    except (struct.error, ValueError):
        return len(data) + 1
