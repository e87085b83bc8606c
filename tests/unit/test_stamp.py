"""The stamp of the test stage: on every picture that leaves, all over it, and on nothing that stays."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PIL import Image

import pictures
from calotype import engine
from calotype.domain.assets import Facts, unstored
from calotype.domain.explaining import explained
from calotype.domain.formats import Format
from calotype.domain.negotiation import Accept
from calotype.domain.planning import Context, Plan, Target, plan
from calotype.domain.transformations import OutputWish, Transformation
from calotype.domain.workspaces import Policy
from calotype.engine import compositing, drawing
from calotype.operations import Resize
from calotype.operations.base import Size
from calotype.operations.stamp import stamp
from layer_runs import flat, stored

LIVE, TEST = Context(), Context(policy=Policy(stamp=True))
PHOTO = Facts(Format.JPEG, 1200, 900)
SAMPLE = unstored(PHOTO, datetime(2024, 1, 1, tzinfo=UTC))
HALF = Transformation.of(Resize(width=600))
AS_STORED = Transformation()


def stamped(base):
    size = Size(base.width, base.height)
    for layer in stamp(size):
        base = compositing.compose(base, drawing.draw(layer, size), layer)
    return base.numpy()


def planned(facts: Facts, wish: Transformation = AS_STORED, context: Context = TEST) -> Plan:
    what = plan(replace(SAMPLE, version=replace(SAMPLE.version, facts=facts)), wish, context)
    assert isinstance(what, Plan)
    return what


def tags(what: Plan) -> list[str]:
    return [step.operation.tag for step in what.picture.steps]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_it_shows_on_every_colour_and_in_every_quarter(level: int):
    changed = np.abs(stamped(flat(400, 300, (level,) * 3)).astype(int) - level).max(axis=2) > 40
    quarters = [changed[y : y + 150, x : x + 200].mean() for y in (0, 150) for x in (0, 200)]
    assert min(quarters) > 0.04


@pytest.mark.parametrize("size", [(1, 1), (7, 900), (900, 7), (60, 40)])
def test_it_shows_on_the_smallest_picture_and_leaves_the_size(size: tuple[int, int]):
    picture = stamped(flat(*size, (0, 0, 0)))
    assert picture.shape == (size[1], size[0], 3)
    assert picture.max() > 60


def test_it_comes_last_and_leaves_the_size():
    what = planned(PHOTO, HALF)
    assert tags(what) == ["scale", "layer", "layer"]
    assert (what.width, what.height) == (600, 450)


def test_what_is_planned_without_it_is_clean():
    assert tags(planned(PHOTO, HALF, LIVE)) == ["scale"]


@pytest.mark.parametrize("wish", [AS_STORED, Transformation(HALF.steps, OutputWish(original=True))])
def test_an_original_is_drawn_in_its_own_size_and_never_sent_as_it_is(wish: Transformation):
    what = planned(PHOTO, wish)
    assert tags(what) == ["layer", "layer"]
    assert (what.output.format, what.width, what.height, what.alternative) == (Format.JPEG, 1200, 900, None)


@pytest.mark.parametrize("wish", [AS_STORED, Transformation(output=OutputWish(auto=True))])
def test_a_vector_becomes_a_raster(wish: Transformation):
    what = planned(Facts(Format.SVG, 300, 200, alpha=True), wish)
    assert (what.output.format, what.width, what.height) == (Format.PNG, 300, 200)
    assert tags(what) == ["layer", "layer"]


def test_a_stamped_vector_is_as_large_as_it_is_asked_for():
    what = planned(Facts(Format.SVG, 300, 200, alpha=True), Transformation.of(Resize(width=150)))
    assert (what.output.format, what.width, what.height) == (Format.PNG, 150, 100)


def test_an_animation_moves_on_with_it():
    what = planned(Facts(Format.WEBP, 300, 200, frames=12))
    assert (what.output.format, what.frames, tags(what)) == (Format.WEBP, 12, ["layer", "layer"])


def test_every_frame_of_an_animation_has_it(tmp_path):
    asset, file = stored(tmp_path, "moving", pictures.gif(3, 64, 48))
    what = plan(asset, AS_STORED, TEST)
    sent = Image.open(io.BytesIO(engine.render(what, {what.picture.file: file})))
    known = Image.open(io.BytesIO(pictures.gif(3, 64, 48)))
    far = [np.abs(pixels(sent, frame) - pixels(known, frame)).max(axis=2) > 40 for frame in range(3)]
    assert min(each.mean() for each in far) > 0.05


def pixels(image: Image.Image, frame: int) -> np.ndarray:
    image.seek(frame)
    return np.asarray(image.convert("RGB")).astype(int)


def test_a_gain_map_which_shows_the_clean_picture_goes():
    assert planned(replace(PHOTO, gain_map=True)).output.keep_gain_map is False


def test_it_makes_another_key():
    assert planned(PHOTO, HALF).key != planned(PHOTO, HALF, LIVE).key


def test_explain_shows_it():
    target = Target(SAMPLE, planned(PHOTO, HALF))
    told = explained(target, [], accept=Accept.NEITHER.value, tier="render", milliseconds={})
    texts = [step["source"]["text"] for step in told["plan"]["operations"] if step["operation"] == "layer"]
    assert texts == ["TEST", "TEST"]
