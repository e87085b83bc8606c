"""What is laid over, behind and around: gradients, shadows, backgrounds and opacity."""

import numpy as np
import pytest

from calotype.errors import Invalid
from calotype.operations import OPERATIONS
from calotype.operations.background import Background
from calotype.operations.base import Stage
from calotype.operations.colours import CLEAR, WHITE, Colour
from calotype.operations.gradient_overlay import DIRECTIONS, GradientOverlay
from calotype.operations.models import MODEL_OPERATIONS, RemoveBackground, Upscale
from calotype.operations.opacity import Opacity
from calotype.operations.quantities import Expression, Share
from calotype.operations.shadow import Shadow
from calotype.operations.steps import Step
from operation_runs import applied, flat, resolved, scene

RED, BLUE = Colour.from_hex("FF0000"), Colour.from_hex("0000FF")


def island():
    """A red square of 20 pixels in the middle of nothing."""
    return flat(0, 0, 0, 0).insert(flat(255, 0, 0, 255, width=20, height=20), 10, 10)


@pytest.mark.parametrize(
    ("direction", "begins", "ends"),
    [
        ("bottom", (20, 0), (20, 39)), ("top", (20, 39), (20, 0)), ("right", (0, 20), (39, 20)),
        ("left", (39, 20), (0, 20)), ("bottom_right", (0, 0), (39, 39)), ("top_left", (39, 39), (0, 0)),
    ],
)  # fmt: skip
def test_a_gradient_points_where_it_says(direction, begins, ends):
    result = applied(GradientOverlay(start=RED, end=BLUE, direction=DIRECTIONS[direction]), flat(0, 0, 0))
    assert result(*begins) == pytest.approx([255, 0, 0], abs=5)
    assert result(*ends) == pytest.approx([0, 0, 255], abs=5)


def test_a_gradient_ends_at_its_stop():
    result = applied(GradientOverlay(start=RED, end=BLUE, stop=10), flat(0, 0, 0))
    assert result(20, 5) == pytest.approx([115, 0, 140], abs=3)  # 5.5 of 10 pixels
    assert result(20, 12) == [0, 0, 255]


def test_shares_pixels_and_expressions_name_the_same_stop():
    half = resolved(GradientOverlay(stop=Share(of=0.5)), 96, 64)
    expression = Expression(first="ih", rest=(("div", 2.0),))
    assert half == resolved(GradientOverlay(stop=32), 96, 64) == resolved(GradientOverlay(stop=0.5), 96, 64)
    assert half == resolved(GradientOverlay(stop=expression), 96, 64)


def test_a_gradient_to_nothing_keeps_its_colour_and_the_picture_below():
    result = applied(GradientOverlay(), flat(0, 0, 0))  # white to nothing
    assert result(20, 20) == pytest.approx([126, 126, 126], abs=4)
    assert result(20, 39) == pytest.approx([0, 0, 0], abs=4)


@pytest.mark.parametrize("stop", [0, -3])
def test_a_gradient_without_a_way_is_refused(stop):
    with pytest.raises(Invalid, match="above 0"):
        GradientOverlay(stop=stop).resolve(scene(10, 10))


def test_a_gradient_between_invisible_colours_is_nothing():
    assert resolved(GradientOverlay(start=CLEAR, end=CLEAR)) == []


def test_a_shadow_falls_where_it_says_and_the_canvas_stays():
    result = applied(Shadow(blur=0, strength=50, x=25, y=0), island())
    assert (result.width, result.height) == (40, 40)
    assert [result(15, 20), result(35, 20), result(5, 20)] == [[255, 0, 0, 255], [0, 0, 0, 128], [0, 0, 0, 0]]


def test_a_blurred_shadow_fades():
    alpha = applied(Shadow(blur=3, strength=100, x=25, y=0), island()).numpy()[20, 30:, 3].astype(int)
    assert (np.diff(alpha) <= 0).all()
    assert alpha[0] == 255
    assert alpha[9] == pytest.approx(0.566 * 255, abs=3)  # half a pixel inside its edge


@pytest.mark.parametrize(("x", "y"), [(100, 0), (-100, -100), (0, 100)])
def test_a_shadow_may_fall_outside_altogether(x, y):
    assert applied(Shadow(blur=0, x=x, y=y), island()).numpy().tolist() == island().numpy().tolist()


def test_an_opaque_picture_casts_no_shadow():
    assert resolved(Shadow()) == []
    assert resolved(Shadow(strength=0), alpha=True) == []


def test_shadows_of_large_pictures_are_refused():
    with pytest.raises(Invalid, match="2 megapixels"):
        Shadow().resolve(scene(2000, 1001))


def test_a_background_fills_what_is_transparent():
    result = applied(Background(colour=BLUE), island())
    assert [result(0, 0), result(20, 20)] == [[0, 0, 255], [255, 0, 0]]


def test_a_faint_background_leaves_the_result_faint():
    result = applied(Background(colour=BLUE.model_copy(update={"opacity": 0.4})), island())
    assert [result(0, 0), result(20, 20)] == [[0, 0, 255, 102], [255, 0, 0, 255]]


def test_a_background_that_nobody_sees_is_nothing():
    assert resolved(Background(colour=WHITE)) == []
    assert resolved(Background(colour=CLEAR), alpha=True) == []


def test_opacity_multiplies_what_there_is():
    assert applied(Opacity(percent=40), flat(9, 8, 7))(0, 0) == [9, 8, 7, 102]
    assert applied(Opacity(percent=50), flat(9, 8, 7, 100))(0, 0) == [9, 8, 7, 50]
    assert resolved(Opacity(percent=100)) == []


def test_opacity_comes_before_the_background_however_it_is_written():
    written = Step((Background(colour=BLUE), Opacity(percent=40)))
    assert [each.tag for each in written.ordered()] == ["opacity", "background"]


def test_within_a_stage_the_registry_is_the_order():
    effects = [each for each in OPERATIONS.values() if each.stage is Stage.EFFECT]
    assert [each.tag for each in effects][-6:] == [
        "vignette", "gradient_overlay", "distort", "perspective", "arc", "shadow",
    ]  # fmt: skip
    assert effects == sorted(effects, key=lambda each: each.rank)


@pytest.mark.parametrize("operation", MODEL_OPERATIONS, ids=lambda each: each.tag)
def test_what_a_model_does_names_the_setting_that_it_needs(operation):
    assert operation.needs == ("background_model" if operation is RemoveBackground else "vision_url")
    assert OPERATIONS[operation.tag] is operation


def test_a_model_says_beforehand_what_comes_out():
    assert RemoveBackground().alpha_after(alpha=False)
    assert Upscale().size_after(scene(30, 20).size) == (60, 40)


@pytest.mark.parametrize("opacity", [1.0, 0.5])
def test_white_over_half_visible_white_stays_white(opacity):
    white = WHITE.model_copy(update={"opacity": opacity})
    veil = flat(255, 255, 255, 100)
    assert applied(Background(colour=white), veil)(0, 0)[:3] == [255, 255, 255]
    assert applied(GradientOverlay(start=white, end=white), flat(255, 255, 255))(9, 9) == [255, 255, 255]


def test_what_is_mixed_is_rounded_to_nearest():
    faint = Colour.from_hex("FFFFFF", 0.5)  # 128 of 255
    assert applied(GradientOverlay(start=faint, end=faint), flat(0, 20, 101))(9, 9) == [128, 138, 178]
    assert applied(Background(colour=BLUE), flat(255, 0, 0, 127))(0, 0) == [127, 0, 128]
