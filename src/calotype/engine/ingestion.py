"""Ingest: one full decode of an upload that proves every pixel, learns the facts, and makes the mezzanine.

Law: budgets come from the header before a pixel is touched; what is accepted has been decoded to its last row.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from calotype.domain.assets import Facts
from calotype.domain.formats import SNIFF_BYTES, Format
from calotype.domain.framing import MEZZANINE_EDGE, SMALL_EDGE, wants_mezzanine
from calotype.engine import colour, facts, gain_maps, gps, mezzanine
from calotype.engine.alpha import is_transparent, premultiplied
from calotype.engine.decoding import ALL_FRAMES, open_image, orientation, upright
from calotype.engine.headers import read_header
from calotype.engine.limits import check_budgets
from calotype.engine.plain import coded_anew, without_metadata
from calotype.engine.refusals import refusals, refuse_damage
from calotype.engine.vips import Image, complaints
from calotype.engine.wholeness import is_whole
from calotype.errors import ImageTruncated
from calotype.ports import Ingested, IngestLimits

_SAMPLE_BYTES = {"char": 1, "short": 2, "ushort": 2, "int": 4, "uint": 4, "float": 4, "double": 8}


def ingest(source: str, format_: Format, limits: IngestLimits, scratch: str) -> Ingested:
    """Decode the file *source* fully, once: validate it, learn its facts, make its mezzanine in *scratch*.

    Raises:
        ImageTruncated: the file ends too early.
        ImageCorrupt: it cannot be decoded.
        TooManyPixels, TooManyFrames, TooComplex: it is over a limit that the message names.
        UnsafeMarkup: an SVG with a construct that is not accepted.
    """
    if format_ is Format.SVG:
        return _ingest_svg(source, limits, scratch)
    with refusals(source, format_):
        header = read_header(source, format_)
        check_budgets(header.width, header.height, header.frames, Path(source).stat().st_size, limits)
        if not is_whole(source, format_):
            raise ImageTruncated
        made = _ingest_raster(source, format_, header.frames, scratch)
        return _plain(made, source, scratch) if limits.plain else made


def _plain(made: Ingested, source: str, scratch: str) -> Ingested:
    """Make the file plain, and learn it again where its pixels had to be coded anew."""
    learned, cleaned = made.facts, Path(scratch) / "plain"
    kept = None if made.notes else without_metadata(source, learned)  # a note tells of more pictures
    if kept is not None:
        cleaned.write_bytes(kept)
        return replace(made, facts=replace(learned, gps=False, gain_map=False), cleaned=cleaned)
    cleaned.write_bytes(coded_anew(source, learned))
    return replace(_ingest_raster(str(cleaned), learned.format, 1, scratch), cleaned=cleaned)


def _ingest_raster(source: str, format_: Format, frames: int, scratch: str) -> Ingested:
    image = open_image(source, format_)
    pixels = _pixels(image)
    transparent = is_transparent(pixels) if frames == 1 else _is_animation_transparent(source, format_)
    if pixels.hasalpha() and not transparent:
        pixels = pixels.extract_band(0, n=3)
    stored = replace(
        _stored(image, format_),
        frames=frames,
        gps=gps.has_gps(source, format_),
        gain_map=format_ is Format.JPEG and gain_maps.has_gain_map(source),
    )
    learned = _with_looks(replace(stored, alpha=transparent), pixels)
    return _with_mezzanine(learned, pixels, scratch, _notes(image, source, format_))


def _ingest_svg(source: str, limits: IngestLimits, scratch: str) -> Ingested:
    """Clean the markup, and prove by drawing it once, as large as it is ever delivered, that it renders."""
    from calotype.engine import svg

    markup, notes = svg.sanitise(Path(source).read_bytes(), limits)
    width, height = svg.size(markup)
    drawing = svg.prove(markup)
    tiny = facts.small(drawing)
    cleaned = Path(scratch) / "cleaned.svg"
    cleaned.write_bytes(markup)
    learned = Facts(
        Format.SVG,
        width,
        height,
        alpha=is_transparent(drawing),
        dominant=facts.dominant(tiny),
        thumbhash=facts.placeholder(tiny),
    )
    return Ingested(learned, cleaned=cleaned, notes=notes)


def _pixels(image: Image) -> Image:
    """Decode *image* to its last row, no larger than a mezzanine: upright 8-bit sRGB in memory.

    The rows stream through the resize; only the small result is held, and turned.
    """
    width, height = mezzanine.fitted(image.width, image.height, MEZZANINE_EDGE)
    picture = colour.before_mixing(image)
    if (width, height) != (image.width, image.height):
        scale, vscale = width / image.width, height / image.height
        picture = premultiplied(
            picture, lambda pixels: pixels.resize(scale, vscale=vscale, kernel="lanczos3")
        )
    return colour.to_srgb(upright(_decoded(picture))).copy_memory()


def _decoded(image: Image) -> Image:
    """Pull every row through, and look for damage before anything else is asked of libvips."""
    complaints()  # what came before: earlier files, profiles that were tried
    pixels = image.copy_memory()
    refuse_damage()
    return pixels


def _is_animation_transparent(source: str, format_: Format) -> bool:
    """Decode every frame, as a stream, and say whether any pixel of any is transparent."""
    strip = open_image(source, format_, frames=ALL_FRAMES)
    least = strip.stats()(0, strip.bands)[0]
    return bool(strip.hasalpha() and least < 255)


def _stored(image: Image, format_: Format) -> Facts:
    """Give the facts of the file as it is stored; the size is upright."""
    turned = orientation(image)
    width, height = (image.width, image.height) if turned < 5 else (image.height, image.width)
    return Facts(
        format_,
        width,
        height,
        bits=_bits(image),
        colour=colour.name(image),
        profile=colour.has_profile(image),
        progressive=format_ is Format.JPEG and bool(image.get_typeof("interlaced")),
        orientation=turned,
    )


def _bits(image: Image) -> int:
    """Give the bits of one sample, at least 8: a palette of 16 colours still holds 8-bit colours."""
    if image.format == "uchar":
        return 8
    declared = image.get("bits-per-sample") if image.get_typeof("bits-per-sample") else 0
    return declared if declared > 8 else 8 * _SAMPLE_BYTES[image.format]


def _with_looks(learned: Facts, pixels: Image) -> Facts:
    tiny = facts.small(pixels)
    return replace(
        learned,
        dominant=facts.dominant(tiny),
        thumbhash=facts.placeholder(tiny),
        phash=facts.phash(tiny),
    )


def _with_mezzanine(learned: Facts, pixels: Image, scratch: str, notes: tuple[str, ...]) -> Ingested:
    """Keep the pixels in two sizes where they are smaller than the original and may stand in for it: still, 8 bits."""
    made, edge = Ingested(learned, notes=notes), max(learned.width, learned.height)
    if not wants_mezzanine(learned):
        return made
    if edge > MEZZANINE_EDGE:
        kept = mezzanine.write(pixels, scratch, "mezzanine")
        sized = replace(
            learned, mezzanine=kept.format, mezzanine_width=kept.width, mezzanine_height=kept.height
        )
        made = replace(made, facts=sized, mezzanine=kept.path)
    kept = mezzanine.write(_smaller(pixels), scratch, "small")
    sized = replace(made.facts, small=kept.format, small_width=kept.width, small_height=kept.height)
    return replace(made, facts=sized, small=kept.path)


def _smaller(pixels: Image) -> Image:
    """Scale *pixels* (8-bit sRGB, in memory) to the size of the small mezzanine."""
    to = mezzanine.fitted(pixels.width, pixels.height, SMALL_EDGE)
    return premultiplied(
        pixels, lambda image: image.resize(to[0] / image.width, vscale=to[1] / image.height)
    ).copy_memory()


def _notes(image: Image, source: str, format_: Format) -> tuple[str, ...]:
    """Say so when the file holds more pictures than are kept: an APNG, an AVIF sequence, a TIFF of many pages."""
    with Path(source).open("rb") as file:
        head = file.read(SNIFF_BYTES)
    pages = image.get("n-pages") if format_ is Format.TIFF and image.get_typeof("n-pages") else 1
    sequence = {Format.PNG: b"acTL" in head, Format.AVIF: head[8:12] == b"avis"}.get(format_, pages > 1)
    return ("only the first of the pictures in this file is used",) if sequence else ()
