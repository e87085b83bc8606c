"""Text drawn by Pango, as libvips has it: ink, lines, padding and background, as one RGBA picture.

Law: what a user writes is text, never markup. The extent is estimated small before anything large is drawn.
"""

from __future__ import annotations

from html import escape

from calotype.engine.vips import Error, Image
from calotype.errors import Invalid
from calotype.operations.base import EDGE
from calotype.operations.colours import Colour
from calotype.operations.layer import DRAWN_PIXELS, TextSource
from calotype.operations.samples import blended
from calotype.operations.text_style import Align

_ALIGN = {Align.LEFT: "low", Align.CENTER: "centre", Align.RIGHT: "high"}
_PROBE = 16.0
"""Font size in pixels at which the extent of a text is estimated."""
_NOTHING_DRAWN = "no text to render"
_BEYOND_RASTER = "too big"
"""FreeType's refusal of ink further than 32,767 pixels from where the text begins."""
_PANGO_UNITS = 1024


def draw(source: TextSource) -> Image:
    """Draw a resolved *source*: 8-bit sRGB with alpha.

    Raises:
        Invalid: the text takes more than 16,383 pixels a side or 50 million in all.
    """
    _check_extent(source)
    ink = _ink(source, 1.0)
    top, right, bottom, left = (round(_number(side)) for side in source.padding)
    width, height = ink.width + left + right, ink.height + top + bottom
    _check(width, height)
    return _coloured(ink.embed(left, top, width, height), source.colour, source.background)


def _check_extent(source: TextSource) -> None:
    """Refuse early: Pango would first take the memory for whatever comes out."""
    scale = _PROBE / _number(source.size)
    if scale < 1:
        probe = _ink(source, scale)
        _check(probe.width / scale / 1.1, probe.height / scale / 1.1)


def _check(width: float, height: float) -> None:
    if max(width, height) > EDGE or width * height > DRAWN_PIXELS:
        raise Invalid.field(
            "layer",
            f"the text takes {width:.0f}x{height:.0f} pixels; at most {EDGE} a side and {DRAWN_PIXELS:,} in all.",
        )


def _ink(source: TextSource, scale: float) -> Image:
    """Draw how much of each pixel is covered, at *scale* times the size that was asked for."""
    width = {} if source.width is None else {"width": max(1, round(_number(source.width) * scale))}
    try:
        return Image.text(
            _markup(source, scale),
            font=_font(source, scale),
            align=_ALIGN[source.align],
            dpi=72,  # one point is one pixel then
            wrap="word-char",
            **width,
        )
    except Error as error:
        if _NOTHING_DRAWN in str(error):  # zero-width characters alone
            return Image.black(1, 1)
        if _BEYOND_RASTER in str(error):
            raise Invalid.field("layer", "the text takes more pixels than can be drawn.") from error
        raise


def _markup(source: TextSource, scale: float) -> str:
    attributes = ' strikethrough="true"' if source.strikethrough else ""
    if source.line_height is not None:
        # Up to 1024 Pango takes it for a factor.
        height = round(_number(source.line_height) * scale * _PANGO_UNITS)
        attributes += f' line_height="{max(_PANGO_UNITS + 1, height)}"'
    text = escape(source.text, quote=False)
    return f"<span{attributes}>{text}</span>" if attributes else text


def _font(source: TextSource, scale: float) -> str:
    """Describe the font to Pango; the comma ends the family, so that no word of it is read as a style."""
    style = ("Bold " if source.bold else "") + ("Italic " if source.italic else "")
    return f"{source.family}, {style}{_number(source.size) * scale:g}px"


def _coloured(ink: Image, colour: Colour, background: Colour) -> Image:
    """Let *colour* show where the ink is, and *background* where it is not."""
    alpha = (ink * colour.opacity).rint().cast("uchar")
    text = ink.new_from_image(colour.rgb).cast("uchar").copy(interpretation="srgb").bandjoin(alpha)
    if not background.opacity:
        return text
    canvas = ink.new_from_image(background.rgba).cast("uchar").copy(interpretation="srgb")
    return blended(canvas, text)


def _number(quantity: object) -> float:
    if not isinstance(quantity, int | float):
        raise TypeError("a text is resolved before it is drawn")
    return quantity
