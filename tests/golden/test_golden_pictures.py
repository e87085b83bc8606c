"""Golden pictures of whole renders: what came of known pictures on the day that it was judged good.

Compared by what an eye sees (8x8 box means, ΔE00), so another build of libvips may round differently.
To accept a change that was meant: `GOLDEN=write pytest tests/golden`, then look at the picture.
"""

import os
from pathlib import Path

import pytest

import pictures
from calotype.domain.formats import Format
from engine_runs import difference, opened, render

HERE = Path(__file__).parent

RENDERED = {
    "resize-photo": lambda folder: render(pictures.png(640, 480), folder, Format.PNG, short_edge=64),
    "resize-alpha": lambda folder: render(
        pictures.png(640, 480, alpha=True), folder, Format.PNG, short_edge=64
    ),
    "resize-turned": lambda folder: render(
        pictures.jpeg(640, 480, orientation=6, exif=False), folder, Format.PNG, short_edge=64
    ),
}


@pytest.mark.parametrize("name", RENDERED)
def test_the_picture_is_the_golden_one(name, tmp_path):
    golden, result = HERE / f"{name}.png", RENDERED[name](tmp_path)
    if os.environ.get("GOLDEN") == "write":
        golden.write_bytes(result)
    ours, theirs = opened(result), opened(golden.read_bytes())
    assert (ours.width, ours.height, ours.bands) == (theirs.width, theirs.height, theirs.bands)
    assert difference(ours, theirs)[1] <= 1


def test_another_picture_is_told_apart(tmp_path):
    other = opened(pictures.png(85, 64))
    assert difference(other, opened((HERE / "resize-alpha.png").read_bytes()).fliphor())[1] > 1
