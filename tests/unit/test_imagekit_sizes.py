"""The sizes that ImageKit documents for its sample of 640x865, planned from the very strings (3.4 to 3.9)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.domain.assets import Facts, unstored
from calotype.domain.formats import Format
from calotype.domain.planning import Context, Needs, Original, Plan, plan
from calotype.errors import Invalid, TooManyPixels
from calotype.operations.base import Box

PLANT = Facts(Format.JPEG, 640, 865)
SQUARE = Facts(Format.JPEG, 600, 600)
NOW = datetime(2024, 1, 1, tzinfo=UTC)


def answered(text: str, facts: Facts = PLANT, **asset) -> Plan | Original | Needs:
    wish = read([Chain(text, 0)]).transformation
    return plan(replace(unstored(facts, NOW), **asset), wish, Context())


def planned(text: str, facts: Facts = PLANT, **asset) -> Plan:
    what = answered(text, facts, **asset)
    assert isinstance(what, Plan), what
    return what


def size(text: str, facts: Facts = PLANT) -> tuple[int, int]:
    what = planned(text, facts)
    return what.width, what.height


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w-300,h-200", (300, 200)),
        ("w-300,h-200,c-maintain_ratio", (300, 200)),
        ("w-300,h-200,c-force", (300, 200)),
        ("w-300,h-200,c-at_max", (148, 200)),
        ("w-850,h-1000,c-at_max", (640, 865)),
        ("w-850,h-1000,c-at_max_enlarge", (740, 1000)),
        ("w-300,h-200,c-at_least", (300, 405)),
        ("w-1280,h-865,c-maintain_ratio_no_enlarge", (640, 432)),
        ("w-300,h-200,cm-pad_resize", (300, 200)),
        ("w-300,h-200,c-pad_resize", (300, 200)),
        ("w-900,h-900,cm-pad_resize_no_enlarge", (900, 900)),
        ("w-300,h-300,cm-extract,x-100,y-300", (300, 300)),
        ("w-700,h-900,cm-pad_extract", (700, 900)),
        ("w-700,h-700,cm-pad_extract_no_shrink", (700, 865)),
        ("w-300", (300, 405)),
        ("h-200", (148, 200)),
        ("w-0.5", (320, 432)),
        ("w-400,ar-4-3", (400, 300)),
        ("w-400,ar-4:3", (400, 300)),
        ("w-200,h-100,ar-4-3", (200, 100)),
        ("w-100,dpr-2", (200, 270)),
        ("w-iw_div_4,h-ih_div_2", (160, 432)),
        ("w-iw_div_4,h-ih_div_2:b-cw_mul_0.05_yellow", (176, 448)),
        ("if-ar_gt_1,w-200,if-else,w-300,if-end", (300, 405)),
        ("h-400:if-h_eq_400,w-100,if-end:rt-90", (135, 100)),
        ("w-400,h-300:rt-90", (300, 400)),
        ("w-100:w-400", (400, 540)),
    ],
)
def test_every_documented_size_comes_out(text, expected):
    assert size(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w-200", (200, 200)),
        ("w-0.4", (240, 240)),
        ("w-700,h-700,cm-pad_extract", (700, 700)),
        ("w-700,h-700,cm-pad_resize", (700, 700)),
        ("bg-red", (600, 600)),
    ],
)
def test_sizes_of_a_square(text, expected):
    assert size(text, SQUARE) == expected


@pytest.mark.parametrize("text", ["", "w-70000", "dpr-2", "nosuch-1", "orig-true,w-300"])
def test_what_asks_for_nothing_is_the_original(text):
    assert isinstance(answered(text), Original)


def test_padding_lies_where_the_documentation_draws_it():
    *_, embed = planned("w-700,h-700,cm-pad_extract", SQUARE).picture.steps
    assert (embed.operation.left, embed.operation.top) == (50, 50)


def test_a_region_at_a_point_is_that_region():
    (crop,) = planned("w-300,h-300,cm-extract,x-100,y-300").picture.steps
    assert crop.operation.model_dump() == {"left": 100, "top": 300, "width": 300, "height": 300}


@pytest.mark.parametrize(
    ("focus", "corner"),
    [("left", (0, 282)), ("top_right", (340, 0)), ("bottom", (170, 565)), ("center", (170, 282))],
)
def test_a_region_at_a_side_touches_it(focus, corner):
    (crop,) = planned(f"w-300,h-300,cm-extract,fo-{focus}").picture.steps
    assert (crop.operation.left, crop.operation.top) == corner


def test_the_owners_own_focus_is_kept_in_view():
    _, crop = planned("w-320,h-200,fo-custom", focus=Box(0, 700, 100, 100)).picture.steps
    assert (crop.operation.left, crop.operation.top) == (0, 232)


@pytest.mark.parametrize("text", ["w-300,h-300,cm-extract,xc-900,yc-900", "w-300,h-300,cm-extract,x-640"])
def test_a_region_outside_the_picture_is_refused(text):
    with pytest.raises(Invalid, match="outside"):
        planned(text)


def test_a_size_beyond_all_measure_is_told_in_few_digits():
    with pytest.raises(TooManyPixels) as refusal:
        planned("w-100_pow_100")
    assert refusal.value.message == "The width would be 1e+200 pixels; the limit is 16383."


STEP = ["w-300", "h-200", "bl-4", "r-10", "rt-90", "e-grayscale", "e-sharpen-3", "b-5_red", "fl-h", "q-50", "bg-blue",
        "e-contrast", "o-50", "f-png"]  # fmt: skip


@given(st.lists(st.sampled_from(STEP), unique=True, min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_a_steps_parameters_never_splits_the_cache(parameters, random):
    shuffled = random.sample(parameters, len(parameters))
    assert planned(",".join(parameters)).key == planned(",".join(shuffled)).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("w-300", "w-300.0"),
        ("w-300,c-maintain_ratio", "w-300"),
        ("w-300,fo-center", "w-300"),
        ("w-320", "w-0.5"),
        ("w-320", "w-iw_div_2"),
        ("w-300,ar-4-3", "w-300,h-225"),
        ("w-300,nosuch-1", "w-300"),
        ("f-jpg", "f-jpeg"),
        ("rt-450", "rt-90"),
        ("rt-N90", "rt-270"),
        ("w-300,pr-false", "w-300"),
        ("w-640,f-jpg", "f-auto"),
        ("b-5_red", "b-5_FF0000"),
        ("b-5-red", "b-5_red"),
        ("w-300,dpr-1", "w-300"),
        ("t-true", "t-10"),
    ],
)
def test_what_means_the_same_has_the_same_key(one, other):
    assert _meaning(answered(one)) == _meaning(answered(other))


def _meaning(what: Plan | Original | Needs) -> object:
    return what.measure if isinstance(what, Needs) else what.key
