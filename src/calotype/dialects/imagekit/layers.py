"""Layers (contract, 3.12): images, texts, solid colours and gradients, and where they lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, cast

from calotype.dialects.imagekit import values
from calotype.dialects.imagekit.appearance import APPEARANCE, corners, gradient
from calotype.dialects.imagekit.encoding import page
from calotype.dialects.imagekit.given import DIMENSION, Given, Notes, Spelling, reading
from calotype.dialects.imagekit.grammar import Items, Layer, Parameter
from calotype.dialects.imagekit.sizing import SIZING
from calotype.operations import layer as core
from calotype.operations.base import EDGE, Operation
from calotype.operations.colours import BLACK, CLEAR, Colour
from calotype.operations.focus import Gravity
from calotype.operations.placing import Offset, Position
from calotype.operations.quantities import Quantity
from calotype.operations.rotate import Rotate
from calotype.operations.steps import Step, Steps
from calotype.operations.text_style import Align, fallback
from calotype.operations.trim import Trim

CANVAS = "ik_canvas"
"""The input of an image layer that is one colour or a gradient."""
TEXT_SIZE = 4_000
"""Characters of a text as it is written; what is longer than the core draws is cut off there."""

Table = dict[str, Spelling]


class Reader(Protocol):
    """What reads the steps of a layer, as it reads those of the picture."""

    notes: Notes

    def steps(self, tree: tuple[Items, ...], table: Table) -> Steps:
        """Read *tree*, whose parameters *table* names."""


_PLACES = {place.value: place for place in Gravity}


def _gravity(text: str) -> Gravity:
    return values.chosen(text, _PLACES)


def _offset(*, centre: bool) -> Callable[[str], Offset]:
    def read(text: str) -> Offset:
        far = text.startswith("N")
        return Offset(value=values.quantity(text.removeprefix("N")), far=far, centre=centre)

    return read


_MODES = {
    mode.value: mode for mode in (core.Mode.MULTIPLY, core.Mode.CUTTER, core.Mode.CUTOUT, core.Mode.DISPLACE)
}


def _mode(text: str) -> core.Mode:
    return values.chosen(text, _MODES)


def _padding(text: str) -> tuple[Quantity, ...]:
    """Read CSS's shorthand, or an expression for all four sides."""
    parts = text.split("_")
    if not all(part[:1].isdigit() for part in parts):
        return (values.expression(text),) * 4
    sides = [values.number(part) for part in parts]
    if len(sides) > 4:
        raise ValueError("one to four numbers are expected.")
    top = sides[0]
    right = sides[1] if len(sides) > 1 else top
    return (top, right, sides[2] if len(sides) > 2 else top, sides[3] if len(sides) > 3 else right)


_STYLES = {"b": "bold", "i": "italic", "strikethrough": "strikethrough"}


def _typography(text: str) -> dict[str, bool]:
    parts = text.split("_")
    if not set(_STYLES).issuperset(parts):
        raise ValueError("b, i or strikethrough, joined by _, is expected.")
    return {_STYLES[part]: True for part in parts}


def _alpha(text: str) -> float:
    alpha = values.integer(text)
    values.within(alpha, 1, 9)
    return alpha / 10


def _paint(text: str) -> tuple[Colour, bool]:
    """Read a colour, and whether it has a name."""
    return values.colour(text), values.is_name(text)


_ALIGNS = {align.value: align for align in Align}


def _align(text: str) -> Align:
    return values.chosen(text, _ALIGNS)


def _family(text: str) -> str:
    return values.decoded(text).replace("@@", "/")


HEAD: Table = {
    "i": Spelling(str, "input"),
    "ie": Spelling(values.from_base64, "input, in base64"),
    "lm": Spelling(_mode, "how the layer mixes with what is below"),
    "lx": Spelling(_offset(centre=False), "left edge"),
    "ly": Spelling(_offset(centre=False), "top edge"),
    "lxc": Spelling(_offset(centre=True), "middle, across"),
    "lyc": Spelling(_offset(centre=True), "middle, down"),
    "lap": Spelling(_gravity, "where the coordinates begin"),
    "lfo": Spelling(_gravity, "where the layer lies"),
    "lso": Spelling(str, "time"),
    "leo": Spelling(str, "time"),
    "ldu": Spelling(str, "time"),
    "pg": Spelling(page, "page or frame"),
}
"""What says which layer it is and where it lies; it may stand in any step of the layer."""

TEXT: Table = {
    "w": Spelling(values.length, "width where lines wrap", largest=DIMENSION),
    "fs": Spelling(values.quantity, "size of the font"),
    "ff": Spelling(_family, "font"),
    "co": Spelling(values.colour, "colour of the text"),
    "ia": Spelling(_align, "alignment of the lines"),
    "pa": Spelling(_padding, "padding"),
    "al": Spelling(_alpha, "opacity, in tenths"),
    "tg": Spelling(_typography, "style"),
    "bg": Spelling(values.colour, "background"),
    "lh": Spelling(values.quantity, "distance of lines"),
    **{key: APPEARANCE[key] for key in ("r", "rt", "fl")},
}
"""How a text is set, and what is done to it."""
SOLID: Table = {
    "w": Spelling(values.length, "width", largest=DIMENSION),
    "h": Spelling(values.length, "height", largest=DIMENSION),
    "bg": Spelling(_paint, "colour"),
    "al": Spelling(_alpha, "opacity, in tenths"),
    "e-gradient": Spelling(gradient, "gradient", flag=True),
    "r": Spelling(corners, "rounded corners"),
}
"""What a solid colour or a gradient is."""
_IMAGE_KEYS = (
    "bl", "b", "o", "bg", "r", "rt", "t", "fl", "cr", "e-grayscale", "e-contrast", "e-sharpen", "e-usm", "e-shadow",
    "e-gradient", "e-colorize", "e-distort", "e-bgremove", "e-removedotbg", "e-dropshadow",
)  # fmt: skip
IMAGE: Table = {**SIZING, **{key: APPEARANCE[key] for key in _IMAGE_KEYS}}
"""What can be done to an image that is a layer: of the models' work only what the vendor allows there."""


def _distance(text: str) -> float:
    value = values.signed(text)
    values.within(value, -EDGE, EDGE)
    return value


_SHIFT: Table = {axis: Spelling(_distance, "how far things are moved, at most") for axis in ("x", "y")}
_NO_INPUT = "an input (i- or ie-) is missing."
_COORDINATES = ("lx", "ly", "lxc", "lyc")


def layer(node: Layer, reader: Reader) -> core.Layer:
    """Read *node*.

    Raises:
        Invalid: its kind, its input or a value is malformed, or coordinates contradict each other.
    """
    head, tree = _parted(node, reader.notes)
    reader.notes.understood(node.token, f"a layer: {node.kind}")
    head.ignore("only videos have a time", "lso", "leo", "ldu")
    if node.kind == "text":
        built = _text(node, head, tree, reader)
    elif node.kind == "image" and head.get("i") == CANVAS and "ie" not in head:
        built = _canvas(tree, reader)
    elif node.kind == "image":
        built = _image(node, head, tree, reader)
    elif node.kind in {"video", "subtitles"}:
        raise node.token.refuse("videos are not delivered; only pictures are.")
    else:
        raise node.token.refuse("a layer is l-image or l-text.")
    built = built.but(position=_position(head), mode=head.get("lm", core.Mode.OVER))
    head.close()
    return built


def _parted(node: Layer, notes: Notes) -> tuple[Given, tuple[Items, ...]]:
    """Part what says which layer it is and where it lies from what is done to it."""
    head = [
        item for items in node.steps for item in items if isinstance(item, Parameter) and item.key in HEAD
    ]
    body = [
        tuple(item for item in items if not (isinstance(item, Parameter) and item.key in HEAD))
        for items in node.steps
    ]
    return Given(head, HEAD, notes), tuple(items for items in body if items)


def _position(head: Given) -> Position:
    for one, other in (("lx", "lxc"), ("ly", "lyc")):
        if one in head and other in head:
            raise head.refuse(other, f"{one} says the same already.")
    if not any(key in head for key in _COORDINATES):
        head.ignore("only coordinates have an anchor", "lap")
        return Position(focus=head.get("lfo", Gravity.CENTER))
    head.ignore("coordinates are given", "lfo")
    return Position(
        x=head.get("lx") or head.get("lxc") or Offset(),
        y=head.get("ly") or head.get("lyc") or Offset(),
        anchor=head.get("lap", Gravity.TOP_LEFT),
    )


def _image(node: Layer, head: Given, tree: tuple[Items, ...], reader: Reader) -> core.Layer:
    """Read an image: it is trimmed unless it says otherwise, which matters for every logo."""
    path = _path(node, head)
    shift = (0.0, 0.0)
    if head.get("lm") is core.Mode.DISPLACE:
        tree, shift = _shifted(tree, reader.notes)
    steps = reader.steps(tree, IMAGE)
    if not any(parameter.key == "t" for parameter in _parameters(tree)):
        steps = _before((Trim(),), steps)
    source = core.ImageSource(path=path, page=head.get("pg", 1))
    return core.Layer(source=source, steps=steps, shift=shift)


def _path(node: Layer, head: Given) -> str:
    plain = head.get("i")
    if "ie" in head:
        head.ignore("ie is given too", "i")
        return f"/{head.get('ie').strip('/')}"
    if plain is None:
        raise node.token.refuse(_NO_INPUT)
    return cast("str", reading(node.token, values.path, plain))


def _parameters(tree: tuple[Items, ...]) -> Iterator[Parameter]:
    """List the parameters of the layer itself, not of layers in it."""
    for items in tree:
        yield from (item for item in items if isinstance(item, Parameter))


def _shifted(tree: tuple[Items, ...], notes: Notes) -> tuple[tuple[Items, ...], tuple[float, float]]:
    """Take out how far a displacing layer moves things: for it, `x` and `y` are no region."""
    given = Given([each for each in _parameters(tree) if each.key in _SHIFT], _SHIFT, notes)
    shift = given.get("x", 0.0), given.get("y", 0.0)
    given.close()
    rest = [
        tuple(item for item in items if not (isinstance(item, Parameter) and item.key in _SHIFT))
        for items in tree
    ]
    return tuple(items for items in rest if items), shift


def _drawn(tree: tuple[Items, ...], table: Table, notes: Notes) -> tuple[Given, Items]:
    """Read the first step of what is drawn, which says how; layers and the like in it are left over."""
    first = tree[0] if tree else ()
    given = Given([item for item in first if isinstance(item, Parameter)], table, notes)
    return given, tuple(item for item in first if not isinstance(item, Parameter))


def _finished(
    source: core.Source, given: Given, left: Items, tree: tuple[Items, ...], reader: Reader
) -> core.Layer:
    """Put a drawn source together with what is done to it: layers lie below its rounded corners, and turn with it."""
    shapes = [given.get(key) for key in ("e-gradient", "r", "fl") if key in given]
    if given.get("rt"):
        shapes.append(Rotate(angle=given.get("rt")))
    own = tuple(each for each in shapes if each != ())
    opacity = given.get("al", 1.0)
    given.close()
    first = _before(own, reader.steps((left,) if left else (), IMAGE))
    return core.Layer(source=source, steps=(*first, *reader.steps(tree[1:], IMAGE)), opacity=opacity)


def _before(operations: tuple[Operation, ...], steps: Steps) -> Steps:
    """Let *operations* join the first of *steps*, or come before it when it is a condition."""
    first, rest = (steps[0], steps[1:]) if steps else (Step(), ())
    if isinstance(first, Step):
        joined = Step((*operations, *first.operations))
        return (joined, *rest) if joined.operations else rest
    return (Step(operations), *steps) if operations else steps


def _text(node: Layer, head: Given, tree: tuple[Items, ...], reader: Reader) -> core.Layer:
    given, left = _drawn(tree, TEXT, reader.notes)
    fields: dict[str, Any] = {
        name: given.get(key)
        for key, name in (
            ("w", "width"), ("fs", "size"), ("ff", "family"), ("co", "colour"), ("ia", "align"), ("pa", "padding"),
            ("bg", "background"), ("lh", "line_height"),
        )
        if key in given
    }  # fmt: skip
    stand_in = fallback(fields["family"]) if "family" in fields else None
    if stand_in:
        given.explain("ff", f"font: it is not here, {stand_in} stands in for it")
    source = core.TextSource(text=_words(node, head), **fields, **given.get("tg", {}))
    return _finished(source, given, left, tree, reader)


def _words(node: Layer, head: Given) -> str:
    if "ie" in head:
        head.ignore("ie is given too", "i")
        return cast("str", head.get("ie"))[:TEXT_SIZE]
    if "i" not in head:
        raise node.token.refuse(_NO_INPUT)
    try:
        return values.decoded(head.get("i"))[:TEXT_SIZE]
    except ValueError as error:
        raise head.refuse("i", str(error)) from None


def _canvas(tree: tuple[Items, ...], reader: Reader) -> core.Layer:
    given, left = _drawn(tree, SOLID, reader.notes)
    blank = CLEAR if "e-gradient" in given else BLACK
    source = core.SolidSource(width=given.get("w"), height=given.get("h"), colour=_solid(given, blank))
    return _finished(source, given, left, tree, reader)


def _solid(given: Given, blank: Colour) -> Colour:
    """Read the colour, *blank* without one. Of an opaque RRGGBB alone `al` is the opacity (contract, 3.12)."""
    colour: Colour
    colour, named = given.get("bg", (blank, False))
    if named:
        given.ignore("a colour that has a name is as opaque as its name says", "al")
    elif "bg" in given and not colour.is_opaque:
        given.ignore("the colour says its own opacity", "al")
    return colour
