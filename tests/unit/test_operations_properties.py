"""What is true of every effect, whatever the picture and the numbers: its word about the result holds.

`applied` checks each primitive against the size, the transparency and the kind of pixels that it had announced.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.engine.vips import Image
from calotype.errors import Invalid
from calotype.operations.base import Size
from calotype.operations.effects import EFFECTS
from operation_runs import applied, resolved, scene

WORKING = [each for each in EFFECTS if not each.needs]

level = st.integers(0, 255)
share = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))
colour = st.fixed_dictionaries({"red": level, "green": level, "blue": level, "opacity": share})
percent = st.floats(0, 100)
slider = st.floats(-100, 100)
factor = st.floats(0, 10)
corner = st.one_of(st.just("max"), st.floats(0, 60))


def shifted(corners, width, height):
    """Move the corners of a rectangle a little: it stays convex."""
    return [
        [x * width + dx, y * height + dy]
        for (x, y), (dx, dy) in zip([(0, 0), (1, 0), (1, 1), (0, 1)], corners, strict=True)
    ]


offset = st.tuples(st.floats(-4, 4), st.floats(-4, 4))
quadrilateral = st.builds(shifted, st.tuples(*[offset] * 4), st.floats(20, 60), st.floats(20, 60))

FIELDS = {
    "colour_replace": {"to": colour, "tolerance": percent, "source": st.none() | colour},
    "levels": dict.fromkeys(("exposure", "brightness", "contrast", "saturation"), slider),
    "exposure": {"stops": st.floats(-10, 10)},
    "brightness": {"factor": factor},
    "contrast": {"factor": factor},
    "contrast_stretch": {},
    "gamma": {"exponent": factor},
    "saturation": {"factor": factor},
    "hue": {"degrees": st.floats(-360, 360)},
    "modulate": {"brightness": factor, "saturation": factor, "hue": st.integers(-400, 400), "lightness": slider},
    "grayscale": {},
    "sepia": {"intensity": percent},
    "invert": {},
    "duotone": {"dark": colour, "light": colour},
    "colorize": {"colour": colour, "intensity": percent},
    "pixelate": {"size": st.integers(1, 60)},
    "sharpen": {"amount": factor},
    "unsharp": {"radius": st.floats(0.1, 20), "sigma": st.floats(0.1, 20), "amount": factor, "threshold": share},
    "vignette": {"strength": percent},
    "gradient_overlay": {
        "start": colour, "end": colour, "direction": st.floats(0, 360), "stop": st.floats(0.001, 100),
    },
    "distort": {"arc": st.floats(-360, 360)},
    "perspective": {"corners": quadrilateral},
    "arc": {"degrees": st.floats(-360, 360)},
    "shadow": {"blur": st.floats(0, 15), "strength": percent, "x": slider, "y": slider},
    "opacity": {"percent": percent},
    "background": {"colour": colour},
    "border": {"width": st.integers(0, 20), "colour": colour},
    "round": {"corners": st.tuples(*[corner] * 4)},
    "rotate": {"angle": st.floats(-720, 720), "background": colour},
    "turn": {"quarters": st.integers(1, 3)},
    "flip": {"horizontal": st.booleans(), "vertical": st.booleans()},
    "blur": {"sigma": st.floats(0.3, 1000)},
}  # fmt: skip


def noise(width, height, bands):
    pixels = np.random.default_rng(width * height).integers(0, 256, (height, width, bands), np.uint8)
    return Image.new_from_array(pixels).copy(interpretation="srgb")


def operations(kind):
    return st.fixed_dictionaries(FIELDS[kind.tag]).map(kind.model_validate)


def test_every_effect_is_tried():
    assert [each.tag for each in WORKING] == list(FIELDS)


@pytest.mark.parametrize("kind", WORKING, ids=lambda each: each.tag)
@given(data=st.data(), width=st.integers(1, 40), height=st.integers(1, 40), bands=st.sampled_from([3, 4]))
@settings(max_examples=25, deadline=None)
def test_the_result_is_what_was_announced(kind, data, width, height, bands):
    operation = data.draw(operations(kind))
    result = applied(operation, noise(width, height, bands))
    assert result.bands in {3, 4}


@pytest.mark.parametrize("kind", WORKING, ids=lambda each: each.tag)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_resolved_is_absolute(kind, data):
    """Resolving a primitive again, for the same picture, gives it again: its digest is its whole meaning."""
    operation = data.draw(operations(kind))
    before = resolved(operation, alpha=True)
    primitives = {each.tag: each for each in EFFECTS}
    for tag, fields in before:
        assert resolved(primitives[tag].model_validate(fields), alpha=True) == [[tag, fields]]


@given(turns=st.integers(-3, 3), angle=st.integers(0, 359))
def test_whole_turns_never_split_the_key(turns, angle):
    rotate = {each.tag: each for each in WORKING}["rotate"]
    assert resolved(rotate(angle=angle + 360 * turns)) == resolved(rotate(angle=angle))


@given(points=st.tuples(*[st.tuples(st.floats(-50, 50), st.floats(-50, 50))] * 4))
@settings(max_examples=100, deadline=None)
def test_any_four_points_give_a_picture_or_a_refusal(points):
    perspective = {each.tag: each for each in WORKING}["perspective"]
    try:
        result = applied(perspective(corners=points), noise(20, 10, 3))
    except Invalid:
        return
    assert result.width <= math.ceil(max(x for x, _ in points) - min(x for x, _ in points)) + 1


def test_dear_effects_say_what_they_cost():
    cost = {
        kind.tag: sum(
            each.cost(Size(1000, 1000)) for each in kind.model_validate(dict(kind.example)).resolve(wide)
        )
        for kind in WORKING
        for wide in [scene(1000, 1000, alpha=True)]
    }
    assert cost["turn"] == cost["invert"] == 2
    assert cost["rotate"] > cost["gradient_overlay"] > cost["brightness"]
    assert min(cost["modulate"], cost["colour_replace"], cost["arc"]) > 5
