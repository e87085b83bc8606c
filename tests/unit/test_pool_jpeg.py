"""Which JPEGs take the one-wide lane, told from their headers."""

import struct
from pathlib import Path

import pytest

from calotype.adapters.rendering.jpeg import decodes_alone


def _jpeg(marker: int, width: int, height: int, *, before: bytes = b"") -> bytes:
    frame = struct.pack(">BBHBHHB", 0xFF, marker, 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + before + frame + b"\xff\xda\x00\x02"


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "picture"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("marker", "size", "alone"),
    [
        (0xC2, (4001, 3000), True),
        (0xC2, (4000, 3000), False),
        (0xC0, (8000, 6000), False),
        (0xC6, (8000, 6000), True),
    ],
)
def test_large_progressive_jpegs_decode_alone(tmp_path, marker, size, alone):
    assert decodes_alone(_written(tmp_path, _jpeg(marker, *size))) is alone


def test_segments_and_fill_bytes_before_the_frame_are_passed_over(tmp_path):
    exif = b"\xff\xe1" + struct.pack(">H", 40_002) + b"\xff\xc0" * 20_000 + b"\xff\xff"

    assert decodes_alone(_written(tmp_path, _jpeg(0xC2, 8000, 6000, before=exif)))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"\xff\xd8" + b"\xff\xe0\x00\x02" * 5000,
        b"\xff\xd8\xff\xc2",
    ],
)
def test_what_cannot_be_read_is_left_to_the_decoder(tmp_path, data):
    assert not decodes_alone(_written(tmp_path, data))
