"""Transformations: what someone asks for, in the core's own words, after a dialect has parsed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calotype.domain.formats import Format
from calotype.operations.base import Operation
from calotype.operations.colours import WHITE, Colour
from calotype.operations.layer import ImageSource, Layer
from calotype.operations.quantities import Quantity
from calotype.operations.steps import Branch, Step, Steps


@dataclass(frozen=True, slots=True)
class OutputWish:
    """What someone asks of the encoded result; what is not asked follows from the source and the policy."""

    format: Format | None = None
    """None: the source's own, or with *auto* what the client can show."""
    auto: bool = False
    """Choose the format by what the client accepts; a *format* that is named wins."""
    quality: int | None = None
    """1 to 100, for lossy formats."""
    progressive: bool = False
    lossless: bool = False
    keep_profile: bool = False
    keep_metadata: bool = False
    keep_copyright: bool = False
    """Of the metadata, the copyright notice of EXIF alone."""
    drop_metadata: bool = False
    """Even where nothing else is asked, and the stored bytes would be meant."""
    density: Quantity | None = None
    """Dots per inch: metadata of a raster, the size of a vector's raster."""
    page: int | None = None
    """The page or frame to show, from 1; None: all frames where they can be shown, else the first."""
    still: bool = False
    """One frame only."""
    original: bool = False
    """The stored bytes; everything else is passed over."""
    matte: Colour = WHITE
    """What shows behind transparent areas where the format has no transparency."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """Steps in their order, and the wished output."""

    steps: Steps = ()
    output: OutputWish = OutputWish()

    @classmethod
    def of(cls, *operations: Operation, format_: Format | None = None) -> Transformation:
        """Make a transformation of one step."""
        return cls((Step(operations),) if operations else (), OutputWish(format_))

    def layer_sources(self) -> frozenset[ImageSource]:
        """List the images that its layers name, whichever branch is taken."""
        return frozenset(_sources(self.steps))


def _sources(steps: Steps) -> Iterator[ImageSource]:
    for step in steps:
        if isinstance(step, Branch):
            yield from _sources((*step.then, *step.otherwise))
            continue
        for layer in step.operations:
            if isinstance(layer, Layer):
                if isinstance(layer.source, ImageSource):
                    yield layer.source
                yield from _sources(layer.steps)


@dataclass(frozen=True, slots=True)
class Output:
    """How the pixels are encoded. Quality 1 to 100; effort in the encoder's own scale.

    *lossless* is a wish (WebP, AVIF; a PNG is lossless without it, but is then not made from what was coded with
    loss). *density* is written as metadata, in pixels for each inch.
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
    keep_copyright: bool = False
    """Keep the copyright notice of EXIF, and nothing else."""
    keep_gps: bool = False
    keep_gain_map: bool = False
    """Carry the source's HDR gain map along (JPEG; see domain/gain_maps.py)."""
    density: float | None = None
    matte: Colour = WHITE
    """What transparent pixels are laid on in a format that knows none."""
    noisy: bool = False
    """The source was coded with loss, so no two neighbours are quite equal: how a PNG filters its rows."""

    def digest(self) -> list[object]:
        """Everything that shapes the bytes, as plain JSON; a wish that nobody made is left out."""
        return [self.format.value, self.quality, self.effort, self.lossless, *self._wishes()]

    def _wishes(self) -> Iterator[list[object]]:
        names = (
            "progressive", "keep_profile", "keep_metadata", "keep_copyright", "keep_gps", "keep_gain_map", "density",
            "noisy",
        )  # fmt: skip
        for name in names:
            if getattr(self, name):
                yield [name, getattr(self, name)]
        if self.matte != WHITE:
            yield ["matte", *self.matte.rgb]


# Measured on photographs and a drawing at 720 px (docs/adr/0006, 0013, 0024): one more step costs time, not bytes.
OUTPUTS: dict[Format, Output] = {
    Format.JPEG: Output(Format.JPEG, quality=80, effort=0),
    Format.PNG: Output(Format.PNG, quality=100, effort=5),
    Format.GIF: Output(Format.GIF, quality=100, effort=3),
    Format.WEBP: Output(Format.WEBP, quality=80, effort=3),
    Format.AVIF: Output(Format.AVIF, quality=60, effort=1),
}
