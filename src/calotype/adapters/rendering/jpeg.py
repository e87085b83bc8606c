"""Whether a JPEG must decode alone, told from its headers in pure Python: a few reads, no pixels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from calotype.domain.formats import Format
from calotype.domain.planning import is_heavy

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15; not DHT, JPG and DAC
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_SCAN = 0xDA
_MAX_SEGMENTS = 2000
"""Photographs have a few dozen; a large profile or a multi-picture file some hundred."""


def decodes_alone(path: Path) -> bool:
    """Say whether *path* is a progressive JPEG too large to decode beside others; False when in doubt.

    The frame header (ITU T.81, B.2.2) tells: its marker the process, its fields height and width.
    """
    with path.open("rb") as file:
        if file.read(2) != b"\xff\xd8":
            return False
        for marker in _markers(file):
            if marker in _FRAMES:
                header = file.read(5)
                pixels = int.from_bytes(header[1:3], "big") * int.from_bytes(header[3:5], "big")
                return is_heavy(Format.JPEG, marker in _PROGRESSIVE, pixels)
    return False


def _markers(file: BinaryIO) -> Iterator[int]:
    """Yield each segment's marker with *file* at its content, up to the first scan."""
    for _ in range(_MAX_SEGMENTS):
        lead, marker = (file.read(2) or b"\0\0").ljust(2, b"\0")
        while marker == 0xFF:  # fill bytes (B.1.1.2)
            marker = int.from_bytes(file.read(1), "big")
        if lead != 0xFF or marker == _SCAN:
            return
        length = int.from_bytes(file.read(2), "big")
        content = file.tell()
        yield marker
        file.seek(content + max(0, length - 2))
