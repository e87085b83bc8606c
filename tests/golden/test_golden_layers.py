"""Golden pictures of layers: text as it is set, and modes as they mix.

To accept a change that was meant: `GOLDEN=write pytest tests/golden`, then look at the picture.
"""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageOps

from calotype.operations.base import Scene, Size
from calotype.operations.colours import Colour
from calotype.operations.gradient_overlay import GradientOverlay
from calotype.operations.layer import Layer, Mode, SolidSource, TextSource
from calotype.operations.placing import Offset, Position, Repeat
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from calotype.operations.stamp import stamp
from calotype.operations.steps import Step
from engine_runs import difference, opened
from layer_runs import rendered

HERE = Path(__file__).parent
NAVY, GOLD = Colour.from_hex("102A4C"), Colour.from_hex("FFC83D")
SCRIPTS = "Łódź Αθήνα Киев\nשלום سلام สวัสดี"  # noqa: RUF001 - letters that are meant
CLEAR_CANVAS = Colour(red=0, green=0, blue=0, opacity=0)


def _plate() -> bytes:
    """Make a base that fits in a small file: a gradient from sky to sand."""
    grey = Pillow.linear_gradient("L").resize((240, 160))
    file = io.BytesIO()
    ImageOps.colorize(grey, (120, 170, 220), (230, 200, 150)).save(file, "PNG")
    return file.getvalue()


def _text(words: str, *steps, position: Position | None = None, **fields) -> Layer:
    source = TextSource(text=words, **({"colour": GOLD, "size": 28} | fields))
    return Layer(source=source, steps=(Step(steps),) if steps else (), position=position or Position())


LAYERS = {
    "layer-text": _text("Calotype", colour=NAVY, family="Abril Fatface", size=44),
    "layer-text-wrapped": _text(
        "One original, any number of prints", width=150, align="right", padding=(6, 12, 6, 12), background=NAVY,
        family="Lato", line_height=36, italic=True,
    ),
    "layer-text-turned": _text(
        "Sold", Round.all("max"), Rotate(angle=-20), bold=True, strikethrough=True, padding=(10, 18, 10, 18),
        background=NAVY,
    ),
    "layer-text-scripts": _text(SCRIPTS, size=24, colour=NAVY),
    "layer-text-repeated": _text("proof", size=18, padding=(4, 8, 4, 8), colour=NAVY).but(
        repeat=Repeat.BOTH, opacity=0.6
    ),
    "layer-solid": Layer(
        source=SolidSource(colour=NAVY, width=90, height=60),
        position=Position(x=Offset(value=20), y=Offset(value=10, far=True)),
        mode=Mode.MULTIPLY,
    ),
    "layer-gradient": Layer(
        source=SolidSource(colour=CLEAR_CANVAS, height=60),
        steps=(Step((GradientOverlay(start=CLEAR_CANVAS, end=NAVY),)),),
        position=Position(focus="bottom"),
    ),
    "layer-cutter": _text("CUT", size=90, bold=True).but(mode=Mode.CUTTER),
    "layer-nested": Layer(
        source=SolidSource(colour=NAVY, width=180, height=90),
        steps=(
            Step((
                _text(
                    "Sold", Layer(source=SolidSource(colour=NAVY, height=3)), Rotate(angle=-10), size=40,
                    padding=(4, 12, 4, 12), background=GOLD, colour=NAVY,
                ),
                Round.all(16),
            )),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_the_picture_is_the_golden_one(name, tmp_path):
    golden, result = HERE / f"{name}.png", rendered(_plate(), tmp_path, LAYERS[name])
    if os.environ.get("GOLDEN") == "write":
        golden.write_bytes(result.pngsave_buffer(compression=9))
    theirs = opened(golden.read_bytes())
    assert (result.width, result.height, result.bands) == (theirs.width, theirs.height, theirs.bands)
    assert difference(_seen(result), _seen(theirs))[1] <= 1


def test_the_stamp_of_a_test_is_the_golden_one(tmp_path):
    golden, result = HERE / "stamp.png", rendered(_plate(), tmp_path, *stamp(Size(240, 160)))
    if os.environ.get("GOLDEN") == "write":
        golden.write_bytes(result.pngsave_buffer(compression=9))
    assert difference(result, opened(golden.read_bytes()))[1] <= 1


def test_another_text_is_told_apart(tmp_path):
    other = rendered(_plate(), tmp_path, _text("Daguerre", family="Abril Fatface", size=44))
    assert difference(other, opened((HERE / "layer-text.png").read_bytes()))[1] > 5


@pytest.mark.parametrize("name", LAYERS)
def test_the_layer_changes_the_picture(name, tmp_path):
    base = opened(_plate()).numpy()
    changed = _seen(opened((HERE / f"{name}.png").read_bytes())).numpy()
    assert (np.abs(changed.astype(int) - base[..., :3]).max(axis=2) > 8).mean() > 0.01


def test_every_layer_has_something_to_show():
    assert all(layer.resolve(Scene.of(240, 160)) for layer in LAYERS.values())


def _seen(image):
    return image.flatten(background=255) if image.hasalpha() else image
