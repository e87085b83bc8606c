"""Layers from the plan to the pixels: drawn ones, images, one in another, on animations."""

import io

import numpy as np
import pytest
from PIL import Image as Pillow

from calotype.errors import Invalid, NotFound
from calotype.operations.colours import Colour
from calotype.operations.layer import ImageSource, Layer, SolidSource, TextSource
from calotype.operations.placing import Offset, Position
from calotype.operations.quantities import Expression
from calotype.operations.resize import Fit, Resize
from calotype.operations.steps import Step
from layer_runs import rendered

RED, BLUE = Colour.from_hex("FF0000"), Colour.from_hex("0000FF")
LOGO = ImageSource(path="/logo.png")


def png(width: int, height: int, colour: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    Pillow.new("RGB" if len(colour) == 3 else "RGBA", (width, height), colour).save(file, "PNG")
    return file.getvalue()


BASE = png(100, 60, (255, 255, 255))


def box(image, colour) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels of *colour*."""
    down, across = np.nonzero((image.numpy()[..., :3] == colour).all(axis=2))
    return int(across.min()), int(down.min()), int(across.max()), int(down.max())


def test_a_colour_lies_where_it_is_placed(tmp_path):
    bar = Layer(
        source=SolidSource(colour=RED, width=Expression(first="bw"), height=10),
        position=Position(y=Offset(value=0, far=True)),
    )
    assert box(rendered(BASE, tmp_path, bar), (255, 0, 0)) == (0, 50, 99, 59)


def test_text_is_drawn_on_the_picture(tmp_path):
    done = rendered(BASE, tmp_path, Layer(source=TextSource(text="HHH", size=30, colour=RED)))
    left, top, right, bottom = box(done, (255, 0, 0))
    assert (left + right) / 2 == pytest.approx(50, abs=1.5)
    assert (top + bottom) / 2 == pytest.approx(30, abs=1.5)


def test_an_image_is_scaled_by_its_steps_and_laid_on(tmp_path):
    small = Step((Resize(width=20, height=10, fit=Fit.STRETCH),))
    at = Position(x=Offset(value=5), y=Offset(value=6))
    done = rendered(
        BASE,
        tmp_path,
        Layer(source=LOGO, steps=(small,), position=at),
        images={"/logo.png": png(40, 40, (255, 0, 0))},
    )
    assert box(done, (255, 0, 0)) == (5, 6, 24, 15)


def two_frames() -> bytes:
    file = io.BytesIO()
    red, blue = (Pillow.new("RGB", (10, 10), colour) for colour in ("red", "blue"))
    red.save(file, "GIF", save_all=True, append_images=[blue])
    return file.getvalue()


def test_a_layer_shows_the_page_that_it_names(tmp_path):
    layer = Layer(source=ImageSource(path="/a.gif", page=2), position=Position(focus="top_left"))
    assert box(rendered(BASE, tmp_path, layer, images={"/a.gif": two_frames()}), (0, 0, 255)) == (0, 0, 9, 9)


def test_a_page_that_a_layer_s_image_does_not_have_is_refused(tmp_path):
    layer = Layer(source=ImageSource(path="/a.gif", page=3))
    with pytest.raises(Invalid, match="layer: its image has 2 pages, and 3 is asked for"):
        rendered(BASE, tmp_path, layer, images={"/a.gif": two_frames()})


def test_a_place_by_the_image_s_own_size_is_foreseen(tmp_path):
    at = Position(x=Offset(value=Expression(first="iw", rest=(("sub", 10),))))
    small = Step((Resize(width=10, height=10, fit=Fit.STRETCH),))
    done = rendered(
        BASE,
        tmp_path,
        Layer(source=LOGO, steps=(small,), position=at),
        images={"/logo.png": png(40, 40, (255, 0, 0))},
    )
    assert box(done, (255, 0, 0)) == (30, 0, 39, 9)


def test_a_layer_in_a_layer_is_relative_to_that(tmp_path):
    dot = Layer(source=SolidSource(colour=BLUE, width=5, height=5), position=Position(focus="bottom_right"))
    outer = Layer(source=LOGO, steps=(Step((dot,)),), position=Position(focus="top_left"))
    done = rendered(BASE, tmp_path, outer, images={"/logo.png": png(40, 40, (255, 0, 0))})
    assert box(done, (0, 0, 255)) == (35, 35, 39, 39)


def test_later_layers_lie_on_earlier_ones(tmp_path):
    red, blue = (Layer(source=SolidSource(colour=colour, width=20, height=20)) for colour in (RED, BLUE))
    assert (rendered(BASE, tmp_path, red, blue).numpy()[30, 50, :3] == (0, 0, 255)).all()


def test_a_hole_makes_the_result_transparent(tmp_path):
    done = rendered(BASE, tmp_path, Layer(source=SolidSource(width=20, height=20), mode="cutout"))
    assert done.bands == 4
    assert (done.numpy()[..., 3] == 0).sum() == 400


def test_an_image_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        rendered(BASE, tmp_path, Layer(source=LOGO))


def test_a_text_that_is_too_large_is_refused_while_rendering(tmp_path):
    with pytest.raises(Invalid, match="the text takes"):
        rendered(BASE, tmp_path, Layer(source=TextSource(text="W" * 2000, size=400)))


def test_what_is_drawn_grows_by_its_steps_to_no_more_than_can_be_drawn(tmp_path):
    grown = Step((Resize(width=8000, height=8000, fit=Fit.STRETCH),))
    layer = Layer(source=SolidSource(width=10, height=10), steps=(grown,))
    with pytest.raises(Invalid, match="it would be 8000x8000"):
        rendered(BASE, tmp_path, layer)


def test_a_free_layer_is_cut_off_at_the_edge(tmp_path):
    at = Position(x=Offset(value=95), y=Offset(value=58), free=True)
    bar = Layer(source=SolidSource(colour=RED, width=10, height=10), position=at)
    assert box(rendered(BASE, tmp_path, bar), (255, 0, 0)) == (95, 58, 99, 59)


def test_a_free_layer_beyond_the_edge_leaves_the_base_as_it_is(tmp_path):
    at = Position(x=Offset(value=100), y=Offset(value=0), free=True)
    bar = Layer(source=SolidSource(colour=RED, width=10, height=10), position=at)
    assert (rendered(BASE, tmp_path, bar).numpy() == 255).all()
