"""Layers: what they do to the pixels below, and what shapes their keys."""

import numpy as np
import pytest

from calotype.engine import drawing
from calotype.engine.vips import Image
from calotype.errors import Invalid
from calotype.operations.base import Scene, Stage
from calotype.operations.colours import Colour
from calotype.operations.gradient_overlay import GradientOverlay
from calotype.operations.layer import ImageSource, Layer, Mode, SolidSource, TextSource
from calotype.operations.models import RemoveBackground
from calotype.operations.placing import Offset, Position
from calotype.operations.quantities import Expression
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from calotype.operations.steps import Branch, Comparison, Step
from calotype.operations.text_style import FONT_SET
from calotype.operations.trim import Trim
from layer_runs import BROWN, flat, laid

BLUE = Colour.from_hex("4080C0")
SOLID = SolidSource(colour=BLUE, width=40, height=20)


def test_an_opaque_layer_covers_exactly_its_rectangle():
    pixels = laid(flat(), source=SOLID, position=Position(x=Offset(value=10), y=Offset(value=5)))
    covered = (pixels == BLUE.rgb).all(axis=2)
    assert covered.sum() == 800
    assert covered[5:25, 10:50].all()
    assert (pixels[~covered] == BROWN).all()


def test_a_base_without_transparency_stays_without():
    assert laid(flat(), source=SOLID).shape == (80, 120, 3)


def test_a_layer_on_a_transparent_base_is_there_alone():
    pixels = laid(flat(colour=(0, 0, 0, 0)), source=SOLID)
    assert pixels[40, 60].tolist() == [64, 128, 192, 255]
    assert pixels[0, 0, 3] == 0


def test_half_opacity_is_halfway_between_the_colours():
    pixels = laid(flat(), source=SOLID, opacity=0.5)
    assert np.abs(pixels[40, 60].astype(int) - [132, 114, 121]).max() <= 1


def test_an_invisible_layer_is_nothing():
    assert Layer(source=SOLID, opacity=0).resolve(Scene.of(120, 80)) == ()


def test_what_crosses_an_edge_is_cut_off():
    pixels = laid(flat(), source=SolidSource(colour=BLUE, width=400, height=20))
    assert pixels.shape == (80, 120, 3)
    assert (pixels[30:50] == BLUE.rgb).all()
    assert (pixels[:30] == BROWN).all()


MIXED = {
    Mode.OVER: [64, 128, 192],
    Mode.MULTIPLY: [50, 50, 38],
    Mode.SCREEN: [214, 178, 204],
    Mode.DARKEN: [64, 100, 50],
    Mode.LIGHTEN: [200, 128, 192],
    Mode.DIFFERENCE: [136, 28, 142],
}
"""(W3C Compositing and Blending 1, 9.1) of BROWN below and BLUE above."""


@pytest.mark.parametrize(("mode", "colour"), MIXED.items())
def test_a_blend_mode_mixes_as_the_standard_says(mode, colour):
    pixels = laid(flat(), source=SOLID, mode=mode).astype(int)
    assert np.abs(pixels[40, 60] - colour).max() <= 1
    assert pixels[0, 0].tolist() == list(BROWN)


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_keeps_the_size(mode):
    assert laid(flat(), source=SOLID, mode=mode).shape[:2] == (80, 120)


def test_a_cutter_keeps_the_base_only_below_it():
    pixels = laid(flat(), source=SOLID, mode=Mode.CUTTER)
    assert pixels[40, 60].tolist() == [*BROWN, 255]
    assert (pixels[..., 3] == 255).sum() == 800


def test_a_cutout_makes_a_hole():
    pixels = laid(flat(), source=SOLID, mode=Mode.CUTOUT)
    assert pixels[0, 0].tolist() == [*BROWN, 255]
    assert (pixels[..., 3] == 0).sum() == 800


@pytest.mark.parametrize("mode", [Mode.CUTTER, Mode.CUTOUT])
def test_cutting_is_foreseen_to_make_transparency(mode):
    assert Layer(source=SOLID, mode=mode).alpha_after(alpha=False)


def test_an_opaque_layer_is_foreseen_to_make_no_transparency():
    assert not Layer(source=SOLID).alpha_after(alpha=False)


def _with_a_line() -> Image:
    return flat().draw_rect([0, 0, 0], 60, 0, 1, 80, fill=True)


def test_a_displacing_layer_moves_pixels_sideways_by_its_red():
    moved = laid(
        _with_a_line(),
        overlay=flat(colour=(0, 128, 0)),
        source=ImageSource(path="/a"),
        mode="displace",
        shift=(10, 5),
    )
    assert moved[40, 70].tolist() == [0, 0, 0]
    assert moved[40, 60].tolist() == list(BROWN)


def test_a_neutral_displacing_layer_moves_nothing():
    same = laid(
        _with_a_line(),
        overlay=flat(colour=(128, 128, 9)),
        source=ImageSource(path="/a"),
        mode="displace",
        shift=(10, 5),
    )
    assert (same == _with_a_line().numpy()).all()


def test_a_displacing_layer_moves_nothing_beside_it():
    edge = laid(
        _with_a_line(),
        overlay=flat(10, 10, (0, 0, 0)),
        source=ImageSource(path="/a"),
        mode="displace",
        shift=(10, 0),
        position=Position(focus="top_left"),
    )
    assert (edge == _with_a_line().numpy()).all()


def test_repeated_tiles_cover_the_base_in_both_directions():
    tile = flat(20, 20, (0, 0, 0, 0)).draw_rect([9, 8, 7, 255], 0, 0, 10, 20, fill=True)
    pixels = laid(
        flat(),
        overlay=tile,
        source=ImageSource(path="/a"),
        repeat="both",
        position=Position(x=Offset(value=30), y=Offset(value=13)),
    )
    stripes = (pixels == [9, 8, 7]).all(axis=2)
    assert stripes.all(axis=0).tolist() == ([False] * 10 + [True] * 10) * 6
    assert stripes.sum() == 80 * 60


def test_a_drawn_layer_is_changed_by_its_steps_at_the_size_that_it_has():
    pixels = laid(flat(), Round.all("max"), Rotate(angle=90), source=SOLID)
    covered = (pixels != BROWN).any(axis=2)
    assert (np.flatnonzero(covered.any(axis=1))[[0, -1]] == [20, 59]).all()
    assert (np.flatnonzero(covered.any(axis=0))[[0, -1]] == [50, 69]).all()
    assert pixels[20, 50].tolist() == list(BROWN)


def test_a_gradient_block_is_a_blank_canvas_with_a_gradient():
    blank = SolidSource(colour=Colour(red=0, green=0, blue=0, opacity=0), width=100, height=20)
    gradient = GradientOverlay(start=BLUE, end=Colour.from_hex("FF0000"), direction=90)
    row = laid(flat(), gradient, source=blank)[40]
    assert np.abs(row[10].astype(int) - BLUE.rgb).max() <= 4
    assert np.abs(row[109].astype(int) - [255, 0, 0]).max() <= 4


def test_a_branch_is_judged_by_what_is_drawn():
    wide = Branch(((Comparison("w", "gt", 30),),), (Step((Rotate(angle=90),)),))
    [layer] = Layer(source=SOLID, steps=(wide,)).resolve(Scene.of(120, 80))
    drawn = drawing.draw(layer, Scene.of(120, 80).size)
    assert (drawn.width, drawn.height) == (20, 40)


def test_an_area_s_sides_follow_from_the_base():
    source = SolidSource(width=Expression(first="bw"), height=Expression(first="bh", rest=(("div", 10),)))
    [layer] = Layer(source=source).resolve(Scene.of(120, 80))
    assert (layer.source.width, layer.source.height) == (120, 8)


def test_an_area_without_sides_covers_the_base():
    assert (laid(flat(), source=SolidSource(colour=BLUE)) == BLUE.rgb).all()


REFUSED = {
    "layer: the width must be 1 to 16383 pixels, and it is 20000.": Layer(source=SolidSource(width=20_000)),
    "layer: at most 50,000,000 pixels, and it has 16000x16000.": Layer(
        source=SolidSource(width=16_000, height=16_000)
    ),
    "layer: iw has no value here; bw, bh and bar have.": Layer(
        source=SolidSource(width=Expression(first="iw"))
    ),
    "layer: the font size must be 1 to 16383 pixels, and it is 0.": Layer(
        source=TextSource(text="a", size=0)
    ),
    "layer: trim on a text or a colour is not possible.": Layer(source=SOLID, steps=(Step((Trim(),)),)),
}


@pytest.mark.parametrize(("message", "layer"), REFUSED.items())
def test_what_cannot_be_drawn_is_refused_while_planning(message, layer):
    with pytest.raises(Invalid) as refusal:
        layer.resolve(Scene.of(300, 200))
    assert str(refusal.value) == message


def test_a_step_that_needs_a_model_is_refused_on_what_is_drawn():
    with pytest.raises(Invalid):
        Layer(source=SOLID, steps=(Step((RemoveBackground(),)),)).resolve(Scene.of(300, 200))


def test_a_layer_has_its_stage():
    assert Layer.stage is Stage.LAYER


def _key(**fields) -> list[object]:
    [layer] = Layer(**fields).resolve(Scene.of(120, 80))
    return layer.digest()


def test_text_is_keyed_with_the_fonts_that_draw_it():
    assert FONT_SET in _key(source=TextSource(text="a"))
    assert FONT_SET not in _key(source=SOLID)


def test_the_steps_of_a_drawing_are_part_of_its_key():
    turned = _key(source=SOLID, steps=(Step((Rotate(angle=10),)),))
    assert turned != _key(source=SOLID, steps=(Step((Rotate(angle=11),)),))


def test_a_text_and_an_area_are_never_one_key():
    assert _key(source=SolidSource(width=120, height=80)) != _key(source=TextSource(text="a"))


def test_names_of_one_family_are_one_key():
    assert _key(source=TextSource(text="a", family="open_sans")) == _key(
        source=TextSource(text="a", family="Open Sans")
    )


def test_a_share_of_the_base_and_its_pixels_are_one_key():
    half = Expression(first="bw", rest=(("div", 2),))
    assert _key(source=SolidSource(width=half)) == _key(source=SolidSource(width=60))


def test_an_anchor_without_coordinates_has_no_effect_on_the_key():
    assert _key(source=SOLID, position=Position(anchor="right")) == _key(source=SOLID)


def test_mixing_rounds_and_never_darkens():
    noise = np.random.default_rng(1).integers(0, 256, (2, 80, 120, 4), dtype=np.uint8)
    below, above = noise[0, ..., :3], noise[1]
    share = above[..., 3:] / 255
    exact = above[..., :3] * share + below * (1 - share)
    pixels = laid(_picture(below), overlay=_picture(above), source=ImageSource(path="/a"))
    assert np.abs(pixels - exact).max() <= 0.5


def test_transparent_pixels_beside_a_layer_stay_as_they_are():
    noise = np.random.default_rng(2).integers(0, 256, (80, 120, 4), dtype=np.uint8)
    pixels = laid(_picture(noise), source=SOLID, position=Position(focus="top_left"))
    assert (pixels[20:] == noise[20:]).all()


def test_an_invisible_cutter_leaves_nothing():
    pixels = laid(flat(), source=SOLID, mode=Mode.CUTTER, opacity=0)
    assert (pixels[..., 3] == 0).all()


def _picture(pixels: np.ndarray) -> Image:
    return Image.new_from_array(pixels).copy(interpretation="srgb")
