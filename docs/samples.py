"""The sample pictures of the reference: two drawn originals, and what each operation makes of one of them.

They go the way of every image: ingested, planned, rendered by the engine.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageDraw

from calotype import engine
from calotype.domain.assets import Asset, unstored
from calotype.domain.formats import Format
from calotype.domain.planning import Context, Needs, Plan, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.operations import OPERATIONS, Operation
from calotype.operations.steps import Step
from calotype.ports import IngestLimits

WIDTH, HEIGHT = 192, 128
FINER = 4
"""Drawn so many times larger, then scaled: smooth edges."""

NEED_TRANSPARENCY = frozenset({"background", "shadow", "trim"})
"""Operations that have nothing to do on an opaque picture."""

_LIMITS = IngestLimits(
    max_pixels=10**6, max_animation_pixels=10**6, max_frames=1, max_pixels_per_byte=10**4, max_svg_bytes=0
)
_ANY_DAY = datetime(2024, 1, 1, tzinfo=UTC)


def landscape() -> bytes:
    """Draw a low sun between mountains, over a lake with a boat: a PNG."""
    picture = Image.linear_gradient("L").resize((WIDTH * FINER, HEIGHT * FINER))
    sky = [(90, 140, 200), (250, 205, 150)]
    bands = [
        picture.point([round(a + (b - a) * level / 255) for level in range(256)])
        for a, b in zip(*sky, strict=True)
    ]
    scene = Image.merge("RGB", bands)
    pen = ImageDraw.Draw(scene)
    _circle(pen, 138, 54, 15, (255, 240, 190))
    _polygon(pen, [(0, 88), (34, 36), (58, 62), (84, 26), (124, 88)], (92, 110, 150))
    _polygon(pen, [(84, 26), (74, 40), (82, 44), (88, 38), (96, 43)], (240, 244, 250))
    _polygon(pen, [(76, 92), (120, 50), (150, 74), (170, 58), (192, 80), (192, 92)], (70, 92, 110))
    _polygon(pen, [(0, 88), (192, 88), (192, 128), (0, 128)], (60, 104, 130))
    for number in range(7):
        _polygon(pen, _strip(138, 92 + 5 * number, 16 - 2 * number % 5 * 3), (230, 200, 150))
    _polygon(pen, [(40, 104), (70, 104), (64, 112), (46, 112)], (120, 50, 40))
    _polygon(pen, [(54, 70), (54, 102), (74, 102)], (250, 246, 235))
    return _png(scene)


def balloon() -> bytes:
    """Draw a balloon on a transparent ground: a PNG."""
    cut_out = Image.new("RGBA", (WIDTH * FINER, HEIGHT * FINER), (200, 60, 50, 0))
    pen = ImageDraw.Draw(cut_out)
    _polygon(pen, [(78, 72), (114, 72), (102, 98), (90, 98)], (150, 40, 40, 255))
    _circle(pen, 96, 50, 34, (214, 70, 50, 255))
    for left, right in ((72, 84), (108, 120)):
        box = [value * FINER for value in (left, 18, right, 82)]
        pen.ellipse(box, fill=(250, 220, 150, 255))
    _polygon(pen, [(88, 102), (104, 102), (102, 114), (90, 114)], (120, 80, 40, 255))
    return _png(cut_out)


def sample(operation: type[Operation]) -> bytes:
    """Do the example of *operation* to the original that suits it: a PNG."""
    original = balloon() if operation.tag in NEED_TRANSPARENCY else landscape()
    return transformed(original, operation.model_validate(dict(operation.example)))


def transformed(data: bytes, *operations: Operation) -> bytes:
    """Do *operations*, one step each, to the PNG *data*, and answer a PNG."""
    with TemporaryDirectory() as folder:
        source = Path(folder) / "original.png"
        source.write_bytes(data)
        facts = engine.ingest(str(source), Format.PNG, _LIMITS, folder).facts
        made = _planned(unstored(facts, _ANY_DAY), operations, source)
        return engine.render(made, {made.picture.file: str(source)})


def sampled() -> list[type[Operation]]:
    """List the operations that this installation can show: all that need no model."""
    return [operation for operation in OPERATIONS.values() if not operation.needs]


def as_webp(png: bytes) -> bytes:
    """Make a sample small enough for a page."""
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).save(out, "WEBP", quality=80, method=6)
    return out.getvalue()


def _planned(asset: Asset, operations: tuple[Operation, ...], source: Path) -> Plan:
    """Plan, and look at the pixels as often as the plan asks."""
    wish = Transformation(tuple(Step((each,)) for each in operations), OutputWish(format=Format.PNG))
    measured: dict[tuple[str, str], tuple[int, ...]] = {}
    while isinstance(made := plan(asset, wish, Context(measured=measured)), Needs):
        asked = made.measure
        looked = engine.measure(asked, {asked.picture.file: str(source)})
        measured[asked.picture.version_id, asked.key] = looked
    if not isinstance(made, Plan):
        raise TypeError(f"nothing is done to the picture by {operations}")
    return made


def _polygon(pen: ImageDraw.ImageDraw, points: list[tuple[int, int]], colour: tuple[int, ...]) -> None:
    pen.polygon([(x * FINER, y * FINER) for x, y in points], fill=colour)


def _circle(pen: ImageDraw.ImageDraw, x: int, y: int, radius: int, colour: tuple[int, ...]) -> None:
    box = [value * FINER for value in (x - radius, y - radius, x + radius, y + radius)]
    pen.ellipse(box, fill=colour)


def _strip(x: int, y: int, half: int) -> list[tuple[int, int]]:
    return [(x - half, y), (x + half, y), (x + half, y + 2), (x - half, y + 2)]


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.resize((WIDTH, HEIGHT), Image.Resampling.BOX).save(out, "PNG")
    return out.getvalue()
