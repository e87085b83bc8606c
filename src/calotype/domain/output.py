"""The output: which format a result is encoded in and how, with the reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from calotype.domain.assets import Facts
from calotype.domain.formats import FORMATS, Format
from calotype.domain.framing import MEZZANINE_EDGE
from calotype.domain.negotiation import Accept
from calotype.domain.transformations import OUTPUTS, Output, OutputWish
from calotype.domain.workspaces import OriginalPolicy, Policy
from calotype.operations.base import Size
from calotype.operations.colours import WHITE

LOSSLESS = frozenset({Format.WEBP, Format.AVIF, Format.PNG})
"""Formats that can be told to lose nothing, or never do."""

CODED_WITH_LOSS = frozenset({Format.JPEG, Format.HEIC, Format.AVIF})
"""Formats that hold photographs as a rule: WebP may be lossless as well."""

NOISY_EFFORT = 3
"""Of the PNG of a picture that was coded with loss: a quarter less time for 1 % more bytes (docs/adr/0043)."""

FROM_CAMERAS = frozenset({Format.JPEG, Format.HEIC})
LARGE_PHOTOGRAPH_EFFORT = 2
"""Of WebP, for a photograph that is larger than its mezzanine: half the time for a point of SSIMULACRA2, which a
mezzanine has to spare (docs/adr/0043)."""

AVIF_RESULT_PIXELS = 16_000_000
"""Above it AVIF costs seconds, and WebP is sent instead (imgproxy#1280)."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A format, why it was chosen, and whether a client with another Accept would have got another one."""

    format: Format
    reason: str
    varies: bool = False


def natural_format(facts: Facts) -> Format:
    """Name the format that a source is delivered in when nobody asks for another.

    Browser formats stay; HEIC and TIFF become JPEG, or PNG when they have transparency. SVG, BMP and
    ICO are delivered as they are and have no raster of their own.
    """
    if facts.format in {Format.HEIC, Format.TIFF}:
        return Format.PNG if facts.alpha else Format.JPEG
    return facts.format


def chosen(
    facts: Facts, wish: OutputWish, accept: Accept, policy: Policy, size: Size, *, alpha: bool
) -> Choice:
    """Choose the format of a result of *size*, which has transparency or not (*alpha*)."""
    if wish.format is None and wish.auto:
        return _negotiated(facts, wish, accept, policy, size, alpha=alpha)
    wanted = wish.format or natural_format(facts)
    if not FORMATS[wanted].output:
        return Choice(_writable(facts, alpha=alpha), f"{wanted.value} cannot be written")
    if wanted is Format.AVIF and size.width * size.height > AVIF_RESULT_PIXELS:
        return Choice(Format.WEBP, f"AVIF is limited to {AVIF_RESULT_PIXELS // 1_000_000} MP")
    return Choice(wanted, "as stored" if wanted is facts.format else "as asked")


def _negotiated(
    facts: Facts, wish: OutputWish, accept: Accept, policy: Policy, size: Size, *, alpha: bool
) -> Choice:
    answers = {each: _for_class(facts, wish, each, policy, size, alpha=alpha) for each in Accept}
    format_, reason = answers[accept]
    return Choice(format_, reason, varies=len({answer for answer, _ in answers.values()}) > 1)


def _for_class(
    facts: Facts, wish: OutputWish, accept: Accept, policy: Policy, size: Size, *, alpha: bool
) -> tuple[Format, str]:
    animated = facts.frames > 1 and not wish.still and wish.page is None
    # Unasked AVIF stands in neither for HEIC nor for a picture that keeps its profile (ImageKit contract, 3.6).
    plain = not animated and not wish.keep_profile and facts.format is not Format.HEIC
    if accept is Accept.AVIF and policy.auto_avif and plain:
        if size.width * size.height <= AVIF_RESULT_PIXELS:
            return Format.AVIF, "the client accepts AVIF"
        return Format.WEBP, f"AVIF is limited to {AVIF_RESULT_PIXELS // 1_000_000} MP"
    if accept is not Accept.NEITHER:
        return Format.WEBP, "the client accepts WebP"
    if animated:
        return Format.GIF, "animated, and the client accepts no WebP"
    return (
        (Format.PNG, "transparent, for every client") if alpha else (Format.JPEG, "opaque, for every client")
    )


def _writable(facts: Facts, *, alpha: bool) -> Format:
    natural = natural_format(facts)
    if FORMATS[natural].output and (FORMATS[natural].alpha or not alpha):
        return natural
    return Format.PNG


def encoding(
    format_: Format,
    wish: OutputWish,
    policy: Policy,
    *,
    facts: Facts | None = None,
    alpha: bool = False,
    density: float | None = None,
    gain_map: bool = False,
) -> Output:
    """Say how a result is encoded in *format_*, made from a picture with *facts*, where they are known.

    *alpha* says whether anything of it may be transparent.
    """
    built_in = OUTPUTS[format_]
    lossy = format_ in {Format.JPEG, Format.WEBP, Format.AVIF}
    default = policy.quality if policy.quality is not None else built_in.quality
    quality = wish.quality if wish.quality is not None else default
    return replace(
        built_in,
        effort=_effort(format_, wish, facts),
        quality=quality if lossy else built_in.quality,
        lossless=wish.lossless and format_ in LOSSLESS,
        progressive=wish.progressive and format_ is Format.JPEG,
        keep_profile=wish.keep_profile,
        keep_metadata=wish.keep_metadata,
        keep_copyright=wish.keep_copyright,
        keep_gps=wish.keep_metadata and policy.originals is OriginalPolicy.KEEP,
        keep_gain_map=gain_map,
        density=density,
        matte=wish.matte if alpha and not FORMATS[format_].alpha else WHITE,
        noisy=_noisy(format_, facts),
    )


def passed_over(wish: OutputWish, format_: Format) -> tuple[str, ...]:
    """Say what of *wish* means nothing in *format_*."""
    of_no_use = {
        "lossless": wish.lossless and format_ not in LOSSLESS,
        "progressive": wish.progressive and format_ is not Format.JPEG,
    }
    return tuple(
        f"{name} is passed over: {format_.value} has no such thing" for name, so in of_no_use.items() if so
    )


def _noisy(format_: Format, facts: Facts | None) -> bool:
    return format_ is Format.PNG and facts is not None and facts.format in CODED_WITH_LOSS


def _effort(format_: Format, wish: OutputWish, facts: Facts | None) -> int:
    if _noisy(format_, facts):
        return NOISY_EFFORT
    if format_ is Format.WEBP and not wish.lossless and facts and _large_photograph(facts):
        return LARGE_PHOTOGRAPH_EFFORT
    return OUTPUTS[format_].effort


def _large_photograph(facts: Facts) -> bool:
    return facts.format in FROM_CAMERAS and max(facts.width, facts.height) > MEZZANINE_EDGE
