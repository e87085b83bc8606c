"""Transformations: what someone asks for, in the core's own words, after a dialect has parsed it."""

from __future__ import annotations

from dataclasses import dataclass

from calotype.domain.formats import Format
from calotype.operations import Operation


@dataclass(frozen=True, slots=True)
class Transformation:
    """Ordered operations plus the wished output; *format* None keeps the source's, where it can be written."""

    operations: tuple[Operation, ...] = ()
    format: Format | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """How the pixels are encoded. Quality 1 to 100; effort in the encoder's own scale.

    *lossless* is a wish (lossless WebP); PNG is lossless without it.
    """

    format: Format
    quality: int
    effort: int
    lossless: bool = False

    def digest(self) -> list[object]:
        """Everything that shapes the bytes, as plain JSON."""
        return [self.format.value, self.quality, self.effort, self.lossless]


# Efforts measured on a 2725x2225 photograph at 720 px (docs/adr/0006): one more step costs time, not bytes.
OUTPUTS: dict[Format, Output] = {
    Format.JPEG: Output(Format.JPEG, quality=80, effort=0),
    Format.PNG: Output(Format.PNG, quality=100, effort=6),
    Format.GIF: Output(Format.GIF, quality=100, effort=3),
    Format.WEBP: Output(Format.WEBP, quality=80, effort=2),
    Format.AVIF: Output(Format.AVIF, quality=60, effort=1),
}
