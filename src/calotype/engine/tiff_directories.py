"""TIFF directories (TIFF 6.0, section 2; BigTIFF): the structure under EXIF too.

Law: bounded and inside its span, whatever the bytes say. A read outside raises IndexError; directories are
visited once, at most 16 of them, with at most 256 entries each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

MAX_DIRECTORIES = 16
MAX_ENTRIES = 256
EXIF_DIRECTORY, SUB_DIRECTORIES, GPS_DIRECTORY, XMP_PACKET = 0x8769, 0x014A, 0x8825, 0x02BC

_TYPE_BYTES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_HEADERS = {
    b"II*\0": ("little", False),
    b"MM\0*": ("big", False),
    b"II+\0": ("little", True),
    b"MM\0+": ("big", True),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: its tag, and where its value lies in the file."""

    tag: int
    start: int
    size: int
    """Bytes of the value, as declared."""
    inline: bool
    """Whether the value sits in the entry itself."""


@dataclass(frozen=True, slots=True)
class Directories:
    """The directories of the TIFF structure at *start* to *end* of a file."""

    data: bytes | mmap
    start: int
    end: int
    order: str
    big: bool

    @classmethod
    def at(cls, data: bytes | mmap, start: int, end: int) -> Directories | None:
        """Recognise the header; None when there is none."""
        header = _HEADERS.get(bytes(data[start : min(start + 4, end)]))
        return cls(data, start, min(end, len(data)), *header) if header else None

    def __iter__(self) -> Iterator[int]:
        """Yield where each directory lies, GPS directories left out."""
        seen: set[int] = set()
        waiting = [self._pointer(self.start + (8 if self.big else 4))]
        while waiting and len(seen) < MAX_DIRECTORIES:
            directory = waiting.pop()
            if directory in seen or not self.start < directory <= self.end - self._word:
                continue  # cameras leave rubbish where the chain should end
            seen.add(directory)
            yield directory
            with contextlib.suppress(IndexError):
                waiting += self._following(directory)

    def entries(self, directory: int) -> Iterator[Entry]:
        """Yield the fields of *directory*, as far as they lie inside."""
        first, step, count = self._layout(directory)
        for at in range(first, min(first + count * step, self.end - step + 1), step):
            yield self._entry(at)

    def extent(self, directory: int) -> tuple[int, int]:
        """Say where *directory* itself begins and ends, its pointer to the next one included."""
        first, step, count = self._layout(directory)
        return directory, min(first + count * step + self._word, self.end)

    def target(self, entry: Entry) -> int:
        """Follow a field that points to a directory."""
        return self._pointer(entry.start)

    @property
    def _word(self) -> int:
        return 8 if self.big else 4

    def _layout(self, directory: int) -> tuple[int, int, int]:
        """Where the first field is, how many bytes each has, and how many there are."""
        size = 8 if self.big else 2
        return directory + size, 20 if self.big else 12, min(self._number(directory, size), MAX_ENTRIES)

    def _entry(self, at: int) -> Entry:
        word = self._word
        unit = _TYPE_BYTES.get(self._number(at + 2, 2), 1)
        size = unit * self._number(at + 4, word)
        inline = size <= word
        value = at + 4 + word
        return Entry(self._number(at, 2), value if inline else self._pointer(value), size, inline)

    def _following(self, directory: int) -> list[int]:
        """List the directories that *directory* names: the next in the chain and those in its fields."""
        found = []
        for entry in self.entries(directory):
            if entry.tag in {EXIF_DIRECTORY, SUB_DIRECTORIES}:
                steps = range(0, min(entry.size, MAX_DIRECTORIES * self._word), self._word)
                found += [self._pointer(entry.start + step) for step in steps]
        first, step, count = self._layout(directory)
        chain = first + count * step
        return found + ([self._pointer(chain)] if chain + self._word <= self.end else [])

    def _pointer(self, at: int) -> int:
        return self.start + self._number(at, self._word)

    def _number(self, at: int, size: int) -> int:
        if at < self.start or at + size > self.end:
            raise IndexError(at)
        return int.from_bytes(self.data[at : at + size], self.order)  # type: ignore[arg-type]
