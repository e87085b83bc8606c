"""Every operation has a golden picture: what it did to a known picture on the day that it was judged good.

The known picture is the reference's landscape, fading to the left: tones, colours, edges and every opacity. Compared
by what an eye sees (8x8 box means), so another build of libvips may round differently.
To accept a change that was meant: `GOLDEN=write pytest tests/golden`, then look at the picture.
"""

import io
import os
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from calotype.operations import OPERATIONS
from engine_runs import difference, opened

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "docs"))

import samples  # noqa: E402 - found by the line above

TAGS = [operation.tag for operation in samples.sampled()]


@cache
def fading():
    """The landscape, invisible on its left edge and opaque on its right."""
    picture = Pillow.open(io.BytesIO(samples.landscape()))
    ramp = np.linspace(0, 255, picture.width).round().astype(np.uint8)
    picture.putalpha(Pillow.fromarray(np.tile(ramp, (picture.height, 1))))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def done(tag):
    operation = OPERATIONS[tag]
    return samples.transformed(fading(), operation.model_validate(dict(operation.example)))


def seen(image):
    """The picture on white, and the means of its opacity."""
    alpha = image[3] if image.hasalpha() else image[0] * 0 + 255
    return image.flatten(background=255) if image.hasalpha() else image, alpha.shrink(8, 8)


@pytest.mark.parametrize("tag", TAGS)
def test_the_picture_is_the_golden_one(tag):
    golden, result = HERE / f"operation-{tag}.png", done(tag)
    if os.environ.get("GOLDEN") == "write":
        golden.write_bytes(result)
    ours, theirs = opened(result), opened(golden.read_bytes())
    assert (ours.width, ours.height, ours.bands) == (theirs.width, theirs.height, theirs.bands)
    (picture, alpha), (known, known_alpha) = seen(ours), seen(theirs)
    assert difference(picture, known)[1] <= 1.5
    assert (alpha - known_alpha).abs().max() <= 2


def test_every_operation_that_works_has_a_golden_picture():
    kept = {path.stem.removeprefix("operation-") for path in HERE.glob("operation-*.png")}
    assert kept == {tag for tag, operation in OPERATIONS.items() if not operation.needs}


def test_every_example_changes_the_picture():
    pictures = {tag: (HERE / f"operation-{tag}.png").read_bytes() for tag in TAGS}
    untouched = opened(fading())
    same = [tag for tag, data in pictures.items() if _is_same(opened(data), untouched)]
    assert same == []


def _is_same(one, other):
    sizes = [(image.width, image.height, image.bands) for image in (one, other)]
    return sizes[0] == sizes[1] and (one - other).abs().max() == 0


def test_a_weaker_effect_is_told_apart():
    blurred = opened(samples.transformed(fading(), OPERATIONS["blur"](sigma=1)))
    golden = opened((HERE / "operation-blur.png").read_bytes())
    assert difference(seen(blurred)[0], seen(golden)[0])[1] > 1.5
