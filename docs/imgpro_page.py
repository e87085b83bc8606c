"""The reference of img.pro's delivery URLs: every parameter, and what it becomes."""

from __future__ import annotations

from dataclasses import replace

from becoming import becomes, row, table

from calotype.dialects.imgpro.cdn import PARAMETERS, SIZES, SOCIAL, parse
from calotype.domain.transformations import Transformation
from calotype.operations.resize import Resize

_ID = "0" * 24
_INTRODUCTION = """\
# img.pro's delivery URLs

    {cdn}/{storage}/{id}.{ext}?size=…&w=…&blur=…

`{cdn}/{storage}/{id}.{ext}` is the `src` that an upload answers. Without parameters, and with its own extension, it is
the original. Another extension (jpg, jpeg, png, webp, avif, gif) converts it.

Parameters come in any order, and the first of a name counts. One that is unknown, or whose value is out of range, is
ignored; [explain](explain.md) says which and why. The picture is turned first, then put into the box, then its pixels
are changed; after that the order is that of [the operations](operations.md). A named size or a box with `scale-down`,
which is the `fit` without one, never enlarges.

A workspace whose policy is `restrict_unsigned` or `restrict_unnamed` takes a named size and a format here, and answers
400 to whatever asks for more: nothing vouches for it.

What a parameter becomes is written in the words of [the operations](operations.md); `output` is what is asked of the
encoder.
"""


def imgpro_page(note: str) -> str:
    """Describe every parameter and every named size."""
    lines = [f"{note}{_INTRODUCTION}", *table("parameter", "values", "meaning", "example", "becomes")]
    for name, parameter in PARAMETERS.items():
        example = f"{name}={parameter.example}"
        shown = _needed(name, example)
        lines.append(row(f"`{name}`", parameter.values, parameter.meaning, f"`{shown}`", _becomes(shown)))
    lines += ["", "## Named sizes\n", *table("size", "what it is", "becomes")]
    for name, resize in SIZES.items():
        lines.append(row(f"`{name}`", f"short edge at {resize.short_edge:,} px", _size(resize)))
    lines.append(
        row("`social`", "a card: the whole picture on a blurred, darker copy of itself", _size(SOCIAL))
    )
    return "\n".join(lines) + "\n"


def _needed(name: str, example: str) -> str:
    """Give an example what it takes to mean anything: fits and gravities are those of a box."""
    return {"fit": f"w=300&h=200&{example}", "gravity": f"w=300&h=200&fit=cover&{example}"}.get(name, example)


def _becomes(query: str) -> str:
    address = parse(f"abc/{_ID}.jpg", query)
    if address is None or any(word.ignored for word in address.words):
        raise ValueError(f"{query} is no example")
    # The extension of the URL is a wish too, but not that of the parameter.
    named = "format=" in query
    wish = address.wish
    output = wish.output if named else replace(wish.output, format=None)
    return becomes(Transformation(wish.steps, output))


def _size(resize: Resize) -> str:
    return becomes(Transformation.of(resize))
