"""The planner: what someone asks for, turned into exactly what will be done. Pure.

Law: the engine executes only Plans, and the Plan that is explained is the one that runs.

Why so: docs/adr/0016.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from calotype.domain.assets import Asset, Facts
from calotype.domain.costs import (
    RESULT_PIXELS,
    FactsOf,
    check_cost,
    check_size,
    encoding_cost,
    memory,
    picture_cost,
)
from calotype.domain.formats import FORMATS, Format
from calotype.domain.gain_maps import gain_map_note, keeps_gain_map
from calotype.domain.negotiation import Accept
from calotype.domain.output import AVIF_RESULT_PIXELS, Choice, chosen, encoding, natural_format, passed_over
from calotype.domain.pictures import Looked, Measure, Picture, Planned, Source
from calotype.domain.resolving import Asked, Measured, Progress, Resolver, from_original, with_source
from calotype.domain.terms import Terms
from calotype.domain.transformations import Output, OutputWish, Transformation
from calotype.domain.variants import variant_key
from calotype.domain.workspaces import OriginalPolicy, Policy
from calotype.errors import Invalid
from calotype.operations.base import EDGE as RESULT_EDGE
from calotype.operations.base import Scene, Size
from calotype.operations.layer import ImageSource
from calotype.operations.quantities import evaluated
from calotype.operations.stamp import stamp

DELIVERED_ANIMATION_PIXELS = 100_000_000
"""Frames times pixels of a result; above it a poster goes out (security.md, D5)."""
PROGRESSIVE_LANE_PIXELS = 12_000_000
"""Above it a progressive JPEG costs libvips over 800 MB, and decodes alone."""
MAX_COST = 2_000.0
"""What one render may cost, in points (`costs`; security.md, V2)."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything besides the asset and the wish that a plan depends on."""

    policy: Policy = Policy()
    accept: Accept = Accept.NEITHER
    layers: Mapping[ImageSource, Asset] = field(default_factory=dict)
    """The assets that layers name; one that is missing here does not exist."""
    measured: Measured = field(default_factory=dict)
    max_cost: float = MAX_COST
    models: frozenset[str] = frozenset()
    """The settings of models that are set."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that was consulted, what it was held against, and who sets it (empty: it is fixed)."""

    name: str
    value: float
    limit: float
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A variant to render, down to the last number."""

    key: str
    picture: Picture
    output: Output
    reason: str
    """Why this output format."""
    varies: bool = False
    """Whether a client with another Accept would get another format."""
    alternative: Format | None = None
    """No pixel changes: when the result is larger than the stored file without its metadata, that is sent."""
    notes: tuple[str, ...] = ()
    """What was done differently from what was asked, for a header and for explain."""
    looked: tuple[Looked, ...] = ()
    """What pixels said that this plan follows from."""
    limits: tuple[Limit, ...] = ()
    memory: int = 0
    """Estimated bytes that the worker needs."""
    cost: float = 0.0
    """Estimated work, in points."""
    heavy: bool = False
    """Whether it must run alone in the lane for big progressive JPEGs."""

    @property
    def width(self) -> int:
        """Width of the result in pixels."""
        return self.picture.size.width

    @property
    def height(self) -> int:
        """Height of the result in pixels."""
        return self.picture.size.height

    @property
    def frames(self) -> int:
        """Frames of the result."""
        return self.picture.frames

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
    varies: bool = False
    notes: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """The Content-Type of the file."""
        return FORMATS[self.format].media_type


@dataclass(frozen=True, slots=True)
class Target:
    """What a delivery URL came down to: an asset, what will be sent of it, and on what terms."""

    asset: Asset
    what: Plan | Original
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Needs:
    """A worker has to look at pixels first; then it is planned again."""

    measure: Measure


def plan(asset: Asset, wish: Transformation, context: Context) -> Plan | Original | Needs:
    """Decide how *wish* is fulfilled for *asset*.

    Raises:
        TooManyPixels: a picture on the way, or the result, would be longer than 16,383 pixels or have more than
            50 million.
        TooComplex: rendering it, or a look at its pixels, would cost more than `context.max_cost`.
        Invalid: an operation cannot be done to this picture; the field is named.
        NotFound: a layer's image does not exist.
        NotConfigured: an operation needs a model that is not set up.
    """
    if _is_original(asset.version.facts, wish):
        if not context.policy.stamp:
            return _original(asset, wish, context.policy)
        wish = _drawn(wish)
    try:
        return _render(asset, wish, context)
    except Asked as question:
        measure = question.measure
        check_cost(picture_cost(measure.picture, _facts_of(asset, context)), context.max_cost)
        return Needs(measure)


def _is_original(facts: Facts, wish: Transformation) -> bool:
    """Whether the stored bytes are meant: asked for, or nothing else was; a vector stays one until it may not.

    Nothing but a raster format's name, or a wish for a still picture, makes pixels of it (ImageKit contract, 3.6).
    """
    output = wish.output
    if output.original or (facts.format is Format.SVG and output.format is None and not output.still):
        return True
    # What a vector says beside its shapes was left out when it was stored.
    vector = facts.format is Format.SVG
    plain = output == OutputWish(
        output.format,
        keep_metadata=vector and output.keep_metadata,
        keep_copyright=vector and output.keep_copyright,
        drop_metadata=vector and output.drop_metadata,
        matte=output.matte,
    )
    return not wish.steps and plain and (output.format or natural_format(facts)) is facts.format


def _drawn(wish: Transformation) -> Transformation:
    """Ask for the picture itself instead of its stored bytes, which no stamp is on; a vector becomes a raster."""
    return Transformation() if wish.output.original else wish


def _original(asset: Asset, wish: Transformation, policy: Policy) -> Original:
    facts = asset.version.facts
    blank = facts.gps and policy.originals is OriginalPolicy.BLANK_GPS
    meaning = [asset.version.id, "original", policy.originals.value]
    ignored = wish.steps and not wish.output.original
    notes = ("a vector is sent as it is unless a raster format is named",) if ignored else ()
    return Original(variant_key(meaning), facts.format, blank, notes=notes)


def _render(asset: Asset, wish: Transformation, context: Context) -> Plan:
    facts, asked = asset.version.facts, wish.output
    density = _density(asked, facts)
    begin = from_original(asset, page=_page(asked, facts), density=density)
    resolver = Resolver(context.layers, context.measured, context.models)
    done = _finished(resolver.resolved(asset, begin, wish.steps, alpha=facts.alpha), context.policy)
    check_size(done.size)
    choice = chosen(facts, asked, context.accept, context.policy, done.size, alpha=done.alpha)
    frames, notes = _frames(facts, asked, choice.format, done.size)
    primitives = [planned.operation for planned in done.so_far().steps]
    gain_map = keeps_gain_map(facts, primitives, choice.format)
    notes += gain_map_note(facts, primitives, choice.format) + passed_over(asked, choice.format)
    output = encoding(
        choice.format,
        asked,
        context.policy,
        facts=facts,
        alpha=done.alpha,
        density=density,
        gain_map=gain_map,
    )
    picture = _picture(facts, done, output, frames)
    cost = picture_cost(picture, _facts_of(asset, context)) + encoding_cost(picture, output)
    check_cost(cost, context.max_cost)
    alternative = _alternative(facts, picture, asked, choice, context.accept)
    # In the same format it follows from the rest; another one is sent only to whoever left the format open.
    other = [] if alternative in {None, choice.format} else [alternative]
    return Plan(
        key=variant_key([context.policy.originals.value, picture.digest(), output.digest(), *other]),
        picture=picture,
        output=output,
        reason=choice.reason,
        varies=choice.varies,
        alternative=alternative,
        notes=notes,
        looked=tuple(resolver.looked),
        limits=_limits(picture, output, cost, context),
        memory=memory(facts, picture),
        cost=cost,
        heavy=picture.source is Source.ORIGINAL and is_heavy(facts.format, facts.progressive, facts.pixels),
    )


def _finished(done: Progress, policy: Policy) -> Progress:
    """Add what a workspace puts on every picture that leaves; it counts as no step of whoever asked."""
    added = stamp(done.size) if policy.stamp else ()
    return replace(done, steps=[*done.steps, *(Planned(primitive, done.size) for primitive in added)])


def _facts_of(asset: Asset, context: Context) -> FactsOf:
    versions = (asset.version, *(layer.version for layer in context.layers.values()))
    return {version.id: version.facts for version in versions}


def _density(asked: OutputWish, facts: Facts) -> float | None:
    if asked.density is None:
        return None
    value = evaluated(asked.density, Scene.of(facts.width, facts.height), 72)
    if not 1 <= value <= 1200:
        raise Invalid.field("density", f"1 to 1200 dots per inch, got {value:g}")
    return value


def _page(asked: OutputWish, facts: Facts) -> int:
    if asked.page is not None and not 1 <= asked.page <= facts.frames:
        raise Invalid.field("page", f"must be 1 to {facts.frames}, got {asked.page}")
    return asked.page or 1


def _picture(facts: Facts, done: Progress, output: Output, frames: int) -> Picture:
    # A gain map is made for the colours as they are stored, and the mezzanine has none, nor any metadata.
    own_colours = output.keep_profile or output.keep_gain_map
    picture = replace(done.so_far(), frames=frames, keep_profile=own_colours)
    original = own_colours or output.keep_metadata or output.keep_copyright or output.lossless
    return with_source(facts, picture, original=original)


def _frames(facts: Facts, asked: OutputWish, target: Format, size: Size) -> tuple[int, tuple[str, ...]]:
    if facts.frames == 1 or asked.still or asked.page is not None or not FORMATS[target].animated:
        return 1, ()
    if facts.frames * size.width * size.height > DELIVERED_ANIMATION_PIXELS:
        return 1, (f"poster; {facts.frames} frames are over {DELIVERED_ANIMATION_PIXELS // 1_000_000} MP",)
    return facts.frames, ()


_STRIPPED = frozenset({Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.AVIF})
"""The formats whose files can be sent without their metadata and otherwise as they are."""


_TAKEN_BY = {
    Format.WEBP: frozenset({Accept.WEBP, Accept.AVIF}),
    Format.AVIF: frozenset({Accept.AVIF}),
}
"""Who takes a format that not every client does."""


def _alternative(
    facts: Facts, picture: Picture, asked: OutputWish, choice: Choice, accept: Accept
) -> Format | None:
    """Name the source's format when its file would do as well: every pixel and every colour stays as it is."""
    same_pixels = (
        not picture.steps
        and (facts.orientation, facts.bits, facts.profile) == (1, 8, False)
        and facts.colour in {"srgb", "grey"}
        and picture.frames == facts.frames
    )
    kept = asked.keep_metadata or asked.keep_copyright or asked.keep_profile
    kept = kept or asked.density is not None or asked.progressive
    kept = kept or (facts.gain_map and choice.format is Format.JPEG)  # the stripped file has no gain map
    taken = accept in _TAKEN_BY.get(facts.format, frozenset(Accept))
    fits = choice.format is facts.format or (asked.auto and asked.format is None and taken)
    return facts.format if same_pixels and fits and not kept and facts.format in _STRIPPED else None


def _limits(picture: Picture, output: Output, cost: float, context: Context) -> tuple[Limit, ...]:
    pixels = picture.size.width * picture.size.height
    limits = [
        Limit("result edge", max(picture.size), RESULT_EDGE),
        Limit("result pixels", pixels, RESULT_PIXELS),
        Limit("cost", round(cost, 1), context.max_cost, "CALOTYPE_MAX_RENDER_COST"),
    ]
    if output.format is Format.AVIF:
        limits.append(Limit("AVIF pixels", pixels, AVIF_RESULT_PIXELS))
    if picture.frames > 1:
        limits.append(Limit("frames x pixels", pixels * picture.frames, DELIVERED_ANIMATION_PIXELS))
    return tuple(limits)


def is_heavy(format_: Format, progressive: bool, pixels: int) -> bool:  # noqa: FBT001 - a fact, not a switch
    """Whether decoding takes the one-wide lane."""
    return format_ is Format.JPEG and progressive and pixels > PROGRESSIVE_LANE_PIXELS
