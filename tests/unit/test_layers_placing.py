"""Where a layer lies on its base, and where its repetitions do."""

import pytest

from calotype.errors import Invalid
from calotype.operations.base import Size
from calotype.operations.focus import Gravity
from calotype.operations.placing import Offset, Position, Repeat, Tiling, place, tiled
from calotype.operations.quantities import Expression, Share

BASE, LAYER = Size(300, 200), Size(50, 40)

BY_FOCUS = {
    "center": (125, 80),
    "top": (125, 0),
    "left": (0, 80),
    "bottom": (125, 160),
    "right": (250, 80),
    "top_left": (0, 0),
    "top_right": (250, 0),
    "bottom_left": (0, 160),
    "bottom_right": (250, 160),
}


def at(x: Offset | None = None, y: Offset | None = None, anchor: str = "top_left") -> tuple[int, int]:
    return place(BASE, LAYER, Position(x=x, y=y, anchor=anchor).resolve(BASE))


def far(value) -> Offset:
    return Offset(value=value, far=True)


def centre(value, *, far: bool = False) -> Offset:
    return Offset(value=value, centre=True, far=far)


def test_every_focus_is_in_the_table():
    assert set(BY_FOCUS) == {gravity.value for gravity in Gravity}


@pytest.mark.parametrize(("focus", "corner"), BY_FOCUS.items())
def test_a_focus_is_a_place_on_the_base(focus, corner):
    assert place(BASE, LAYER, Position(focus=focus)) == corner


BY_COORDINATES = [
    ((Offset(value=10), Offset(value=20)), (10, 20)),
    ((Offset(value=10), None), (10, 0)),
    ((None, Offset(value=20)), (0, 20)),
    ((far(10), far(20)), (240, 140)),
    ((None, far(0)), (0, 160)),
    ((centre(100), centre(100)), (75, 80)),
    ((centre(100), Offset(value=7)), (75, 7)),
    ((centre(100, far=True), None), (175, 0)),
    ((Offset(value=1000), Offset(value=1000)), (250, 160)),
    ((far(1000), centre(0)), (0, 0)),
    ((Offset(value=Share(of=0.1)), Offset(value=Share(of=0.5))), (30, 100)),
    ((Offset(value=10), Offset(value=20), "center"), (160, 120)),
    ((far(10), far(20), "center"), (140, 80)),
    ((centre(0), centre(0), "center"), (125, 80)),
    ((far(60), far(50), "bottom_right"), (240, 150)),
    ((Offset(value=0), Offset(value=0), "bottom_right"), (250, 160)),
]


@pytest.mark.parametrize(("given", "corner"), BY_COORDINATES)
def test_coordinates_count_from_the_anchor_and_stay_inside(given, corner):
    assert at(*given) == corner


def test_coordinates_win_over_a_focus():
    assert place(BASE, LAYER, Position(x=Offset(value=5), focus="bottom_right")) == (5, 0)


def test_a_layer_larger_than_its_base_begins_at_the_edge_that_coordinates_name():
    assert place(BASE, Size(400, 300), Position(x=Offset(value=10), y=far(10))) == (0, 0)


def test_a_larger_layer_in_the_middle_sticks_out_on_all_sides():
    assert place(BASE, Size(400, 300), Position()) == (-50, -50)


def test_cw_and_ch_are_the_layer_s_final_size():
    y = Offset(value=Expression(first="bh", rest=(("sub", "ch"), ("div", 2))))
    x = Offset(value=Expression(first="cw"))
    assert at(x, y) == (50, 180 - 20)


def test_iw_is_the_layer_s_original():
    position = Position(x=Offset(value=Expression(first="iw", rest=(("div", 10),)))).resolve(BASE)
    assert place(BASE, LAYER, position.shown(Size(900, 100))) == (90, 0)


def test_what_follows_from_the_base_becomes_a_number():
    position = Position(x=Offset(value=Expression(first="bw", rest=(("mul", 0.5),)))).resolve(BASE)
    assert position.x == Offset(value=150)


def test_a_division_by_the_layer_s_nothing_is_refused():
    with pytest.raises(Invalid, match="has no value"):
        at(Offset(value=Expression(first="cw", rest=(("div", 0),))))


@pytest.mark.parametrize(
    ("repeat", "tiling"),
    [
        (Repeat.NONE, Tiling(60, 50, 1, 1)),
        (Repeat.X, Tiling(-40, 50, 7, 1)),
        (Repeat.Y, Tiling(60, -30, 1, 6)),
        (Repeat.BOTH, Tiling(-40, -30, 7, 6)),
    ],
)
def test_repetitions_reach_every_edge_of_their_axis(repeat, tiling):
    assert tiled(BASE, LAYER, (60, 50), repeat) == tiling


def test_tiles_that_fit_exactly_are_not_cut():
    assert tiled(BASE, LAYER, (0, 0), Repeat.BOTH) == Tiling(0, 0, 6, 5)


FREE = [((290, 10), (290, 10)), ((300, 500), (300, 500)), ((0, 0), (0, 0))]


@pytest.mark.parametrize(("coordinates", "corner"), FREE)
def test_a_free_layer_lies_where_its_coordinates_say_beyond_an_edge_too(coordinates, corner):
    x, y = (Offset(value=value) for value in coordinates)
    assert place(BASE, LAYER, Position(x=x, y=y, free=True).resolve(BASE)) == corner


def test_a_position_that_is_not_free_has_the_key_that_it_always_had():
    assert Position().model_dump(exclude_defaults=True) == {}
    assert Position(free=True).model_dump(exclude_defaults=True) == {"free": True}
