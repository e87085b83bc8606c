"""The planner: what someone asks for, turned into exactly what will be done. Pure.

Law: the engine executes only Plans, and the Plan that is explained is the one that runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from calotype.domain.assets import Asset, Facts, Version
from calotype.domain.formats import FORMATS, Format
from calotype.domain.transformations import OUTPUTS, Output, Transformation
from calotype.domain.variants import variant_key
from calotype.domain.workspaces import OriginalPolicy
from calotype.errors import TooManyPixels
from calotype.operations import Operation

RESULT_EDGE = 16_383
RESULT_PIXELS = 50_000_000
DELIVERED_ANIMATION_PIXELS = 100_000_000
"""Frames times pixels of a result; above it a poster goes out (security.md, D5)."""
AVIF_RESULT_PIXELS = 16_000_000
"""Above it AVIF costs seconds, and WebP is sent instead (imgproxy#1280)."""
MEZZANINE_SHARE = 0.75
"""The mezzanine stands in up to this share of its own size: above it, its softness would show."""
PROGRESSIVE_LANE_PIXELS = 12_000_000
"""Above it a progressive JPEG costs libvips over 800 MB, and decodes alone."""


class Source(StrEnum):
    """Which stored bytes a plan decodes."""

    ORIGINAL = "original"
    MEZZANINE = "mezzanine"


@dataclass(frozen=True, slots=True)
class Step:
    """One resolved operation and the size in pixels after it."""

    operation: Operation
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A variant to render, down to the last number."""

    key: str
    source: Source
    source_format: Format
    steps: tuple[Step, ...]
    output: Output
    width: int
    height: int
    frames: int
    reason: str
    """Why this output format."""
    notes: tuple[str, ...] = ()
    """What was done differently from what was asked, for a header and for explain."""
    memory: int = 0
    """Estimated bytes that the worker needs."""
    cost: float = 0.0
    """Estimated megapixels decoded plus weighted megapixels encoded."""
    heavy: bool = False
    """Whether it must run alone in the lane for big progressive JPEGs."""

    @property
    def media_type(self) -> str:
        """The Content-Type of the result."""
        return FORMATS[self.output.format].media_type


@dataclass(frozen=True, slots=True)
class Original:
    """The stored file itself, with the place it was taken at blanked when *blank_gps*."""

    key: str
    format: Format
    blank_gps: bool

    @property
    def media_type(self) -> str:
        """The Content-Type of the file."""
        return FORMATS[self.format].media_type


@dataclass(frozen=True, slots=True)
class Target:
    """What a delivery URL came down to: an asset, and what will be sent of it."""

    asset: Asset
    what: Plan | Original


def natural_format(facts: Facts) -> Format:
    """Name the format that a source is delivered in when nobody asks for another.

    Browser formats stay; HEIC and TIFF become JPEG, or PNG when they have transparency. SVG, BMP and
    ICO are delivered as they are and have no raster of their own.
    """
    if facts.format in {Format.HEIC, Format.TIFF}:
        return Format.PNG if facts.alpha else Format.JPEG
    return facts.format


def plan(version: Version, wish: Transformation, policy: OriginalPolicy) -> Plan | Original:
    """Decide how *wish* is fulfilled for *version*.

    Raises:
        TooManyPixels: the result would be longer than 16,383 pixels or have more than 50 million.
    """
    facts = version.facts
    wanted = wish.format or natural_format(facts)
    if not wish.operations and wanted is facts.format:
        blank = facts.gps and policy is OriginalPolicy.BLANK_GPS
        return Original(variant_key(version.id, policy, (), _untouched(wanted)), wanted, blank)
    return _render(version, wish, wanted, policy)


def _untouched(format_: Format) -> Output:
    return Output(format_, quality=0, effort=0)


def _render(version: Version, wish: Transformation, wanted: Format, policy: OriginalPolicy) -> Plan:
    facts = version.facts
    steps = _steps(wish.operations, facts.width, facts.height)
    width, height = (steps[-1].width, steps[-1].height) if steps else (facts.width, facts.height)
    _check_result(width, height)
    target, reason = _output_format(facts, wanted, width * height)
    frames, notes = _frames(facts, target, width * height)
    source = _source(facts, width, height, frames)
    output = OUTPUTS[target]
    return Plan(
        key=variant_key(version.id, policy, [step.operation for step in steps], output),
        source=source,
        source_format=facts.format if source is Source.ORIGINAL else facts.mezzanine or facts.format,
        steps=steps,
        output=output,
        width=width,
        height=height,
        frames=frames,
        reason=reason,
        notes=notes,
        memory=_memory(facts, source, width * height * frames),
        cost=_cost(facts, source, width * height * frames, target),
        heavy=source is Source.ORIGINAL and is_heavy(facts.format, facts.progressive, facts.pixels),
    )


def _steps(operations: Sequence[Operation], width: int, height: int) -> tuple[Step, ...]:
    """Order by stage (a stable sort: equals keep their order), resolve, and follow the size."""
    steps: list[Step] = []
    for operation in sorted(operations, key=lambda each: each.stage):
        resolved = operation.resolve(width, height)
        if resolved is not None:
            width, height = resolved.size_after(width, height)
            steps.append(Step(resolved, width, height))
    return tuple(steps)


def _check_result(width: int, height: int) -> None:
    if max(width, height) > RESULT_EDGE or width * height > RESULT_PIXELS:
        raise TooManyPixels(
            f"The result would be {width}x{height}; the limits are {RESULT_EDGE} pixels an edge "
            f"and {RESULT_PIXELS // 1_000_000} million in all."
        )


def _output_format(facts: Facts, wanted: Format, pixels: int) -> tuple[Format, str]:
    if not FORMATS[wanted].output:
        writable = natural_format(facts)
        stand_in = writable if FORMATS[writable].output else Format.PNG
        return stand_in, f"{wanted.value} cannot be written"
    if wanted is Format.AVIF and pixels > AVIF_RESULT_PIXELS:
        return Format.WEBP, f"AVIF is limited to {AVIF_RESULT_PIXELS // 1_000_000} MP"
    return wanted, "as asked" if wanted is not facts.format else "as stored"


def _frames(facts: Facts, target: Format, pixels: int) -> tuple[int, tuple[str, ...]]:
    if facts.frames == 1 or not FORMATS[target].animated:
        return 1, ()
    if facts.frames * pixels > DELIVERED_ANIMATION_PIXELS:
        return 1, (f"poster; {facts.frames} frames are over {DELIVERED_ANIMATION_PIXELS // 1_000_000} MP",)
    return facts.frames, ()


def _source(facts: Facts, width: int, height: int, frames: int) -> Source:
    """Let the mezzanine stand in for a still 8-bit raster, scaled well below it."""
    stands_in = (
        facts.mezzanine is not None
        and facts.frames == 1 == frames
        and facts.bits == 8
        and width <= MEZZANINE_SHARE * facts.mezzanine_width
        and height <= MEZZANINE_SHARE * facts.mezzanine_height
    )
    return Source.MEZZANINE if stands_in else Source.ORIGINAL


def is_heavy(format_: Format, progressive: bool, pixels: int) -> bool:  # noqa: FBT001 - a fact, not a switch
    """Whether decoding takes the one-wide lane."""
    return format_ is Format.JPEG and progressive and pixels > PROGRESSIVE_LANE_PIXELS


def _decoded(facts: Facts, source: Source) -> int:
    return facts.mezzanine_width * facts.mezzanine_height if source is Source.MEZZANINE else facts.pixels


def _memory(facts: Facts, source: Source, result_pixels: int) -> int:
    """Rows stream through libvips; a progressive JPEG, and what only decodes whole, is held in memory."""
    whole = facts.progressive or facts.format not in {Format.JPEG, Format.PNG, Format.TIFF}
    held = (
        _decoded(facts, source) * (24 if facts.progressive else 4)
        if source is Source.ORIGINAL and whole
        else 0
    )
    return 64 * 1024 * 1024 + held + result_pixels * 4


_ENCODE_WEIGHT = {Format.JPEG: 1.0, Format.PNG: 4.0, Format.WEBP: 5.0, Format.AVIF: 12.0, Format.GIF: 20.0}


def _cost(facts: Facts, source: Source, result_pixels: int, target: Format) -> float:
    return _decoded(facts, source) / 1e6 + _ENCODE_WEIGHT[target] * result_pixels / 1e6
