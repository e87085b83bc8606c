"""Layer: another picture, a text or a colour, laid on the picture.

An image that a layer shows is planned as a picture of its own, along *steps*; what is drawn (text, colour) has its
final size only when it is drawn, so its *steps* are resolved and applied right after. Where layers lie on it, it is
measured before, and its steps are planned as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import astuple
from enum import StrEnum
from typing import Annotated, Any, ClassVar, NoReturn, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from calotype.errors import Invalid
from calotype.operations.base import EDGE, Operation, Scene, Size, Stage
from calotype.operations.colours import BLACK, CLEAR, Colour
from calotype.operations.placing import Position, Repeat, bound
from calotype.operations.quantities import Quantity, evaluated
from calotype.operations.steps import Branch, Steps
from calotype.operations.text_style import DEFAULT, FONT_SET, Align, drawn_as

TEXT_CHARACTERS = 2_000
"""What a text is longer than this, is cut off."""
DRAWN_PIXELS = 50_000_000
"""Pixels of a layer that is drawn, at most."""

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Mode(StrEnum):
    """How a layer's pixels and those below it make one."""

    OVER = "over"
    MULTIPLY = "multiply"
    SCREEN = "screen"
    OVERLAY = "overlay"
    DARKEN = "darken"
    LIGHTEN = "lighten"
    COLOUR_DODGE = "colour-dodge"
    COLOUR_BURN = "colour-burn"
    HARD_LIGHT = "hard-light"
    SOFT_LIGHT = "soft-light"
    DIFFERENCE = "difference"
    EXCLUSION = "exclusion"
    CUTTER = "cutter"
    """Keep the base only where the layer is."""
    CUTOUT = "cutout"
    """Keep the base only where the layer is not."""
    DISPLACE = "displace"
    """Move the base's pixels: sideways by the layer's red, up and down by its green; 128 moves nothing."""


class _Source(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]
    """What tells it apart in keys."""


class ImageSource(_Source):
    """An image of the same workspace, by path or by id; of several pages or frames the one that is named, from 1."""

    kind = "image"
    path: str = ""
    asset_id: str = ""
    page: Annotated[int, Field(ge=1)] = 1

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return self.path or self.asset_id

    def resolve(self, base: Size) -> Self:  # noqa: ARG002 - it has no quantities
        """Stay as it is."""
        return self


class Subject(ImageSource):
    """What a model says of the picture below: opaque where its subject is. Only resolving makes one."""

    kind = "subject"


def _printable(text: str) -> str:
    """Leave out what no font draws, and the empty space around."""
    return _UNPRINTABLE.sub("", text.replace("\r\n", "\n")).strip()[:TEXT_CHARACTERS]


class TextSource(_Source):
    """A text, cut off after 2,000 characters, without the empty space around its ink.

    *size* is that of the font in pixels. *width* is where lines wrap, and the edge that `align` lines up at.
    *padding* (top, right, bottom, left) and *background* lie around the ink. *line_height* is the distance of lines
    in pixels; the font's own when None.
    """

    kind = "text"
    text: Annotated[str, AfterValidator(_printable)]
    family: Annotated[str, AfterValidator(drawn_as)] = DEFAULT
    size: Quantity = 45.0
    colour: Colour = BLACK
    width: Quantity | None = None
    align: Align = Align.CENTER
    padding: tuple[Quantity, Quantity, Quantity, Quantity] = (0.0, 0.0, 0.0, 0.0)
    background: Colour = CLEAR
    bold: bool = False
    italic: bool = False
    strikethrough: bool = False
    line_height: Quantity | None = None

    def resolve(self, base: Size) -> Self:
        """Fix all quantities; shares are of the base's width, the line height's of its height.

        Raises:
            Invalid: one has no value, or one outside 1 to 16,383 pixels (padding from 0).
        """
        width = None if self.width is None else _length("width", self.width, base, base.width)
        return self.model_copy(
            update={
                "size": _length("font size", self.size, base, base.width),
                "width": width,
                "align": self.align if "\n" in self.text or width else Align.CENTER,
                "padding": tuple(
                    _length("padding", each, base, base.width, least=0) for each in self.padding
                ),
                "line_height": self.line_height
                and _length("line height", self.line_height, base, base.height),
            }
        )


class SolidSource(_Source):
    """A rectangle of one colour, as large as it is said to be, or as the base; a transparent one is a blank canvas."""

    kind = "solid"
    colour: Colour = BLACK
    width: Quantity | None = None
    height: Quantity | None = None

    def resolve(self, base: Size) -> Self:
        """Fix the size; shares are of the base's sides.

        Raises:
            Invalid: a side outside 1 to 16,383 pixels, or more than 50 million pixels.
        """
        width = base.width if self.width is None else round(_length("width", self.width, base, base.width))
        height = (
            base.height if self.height is None else round(_length("height", self.height, base, base.height))
        )
        if width * height > DRAWN_PIXELS:
            raise Invalid.field("layer", f"at most {DRAWN_PIXELS:,} pixels, and it has {width}x{height}.")
        return self.model_copy(update={"width": width, "height": height})

    @property
    def extent(self) -> Size:
        """The size of a resolved one, in pixels."""
        return Size(int(cast("float", self.width)), int(cast("float", self.height)))


Source = ImageSource | TextSource | SolidSource


class Layer(Operation, tag="layer"):
    """Lay *source*, changed by *steps*, on the picture.

    *opacity* is 0 to 1. *shift* is how far, in pixels each way, a displacing layer moves what lies below it.
    """

    stage = Stage.LAYER
    example: ClassVar[dict[str, Any]] = {
        "source": {"text": "Calotype", "colour": {"red": 255, "green": 255, "blue": 255}}
    }
    source: Source
    steps: Annotated[Steps, Field(exclude=True)] = ()
    position: Position = Position()
    mode: Mode = Mode.OVER
    repeat: Repeat = Repeat.NONE
    opacity: Annotated[float, Field(ge=0, le=1)] = 1.0
    shift: tuple[Annotated[float, Field(ge=-EDGE, le=EDGE)], Annotated[float, Field(ge=-EDGE, le=EDGE)]] = (
        0.0,
        0.0,
    )

    @property
    def is_drawn(self) -> bool:
        """Whether the engine draws it; otherwise it shows stored bytes."""
        return not isinstance(self.source, ImageSource)

    @property
    def holds_layers(self) -> bool:
        """Whether layers lie on what it shows, in any branch of its steps."""
        return any(isinstance(operation, Layer) for operation in _operations(self.steps))

    def resolve(self, scene: Scene) -> tuple[Operation, ...]:
        """Fix everything that follows from the size of the base; be nothing when there is nothing to see.

        Raises:
            Invalid: a quantity has no value or is out of range, or a step cannot be done to what is drawn.
        """
        is_blank = isinstance(self.source, TextSource) and not self.source.text
        if is_blank or (not self.opacity and self.mode is not Mode.CUTTER):
            return ()
        if self.is_drawn:
            _check_steps(self.steps)
        return (self.but(source=self.source.resolve(scene.size), position=self.position.resolve(scene.size)),)

    def cost(self, size: Size) -> float:
        """Composite in fractions: at worst on the whole base."""
        return 4 * size.width * size.height / 1e6

    def drawing_cost(self) -> float:
        """Estimate the work of drawing what is drawn, and of its steps, as if they left its size alone."""
        size = _drawn_size(self.source)
        own = 2 * size.width * size.height / 1e6
        return own + sum(operation.cost(size) for operation in _operations(self.steps)) if size.width else 0.0

    def shown(self, original: Size) -> Self:
        """Fix the position's `iw`, `ih` and `iar`, for a layer that shows an image of *original* size."""
        return self.but(position=self.position.shown(original))

    def alpha_after(self, alpha: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
        """Shine through where the layer cut."""
        return alpha or self.mode in {Mode.CUTTER, Mode.CUTOUT}

    def digest(self) -> list[object]:
        """Add the steps of what is drawn (an image's are in its own picture), and for text the font files."""
        steps = [list(_digests(self.steps))] if self.is_drawn and self.steps else []
        fonts = [FONT_SET] if isinstance(self.source, TextSource) else []
        return [*super().digest(), self.source.kind, *steps, *fonts]


def unseen(kind: str, _: int) -> NoReturn:
    """Refuse a look for *kind* at what is drawn, as a `Scene.measure`.

    Raises:
        Invalid: always.
    """
    raise Invalid.field("layer", f"{kind} on a text or a colour is not possible.")


def _length(name: str, quantity: Quantity, base: Size, whole: float, *, least: float = 1) -> float:
    value = evaluated(bound(quantity, base, whole), Scene.of(*base), whole)
    if not least <= value <= EDGE:
        raise Invalid.field("layer", f"the {name} must be {least:g} to {EDGE} pixels, and it is {value:g}.")
    return value


def _drawn_size(source: Source) -> Size:
    """Say how large a resolved *source* may be drawn; a text as if each character were a square."""
    if isinstance(source, SolidSource):
        return source.extent
    if isinstance(source, TextSource):
        edge = cast("float", source.size) * math.sqrt(len(source.text))
        side = round(min(math.sqrt(DRAWN_PIXELS), edge))
        return Size(side, side)
    return Size(0, 0)


def _check_steps(steps: Steps) -> None:
    """Refuse what needs a look at pixels that are not there yet."""
    for operation in _operations(steps):
        if operation.stage is Stage.TRIM or operation.needs:
            unseen(operation.tag, 0)


def _operations(steps: Steps) -> Iterator[Operation]:
    for step in steps:
        if isinstance(step, Branch):
            yield from _operations((*step.then, *step.otherwise))
        else:
            yield from step.ordered()


def _digests(steps: Steps) -> Iterator[object]:
    for step in steps:
        if isinstance(step, Branch):
            any_of = [[astuple(each) for each in group] for group in step.any_of]
            yield [any_of, list(_digests(step.then)), list(_digests(step.otherwise))]
        else:
            yield [operation.digest() for operation in step.ordered()]
