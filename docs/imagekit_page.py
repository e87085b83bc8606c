"""The reference of ImageKit's delivery URLs: every key of the dialect's tables, its values, and what it becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from becoming import becomes, row, table

from calotype.dialects.imagekit.appearance import APPEARANCE
from calotype.dialects.imagekit.encoding import ENCODING
from calotype.dialects.imagekit.given import Hints, Spelling
from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.layers import HEAD, IMAGE, SOLID, TEXT
from calotype.dialects.imagekit.reading import PICTURE, Reading, read
from calotype.dialects.imagekit.sizing import FITS, SIZING, UNSCALED
from calotype.domain.words import Word
from calotype.operations.focus import Gravity

PHONE = Hints(width=780, dpr=2.0)
"""The client of the examples: a layout of 390 pixels, on a screen that has two for each."""
NAMED = {"thumb": "w-200,h-200"}
"""The named transformation of the examples."""


class Taken(NamedTuple):
    """Which values a key takes, and whole transformations that show them."""

    values: str
    examples: tuple[str, ...] = ()


_LENGTH = "pixels, a share of the original (`0.5`), or an expression"
_FLAG = "no value"
_PLACES = ", ".join(f"`{place.value}`" for place in Gravity)
_COLOUR = "`RRGGBB`, `RRGGBBAA` (AA: 00 to 99 percent opaque), or a name of CSS"

TAKEN: Mapping[str, Taken] = {
    "w": Taken(f"{_LENGTH}; `auto`: by client hints", ("w-300", "w-0.5", "w-iw_div_2", "w-auto")),
    "h": Taken(_LENGTH, ("h-200",)),
    "ar": Taken("`4-3`, `4_3`, `4:3`, a number, or an expression", ("w-400,ar-4-3",)),
    "c": Taken(
        ", ".join(f"`{name}`" for name in FITS),
        tuple(f"w-300,h-200,c-{name}" for name in FITS),
    ),
    "cm": Taken(
        ", ".join(f"`{name}`" for name in UNSCALED) + "; those of `c` too",
        tuple(f"w-300,h-200,cm-{name}" for name in UNSCALED),
    ),
    "fo": Taken(
        f"{_PLACES}, `auto`, `face`, `custom`, or names of objects (these need a model)",
        ("w-300,h-200,fo-top_left", "w-300,h-200,fo-auto", "w-300,h-200,fo-face", "w-300,h-200,fo-custom"),
    ),
    "z": Taken("0.01 to 100, with a focus on faces or objects", ("w-300,h-200,fo-face,z-0.5",)),
    "x": Taken(f"{_LENGTH}; with `cm-extract`", ("w-300,h-200,cm-extract,x-10,y-20",)),
    "y": Taken("as `x`"),
    "xc": Taken(f"{_LENGTH}; with `cm-extract`", ("w-300,h-200,cm-extract,xc-0.5,yc-0.5",)),
    "yc": Taken("as `xc`"),
    "dpr": Taken("0.1 to 5, an expression, or `auto`: by client hints", ("w-300,dpr-2", "w-300,dpr-auto")),
    "t": Taken("no value, `true`, `false`, or a threshold from 1 to 99", ("t-true", "t-30")),
    "e-bgremove": Taken(_FLAG, ("e-bgremove",)),
    "e-removedotbg": Taken(_FLAG, ("e-removedotbg",)),
    "e-changebg": Taken("`prompt-` and a text, or `prompte-` and its base64", ("e-changebg-prompt-a beach",)),
    "e-edit": Taken("as `e-changebg`", ("e-edit-prompt-add a hat",)),
    "e-retouch": Taken(_FLAG, ("e-retouch",)),
    "e-upscale": Taken(_FLAG, ("e-upscale",)),
    "e-genvar": Taken(_FLAG, ("e-genvar",)),
    "e-dropshadow": Taken(
        "nothing, or `az-` 0 to 360, `el-` 0 to 90, `st-` 0 to 100, joined by `_`", ("e-dropshadow-az-180",)
    ),
    "cr": Taken("a colour, `_` tolerance 0 to 100, `_` the colour to replace", ("cr-FF0000_20_00FF00",)),
    "e-contrast": Taken(_FLAG, ("e-contrast",)),
    "e-grayscale": Taken(_FLAG, ("e-grayscale",)),
    "e-colorize": Taken("nothing, or `co-` a colour, `in-` 0 to 100", ("e-colorize-co-blue_in-40",)),
    "e-sharpen": Taken("nothing, or a number; above 10 is as 10", ("e-sharpen", "e-sharpen-3")),
    "e-usm": Taken(
        "nothing, or radius-sigma-amount-threshold; a radius of 0 follows from sigma",
        ("e-usm-2-2-0.8-0.024",),
    ),
    "e-gradient": Taken(
        "nothing, or `ld-` degrees or a side or corner, `from-` and `to-` colours, `sp-` a share or pixels",
        ("e-gradient-ld-top_from-FF0000_to-FFFFFF00",),
    ),
    "e-distort": Taken(
        "`p-` and the x and y of four corners, or `a-` and degrees; `N` before a number makes it negative",
        ("e-distort-p-10_10_90_0_90_100_0_90", "e-distort-a-N60"),
    ),
    "e-shadow": Taken(
        "nothing, or `bl-` 0 to 15, `st-` 0 to 100, `x-` and `y-` percent, to 100 (`N`: negative)",
        ("e-shadow-bl-5_st-40_x-N3_y-3",),
    ),
    "o": Taken("0 to 100", ("o-40",)),
    "b": Taken("a width or an expression, `_`, a colour", ("b-5_FF0000",)),
    "r": Taken(
        "one radius, or four from the top left on, joined by `_`; `max`: a circle",
        ("r-20", "r-max", "r-8_0_8_0"),
    ),
    "fl": Taken("`h`, `v` or `h_v`", ("fl-h",)),
    "bl": Taken("1 to 100", ("bl-10",)),
    "bg": Taken(
        f"{_COLOUR}. With a padded size also `blurred`, `blurred_<0 to 100>_<brightness>`, `dominant`, "
        "`gradient_dominant`, `gradient_dominant_4`, `genfill` (needs a model)",
        (
            "bg-FFD70080",
            "w-300,h-200,cm-pad_resize,bg-blurred_20_N40",
            "w-300,h-200,cm-pad_resize,bg-gradient_dominant",
        ),
    ),
    "rt": Taken(
        "clockwise degrees, `N` before them: counter-clockwise; `auto`: as every picture", ("rt-N15",)
    ),
    "f": Taken(
        "`auto`, `jpg`, `jpeg`, `png`, `webp`, `avif`, `gif`; `svg` or `orig`: as stored. An SVG stays one, whatever "
        "else is asked, unless a raster format is named",
        ("f-auto", "f-webp"),
    ),
    "q": Taken("1 to 100", ("q-60",)),
    "pr": Taken("`true` or `false`", ("pr-true",)),
    "lo": Taken("`true` or `false`; WebP and AVIF", ("lo-true",)),
    "cp": Taken("`true` or `false`", ("cp-true",)),
    "md": Taken("`true` or `false`", ("md-true",)),
    "dn": Taken("1 to 1200, or an expression", ("dn-300",)),
    "pg": Taken("a number from 1", ("pg-2",)),
    "orig": Taken("`true` or `false`", ("orig-true",)),
    "di": Taken("a path, `@@` for `/`", ("di-fallbacks@@missing.png",)),
    "n": Taken("a name that `calotype transformations add` gave", ("n-thumb",)),
}
"""What the picture itself understands."""

OF_LAYERS: Mapping[str, Taken] = {
    "i": Taken(
        "a path, `@@` for `/`; a text; or `ik_canvas`",
        (
            "l-image,i-brand@@logo.png,l-end",
            "l-text,i-Hello,l-end",
            "l-image,i-ik_canvas,bg-FF0000,w-300,h-80,l-text,i-Hello,fs-30,co-white,l-end,l-end",
        ),
    ),
    "ie": Taken("the same in base64", ("l-text,ie-SGVsbG8=,l-end",)),
    "lm": Taken("`multiply`, `cutter`, `cutout`, `displace`", ("l-image,i-logo.png,lm-multiply,l-end",)),
    "lx": Taken(
        "pixels, or an expression over `bw`, `bh` and the layer's own `cw`, `ch`; `N`: from the far edge",
        ("l-image,i-logo.png,lx-10,ly-N20,l-end",),
    ),
    "ly": Taken("as `lx`"),
    "lxc": Taken("as `lx`", ("l-image,i-logo.png,lxc-bw_div_2,l-end",)),
    "lyc": Taken("as `lx`"),
    "lap": Taken(_PLACES, ("l-image,i-logo.png,lx-10,lap-bottom_right,l-end",)),
    "lfo": Taken(_PLACES, ("l-image,i-logo.png,lfo-top_right,l-end",)),
    "pg": Taken("a number from 1, of an image", ("l-image,i-logo.gif,pg-2,l-end",)),
}
OF_TEXTS: Mapping[str, Taken] = {
    "w": Taken("pixels, a share of the picture's width, or an expression", ("l-text,i-Hello,w-200,l-end",)),
    "fs": Taken("pixels or an expression", ("l-text,i-Hello,fs-bw_div_10,l-end",)),
    "ff": Taken("a family, see [the fonts](../imagekit.md#fonts)", ("l-text,i-Hello,ff-Lato,l-end",)),
    "co": Taken(_COLOUR, ("l-text,i-Hello,co-white,l-end",)),
    "ia": Taken("`left`, `center`, `right`", ("l-text,i-Hello,ia-left,l-end",)),
    "pa": Taken(
        "one to four numbers as in CSS, joined by `_`, or an expression", ("l-text,i-Hello,pa-5_10,l-end",)
    ),
    "al": Taken("1 to 9", ("l-text,i-Hello,al-5,l-end",)),
    "tg": Taken("`b`, `i`, `strikethrough`, joined by `_`", ("l-text,i-Hello,tg-b_i,l-end",)),
    "bg": Taken(_COLOUR, ("l-text,i-Hello,bg-00000080,l-end",)),
    "lh": Taken("pixels or an expression", ("l-text,i-Hello,lh-40,l-end",)),
    "r": Taken("as for a picture", ("l-text,i-Hello,bg-red,r-8,l-end",)),
    "rt": Taken("as for a picture", ("l-text,i-Hello,rt-N90,l-end",)),
    "fl": Taken("as for a picture", ("l-text,i-Hello,fl-v,l-end",)),
}
_CANVAS = "l-image,i-ik_canvas"
OF_CANVASES: Mapping[str, Taken] = {
    "w": Taken("pixels, a share of the picture, or an expression", (f"{_CANVAS},w-100,h-bh,bg-red,l-end",)),
    "h": Taken("as `w`"),
    "bg": Taken(_COLOUR, (f"{_CANVAS},w-100,h-50,bg-FFD70080,l-end",)),
    "al": Taken(
        "1 to 9; of a colour by name or with its own opacity it is none",
        (f"{_CANVAS},w-100,h-50,bg-FF0000,al-3,l-end",),
    ),
    "e-gradient": Taken("as for a picture", (f"{_CANVAS},w-100,h-50,e-gradient,l-end",)),
    "r": Taken("as for a picture", (f"{_CANVAS},w-100,h-50,bg-red,r-max,l-end",)),
}
PASSED_OVER = frozenset({"so", "eo", "du", "vc", "ac", "sr", "c2pa", "lso", "leo", "ldu"})
"""Keys that are understood, and do nothing here."""

_INTRODUCTION = """\
# ImageKit's delivery URLs

    {base_url}/ik/{workspace}/[tr:<transformation>/]<path>[?tr=<transformation>]

How to move there is told in [the guide](../imagekit.md). A transformation is a chain of steps, joined by `:`; a step
is a list of `key-value`, joined by `,`. What the path says comes before what the query says. Inside a step the order
does not matter: everything runs in the order of [the operations](operations.md).

- An unknown key is ignored. A known key with a malformed value is 400, and the message names the token and its place.
  [Explain](explain.md) lists what became of each token.
- The last of a key in a step wins; of the keys that concern the whole URL, the last in the URL.
- A dimension above 65,535 is ignored.
- An **expression** is `value_op_value…` with `add`, `sub`, `mul`, `div`, `mod`, `pow` and the sizes of the original
  (`iw`, `ih`, `iar`), of the picture when the step begins (`cw`, `ch`, `car`), and in a layer of what it lies on
  (`bw`, `bh`, `bar`); `idn` is the density. All products and quotients come first, then sums, then `mod`, then `pow`.

*Becomes* is what the core understands: a word of [the operations](operations.md) with the fields that are not their
default, or a wish for the output. The client of these examples sends `Sec-CH-Width: 780` and `Sec-CH-DPR: 2`, and
`thumb` is the name of `w-200,h-200`.
"""
_CONDITIONALS = """\
## Conditionals

`if-<property>_<relation>_<number>`, then steps, `if-else` (or nothing), steps, `if-end`. Properties are `w`, `h` and
`ar` of the picture when the conditional is reached, `iw`, `ih` and `iar` of the original; relations are `eq`, `ne`,
`gt`, `gte`, `lt` and `lte`. `_and_` binds tighter than `_or_`. A conditional is alone in its step; keys of the output
have no place in it.
"""
_IMAGES = """\
## Layers: images

Inside of an image layer: {keys}. An image that is a layer is trimmed unless it says `t-false`.

## Layers in layers

Images, texts, colours and gradients hold layers, three deep. Sizes, places and expressions of a layer are of the one
that contains it, and that is laid on the picture as one: its opacity, rounded corners and rotation are also those of
the layers in it. What only pixels tell (`t`, `fo-face`, `e-bgremove`) is refused on a text, a colour or a gradient; an
image in it may have it.
"""
_AROUND = """\
## Around the transformation

| part of the URL | meaning |
| --- | --- |
| `?ik-s=…`, `?ik-t=…` | the signature, and until when it holds (Unix seconds) |
| `?ik-attachment=true` | a download; `?ik-attachment-filename=…` names it |
| `?ik-obj-version=…` | this version, by its id, or 404; such a URL is `immutable` |
| `/ik-seo/folder/name/any-words.jpg` | `/folder/name.jpg`, under words that search engines like |
| `…/photo.gif/ik-thumbnail.jpg` | one still frame, as JPEG unless `f` says otherwise |
| any other parameter | ignored |

## What is understood and does nothing

{keys}: they are for videos, or for content credentials, which are not written. A layer shows its first page, whatever
its `pg`.
"""


def imagekit_page(note: str) -> str:
    """Describe every key."""
    lines = [
        f"{note}{_INTRODUCTION}",
        *_section("Size and focus", SIZING, TAKEN),
        *_section("Shapes, colours and effects", APPEARANCE, TAKEN),
        *_section("Output", ENCODING, TAKEN),
        *_section("Whole URL", {"di": PICTURE["di"], "n": _NAME}, TAKEN),
        _CONDITIONALS,
        *_table({"if": _CONDITION}, {"if": _BRANCH}),
        "",
        *_section("Layers: which, and where", HEAD, OF_LAYERS),
        *_section("Layers: texts", TEXT, OF_TEXTS),
        *_section("Layers: colours and gradients", SOLID, OF_CANVASES),
        _IMAGES.format(keys=_listed(IMAGE)),
        _AROUND.format(keys=_listed(PASSED_OVER)),
    ]
    return "\n".join(lines)


_NAME = Spelling(str, "a named transformation")
_CONDITION = Spelling(str, "a condition")
_BRANCH = Taken(
    "a condition",
    ("if-ar_gt_1,w-300,if-else,h-300,if-end", "if-iw_gte_1000_and_ih_lt_800,e-grayscale,if-end"),
)


def _section(title: str, spellings: Mapping[str, Spelling], taken: Mapping[str, Taken]) -> list[str]:
    return [f"## {title}\n", *_table(spellings, taken), ""]


def _table(spellings: Mapping[str, Spelling], taken: Mapping[str, Taken]) -> list[str]:
    lines = table("key", "meaning", "values", "for example", "becomes")
    for key, spelling in spellings.items():
        if key in PASSED_OVER:
            continue
        values, examples = taken[key]
        first, *others = examples or ("",)
        lines.append(row(f"`{key}`", spelling.meaning, values, *_shown(first)))
        lines += [row("", "", "", *_shown(each)) for each in others]
    return lines


def _shown(example: str) -> tuple[str, str]:
    return (f"`{example}`", becomes(understood(example).transformation)) if example else ("", "")


def understood(example: str) -> Reading:
    """Read *example* as the server does.

    Raises:
        Invalid: it is malformed.
    """
    return read([Chain(example)], NAMED.get, PHONE)


def ignored(example: str) -> list[Word]:
    """List what does nothing in *example*."""
    return [word for word in understood(example).words if word.ignored]


def documented() -> Iterable[str]:
    """List all examples."""
    for taken in (TAKEN, OF_LAYERS, OF_TEXTS, OF_CANVASES, {"if": _BRANCH}):
        for each in taken.values():
            yield from each.examples


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in sorted(keys))
