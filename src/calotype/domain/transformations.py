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

    *lossless* is a wish (lossless WebP, AVIF); PNG is lossless without it. *density* is written as metadata,
    in pixels for each inch.
    """

    format: Format
    quality: int
    effort: int
    lossless: bool = False
    progressive: bool = False
    keep_profile: bool = False
    """Leave the colours in the source's own space, and say so by its profile."""
    keep_metadata: bool = False
    """Keep EXIF, XMP and IPTC; where the picture was taken only with *keep_gps*."""
    keep_gps: bool = False
    keep_gain_map: bool = False
    """Carry the source's HDR gain map along (JPEG; see domain/gain_maps.py)."""
    density: float | None = None

    def digest(self) -> list[object]:
        """Everything that shapes the bytes, as plain JSON; a wish that nobody made is left out."""
        return [self.format.value, self.quality, self.effort, self.lossless, *self._wishes()]

    def _wishes(self) -> list[object]:
        names = ("progressive", "keep_profile", "keep_metadata", "keep_gps", "keep_gain_map", "density")
        return [[name, getattr(self, name)] for name in names if getattr(self, name)]


# Efforts measured on a 2725x2225 photograph at 720 px (docs/adr/0006): one more step costs time, not bytes.
OUTPUTS: dict[Format, Output] = {
    Format.JPEG: Output(Format.JPEG, quality=80, effort=0),
    Format.PNG: Output(Format.PNG, quality=100, effort=6),
    Format.GIF: Output(Format.GIF, quality=100, effort=3),
    Format.WEBP: Output(Format.WEBP, quality=80, effort=2),
    Format.AVIF: Output(Format.AVIF, quality=60, effort=1),
}
