"""Layers on texts and colours: planned at the size that these have, keyed, weighed, explained, and rendered."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image as Pillow

from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.domain.assets import Asset, Facts, unstored
from calotype.domain.explaining import explained
from calotype.domain.formats import Format
from calotype.domain.pictures import EXTENT, Drawing
from calotype.domain.planning import Context, Needs, Target, plan
from calotype.domain.transformations import Transformation
from calotype.engine import drawing
from calotype.errors import Invalid, NotFound, TooManyPixels
from calotype.operations.base import Size
from calotype.operations.layer import Layer, SolidSource
from calotype.operations.steps import Step
from layer_runs import planned, rendered

LOGO_ID = "b" * 24
BLACK, RED, BLUE, LIME, WHITE = (0, 0, 0), (255, 0, 0), (0, 0, 255), (0, 255, 0), (255, 255, 255)
HALF = "l-image,i-ik_canvas,bg-0000FF,w-bw_mul_0.5,h-bh,lfo-right,l-end"


PLATE, SMALL = Facts(Format.PNG, 100, 60), Facts(Format.PNG, 40, 40)


def asset(facts: Facts = PLATE) -> Asset:
    return unstored(facts, datetime(2024, 1, 1, tzinfo=UTC))


def logo(facts: Facts = SMALL) -> Asset:
    made = asset(facts)
    return replace(made, id=LOGO_ID, version=replace(made.version, id=LOGO_ID))


def made(text: str, extent: tuple[int, int] = (120, 40), shown: Asset | None = None):
    """Plan *text* for 100x60 pixels, as if every text took *extent*."""
    wish = read([Chain(text)]).transformation
    return planned(asset(), wish, dict.fromkeys(wish.layer_sources(), shown or logo()), lambda _: extent)


def first(what) -> Drawing:
    """What is planned of the first layer."""
    return what.picture.steps[0].layer


def test_what_lies_on_a_colour_is_as_large_as_its_share_of_that_colour():
    drawn = first(made(f"l-image,i-ik_canvas,bg-FF0000,w-40,h-20,{HALF},l-end"))
    source = drawn.steps[0].operation.source
    assert (drawn.drawn, drawn.size) == (Size(40, 20), Size(40, 20))
    assert (source.width, source.height) == (20, 20)


def test_a_text_that_holds_a_layer_is_measured_before_it_is_planned():
    wish = read([Chain(f"l-text,i-Hi,{HALF},l-end")]).transformation
    question = plan(asset(), wish, Context())
    assert isinstance(question, Needs)
    assert question.measure.kind == EXTENT
    source = first(made(f"l-text,i-Hi,{HALF},l-end", extent=(120, 40))).steps[0].operation.source
    assert (source.width, source.height) == (60, 40)


def test_a_text_without_layers_is_not_measured():
    assert made("l-text,i-Hi,rt-30,l-end").looked == ()


def test_one_text_at_two_places_is_measured_once():
    questions = []
    wish = read([Chain(f"l-text,i-Hi,lx-1,{HALF},l-end,l-text,i-Hi,lx-9,{HALF},l-end")]).transformation
    planned(asset(), wish, {}, lambda question: questions.append(question.key) or (120, 40))
    assert len(questions) == 1


def test_a_later_step_changes_the_size_that_the_next_one_begins_with():
    drawn = first(made("l-text,i-Hi,l-text,i-a,l-end:w-60:w-iw_div_4,l-end", extent=(120, 40)))
    assert [each.size for each in drawn.steps] == [(120, 40), (60, 20), (30, 10)]


def test_a_condition_is_judged_by_the_size_that_the_drawing_has():
    laid = "l-image,i-ik_canvas,bg-FF0000,w-{},h-9:if-w_gt_50,l-text,i-a,l-end,if-end,l-end"
    assert [len(first(made(laid.format(width))).steps) for width in (40, 60)] == [0, 1]


def test_a_share_of_a_text_and_its_pixels_are_one_key():
    pixels = HALF.replace("bw_mul_0.5", "60").replace("h-bh", "h-40")
    assert made(f"l-text,i-Hi,{HALF},l-end").key == made(f"l-text,i-Hi,{pixels},l-end").key


def test_what_lies_on_a_colour_is_part_of_the_key():
    keys = {
        made(f"l-image,i-ik_canvas,bg-FF0000,w-40,h-20,{inner}l-end").key
        for inner in ("", "l-text,i-a,l-end,", "l-text,i-b,l-end,", "l-text,i-a,lx-0,l-end,")
    }
    assert len(keys) == 4


def test_another_version_of_an_image_on_a_colour_is_another_key():
    url = "l-image,i-ik_canvas,w-40,h-20,l-image,i-logo.png,t-false,l-end,l-end"
    other = replace(logo(), version=replace(logo().version, id="c" * 24))
    assert made(url).key != made(url, shown=other).key


def test_images_on_a_colour_are_among_the_files_and_their_decoding_in_the_cost():
    url = "l-image,i-ik_canvas,w-40,h-20,l-image,i-logo.png,t-false,w-10,l-end,l-end"
    small, large = made(url), made(url, shown=logo(Facts(Format.PNG, 7000, 7000)))
    assert [each.version_id for each in large.picture.files()][1:] == [LOGO_ID]
    assert large.cost - small.cost == pytest.approx(3 * (49 - 0.0016))


def test_explain_tells_what_lies_on_a_text():
    what = made(f"l-text,i-Hi,{HALF},l-end")
    told = explained(Target(asset(), what), [], accept="", tier="render", milliseconds={})["plan"]
    layer = told["operations"][0]["layer"]
    assert (layer["drawn"], layer["size"]) == ([120, 40], [120, 40])
    assert layer["operations"][0]["source"]["width"] == 60
    assert told["measured"][0]["by"] == "the size of a text, by Pango"


@pytest.mark.parametrize("kind", ["l-text,i-Hi,fs-20", "l-image,i-ik_canvas,w-40,h-20"])
@pytest.mark.parametrize("step", ["t-true", "w-9,h-9,fo-face"])
@pytest.mark.parametrize("inner", ["", ",l-text,i-a,l-end"])
def test_what_only_pixels_tell_is_refused_of_what_is_drawn(kind, step, inner):
    with pytest.raises(Invalid, match="on a text or a colour is not possible"):
        drawing.draw(made(f"{kind}{inner}:{step},l-end").picture.steps[0].operation, Size(100, 60))


def test_an_image_on_a_text_that_is_not_there_is_not_found():
    wish = read([Chain("l-text,i-Hi,l-image,i-logo.png,l-end,l-end")]).transformation
    with pytest.raises(NotFound, match=r"no image '/logo\.png'"):
        planned(asset(), wish, {}, lambda _: (120, 40))


@pytest.mark.parametrize(
    "layer", ["l-image,i-ik_canvas,l-text,i-a,l-end:{},l-end", "l-image,i-logo.png,t-false,{},l-end"]
)
def test_no_layer_is_larger_than_a_result_may_be(layer):
    with pytest.raises(TooManyPixels, match="A layer would be 9000x9000"):
        made(layer.format("w-9000,h-9000,c-force"))


def test_nothing_nests_four_deep():
    layer = Layer(source=SolidSource(width=9, height=9))
    for _ in range(3):
        layer = layer.but(steps=(Step((layer,)),))
    with pytest.raises(Invalid, match="nested at most 3 deep"):
        plan(asset(), Transformation.of(layer), Context())


def png(width: int, height: int, colour: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB", (width, height), colour).save(file, "PNG")
    return file.getvalue()


BASE = png(100, 60, BLACK)
LOGO = {"/logo.png": png(40, 40, BLUE)}


def drawn(text: str, folder):
    """Render *text* on black, 100x60."""
    (step,) = read([Chain(text)]).transformation.steps
    return rendered(BASE, folder, *step.operations, images=LOGO).numpy()


def box(pixels, colour) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels of *colour*."""
    down, across = (pixels[..., :3] == colour).all(axis=2).nonzero()
    return int(across.min()), int(down.min()), int(across.max()), int(down.max())


def test_a_colour_lies_on_a_colour_where_that_lies(tmp_path):
    pixels = drawn(f"l-image,i-ik_canvas,bg-FF0000,w-40,h-20,lx-10,ly-5,{HALF},l-end", tmp_path)
    assert (box(pixels, RED), box(pixels, BLUE)) == ((10, 5, 29, 24), (30, 5, 49, 24))


def test_a_text_lies_in_the_middle_of_a_colour(tmp_path):
    url = "l-image,i-ik_canvas,bg-FF0000,w-60,h-40,lx-0,ly-0,l-text,i-H,fs-30,co-white,l-end,l-end"
    left, top, right, bottom = box(drawn(url, tmp_path), WHITE)
    assert (left + right) / 2 == pytest.approx(29.5, abs=1)
    assert (top + bottom) / 2 == pytest.approx(19.5, abs=1)


def test_a_colour_lies_in_the_corner_of_a_text(tmp_path):
    text = "l-text,i-Hi,fs-30,bg-00FF00,lx-7,ly-3"
    inner = "l-image,i-ik_canvas,bg-FF0000,w-5,h-4,lfo-bottom_right,l-end"
    (tmp_path / "plain").mkdir()
    _, _, right, bottom = box(drawn(f"{text},l-end", tmp_path / "plain"), LIME)
    assert box(drawn(f"{text},{inner},l-end", tmp_path), RED) == (right - 4, bottom - 3, right, bottom)


def test_an_image_lies_on_a_colour_at_its_share_of_that(tmp_path):
    inner = "l-image,i-logo.png,t-false,w-bw_div_2,h-10,c-force,lfo-top_left,l-end"
    pixels = drawn(f"l-image,i-ik_canvas,bg-FF0000,w-60,h-40,{inner},l-end", tmp_path)
    assert box(pixels, BLUE) == (20, 10, 49, 19)


def test_layers_lie_three_deep(tmp_path):
    url = (
        "l-image,i-ik_canvas,bg-FF0000,w-60,h-40,lfo-top_left,"
        "l-image,i-logo.png,t-false,w-20,h-20,lfo-bottom_right,"
        "l-image,i-ik_canvas,bg-00FF00,w-5,h-5,lfo-top_left,l-end,l-end,l-end"
    )
    assert box(drawn(url, tmp_path), LIME) == (40, 20, 44, 24)


def test_rounded_corners_cut_what_lies_on_a_colour(tmp_path):
    inner = "l-image,i-ik_canvas,bg-0000FF,l-end"
    pixels = drawn(f"l-image,i-ik_canvas,bg-FF0000,w-40,h-40,r-max,lfo-top_left,{inner},l-end", tmp_path)
    assert (tuple(pixels[0, 0, :3]), tuple(pixels[20, 20, :3])) == (BLACK, BLUE)


def test_what_lies_on_a_text_turns_with_it(tmp_path):
    inner = "l-image,i-ik_canvas,bg-FF0000,w-5,h-4,lfo-top_left,l-end"
    pixels = drawn(f"l-text,i-Hi,fs-20,bg-00FF00,rt-90,lfo-top_left,{inner},l-end", tmp_path)
    _, top, right, _ = box(pixels, RED)
    assert (top, right) == (0, box(pixels, LIME)[2])
