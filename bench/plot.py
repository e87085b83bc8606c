"""The plot of the page: renders per second as bars, SSIMULACRA2 beside each, one panel for each case at 640 px."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN, GAP = 300, 168, 24, 20
HEADER = 76
BAR, LABEL = 18, 92
"""Pixels: a bar's height with its gap, and the room for a server's name."""
PRINTED = 78
"""Room right of the longest bar for its figures."""
COLOURS = {
    "calotype": "#b4532a",
    "calotype, no mezzanine": "#e0a684",
    "thumbor": "#7d8794",
    "ipx": "#5b7fa6",
    "imagor": "#5f9a7c",
    "imgproxy": "#8a73a8",
}
FORMATS = ("jpeg", "webp", "avif", "png")


def draw(found: list[dict[str, Any]]) -> bytes:
    """Draw the results as a PNG, twice as large as on the page."""
    import resvg_py

    from calotype.engine import fonts

    markup = svg(found)
    return bytes(resvg_py.svg_to_bytes(svg_string=markup, zoom=2, **fonts.for_resvg(markup)))


def svg(found: list[dict[str, Any]]) -> str:
    """Lay the panels out: a row for each source, a column for each format."""
    chosen = [
        each for each in found if each["case"]["width"] == 640 and each["case"]["label"].endswith("JPEG")
    ]
    labels = list(dict.fromkeys(each["case"]["label"] for each in chosen))
    across = 2 * MARGIN + len(FORMATS) * (WIDTH + GAP) - GAP
    down = HEADER + len(labels) * (HEIGHT + GAP) + MARGIN - GAP
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}" height="{down}" font-family="sans-serif">',
            f'<rect width="{across}" height="{down}" fill="#fff"/>',
            _text(MARGIN, 34, "Cold variants per second, 640 px wide", 20, "#222", "bold"),
            _text(
                MARGIN,
                56,
                "longer is faster; in brackets SSIMULACRA2, higher is better; JPEG, WebP and AVIF at equal bytes",
                13,
                "#555",
            ),
            *(
                _panel(chosen, label, format_, row, column)
                for row, label in enumerate(labels)
                for column, format_ in enumerate(FORMATS)
            ),
            "</svg>",
        ]
    )


def _panel(chosen: list[dict[str, Any]], label: str, format_: str, row: int, column: int) -> str:
    group = [
        each
        for each in chosen
        if (each["case"]["label"], each["case"]["format"]) == (label, format_) and not each["failure"]
    ]
    if not group:
        return ""
    x, y = MARGIN + column * (WIDTH + GAP), HEADER + row * (HEIGHT + GAP)
    return "".join(
        [
            f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#f7f5f2"/>',
            _text(x + 12, y + 24, f"{label} to {format_.upper()}", 13, "#222", "bold"),
            *_bars(group, x + 12, y + 42),
        ]
    )


def _bars(group: list[dict[str, Any]], x: int, y: int) -> Iterator[str]:
    longest = max(each["rate"] for each in group)
    room = WIDTH - 24 - LABEL - PRINTED
    for line, each in enumerate(group):
        top, length = y + line * (BAR + 4), max(1.0, each["rate"] / longest * room)
        name = "no mezzanine" if "," in each["server"] else each["server"]
        colour = COLOURS.get(each["server"], "#999")
        yield _text(x, top + 13, name, 12, "#333")
        yield f'<rect x="{x + LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2" fill="{colour}"/>'
        yield _text(
            x + LABEL + length + 6, top + 13, f"{each['rate']:.1f}  ({each['score']:.0f})", 12, "#333"
        )


def _text(x: float, y: float, words: str, size: int, colour: str, weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" font-weight="{weight}">{escape(words)}</text>'
