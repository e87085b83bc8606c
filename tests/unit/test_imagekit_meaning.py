"""One meaning, one transformation, however it is written; and any text is a reading or a refusal."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calotype.dialects.imagekit.address import parse
from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import PICTURE, read
from calotype.domain.transformations import Transformation
from calotype.errors import Invalid, Refused

PARTS = [
    "w-300", "h-200", "h-0.5", "ar-4-3", "c-force", "cm-pad_resize", "cm-extract", "c-at_max", "fo-top", "fo-face",
    "fo-custom", "z-2", "x-5", "yc-9", "dpr-2", "bg-red", "bg-FF000050", "bg-blurred_10", "b-5_red", "r-20", "r-max",
    "rt-30", "fl-h", "bl-5", "o-50", "t-20", "e-grayscale", "e-contrast", "e-sharpen-3", "e-usm-2-2-0.8-0.024",
    "e-shadow", "e-gradient-ld-45", "cr-red_10", "e-colorize-co-blue", "e-distort-a-30", "e-bgremove", "e-upscale",
    "q-50", "f-auto", "f-webp", "pr-true", "lo-true", "cp-true", "md-true", "dn-300", "pg-2", "di-a.png",
]  # fmt: skip
KEYS = {part: part.removeprefix("e-").partition("-")[0] for part in PARTS}


def meaning(text: str) -> Transformation:
    return read([Chain(text)]).transformation


@given(st.lists(st.sampled_from(PARTS), unique_by=KEYS.get, max_size=8).flatmap(
    lambda parts: st.tuples(st.just(parts), st.permutations(parts))
))  # fmt: skip
def test_the_order_of_words_in_a_step_means_nothing(orders):
    written, shuffled = orders
    assert meaning(",".join(written)) == meaning(",".join(shuffled))


ALIASES = [
    ("ar-4-3,w-9", "ar-4:3,w-9"), ("ar-4_3,w-9", "ar-4-3,w-9"), ("f-jpg", "f-jpeg"), ("f-orig", ""),
    ("c-pad_resize,w-3,h-2", "cm-pad_resize,w-3,h-2"), ("fo-center,w-3,h-2", "w-3,h-2"), ("w-300.0", "w-300"),
    ("c-maintain_ratio,w-3,h-2", "w-3,h-2"), ("dpr-1,w-3", "w-3"), ("z-1,fo-face,w-3", "fo-face,w-3"),
    ("bg-FF0000", "bg-red"), ("bg-ff0000", "bg-FF0000"), ("r-5", "r-5_5_5_5"), ("r-0", ""), ("t-true", "t-10"),
    ("rt-270", "rt-N90"), ("rt-360", ""), ("rt-0", ""), ("rt-450", "rt-90"), ("fl-h_v", "fl-v_h"), ("o-100", ""),
    ("e-grayscale-true", "e-grayscale"), ("e-shadow", "e-shadow-y-2_x-2_st-30_bl-10"), ("e-sharpen", "e-sharpen-1"),
    ("e-gradient", "e-gradient-ld-bottom_from-white_to-00000000_sp-1"), ("e-bgremove", "e-removedotbg"),
    ("e-gradient-ld-360", "e-gradient-ld-0"), ("e-gradient-ld-right_top", "e-gradient-ld-top_right"),
    ("e-shadow-st-50_x-1", "e-shadow-x-1_st-50"), ("b-5-red", "b-5_FF0000"), ("b-0_red", ""),
    ("pr-false,lo-false,cp-false,md-false,orig-false,t-false", ""), ("w-3:q-50", "w-3,q-50"), ("w-9,w-3", "w-3"),
    ("w-3,x-1,y-2", "w-3"), ("w-3,cm-extract", "w-3"), ("c-force,w-3", "w-3"), ("orig-true,w-3", "orig-true"),
    ("bg-blurred", ""), ("bg-blurred_auto,cm-pad_resize,w-3,h-2", "bg-blurred,cm-pad_resize,w-3,h-2"),
    ("bg-gradient_dominant,cm-pad_resize,w-3,h-2", "bg-gradient_dominant_2,cm-pad_resize,w-3,h-2"),
    ("bg-black,o-5", "bg-00000010,o-5"), ("fo-car_bus", "fo-bus_car"), ("w-3%2Ch-2", "w-3,h-2"),
    ("l-text,i-a%20b,l-end", "l-text,ie-YSBi,l-end"), ("l-text,i-a,fs-45,lx-5,l-end", "l-text,lx-5,ly-0,i-a,l-end"),
    ("l-image,i-a@@b,t-true,l-end", "l-image,ie-L2EvYg==,l-end"),
    ("l-text,i-a,lfo-center,l-end", "l-text,i-a,l-end"), ("l-text,i-a,pa-3_3,l-end", "l-text,i-a,pa-3,l-end"),
    ("l-text,i-a,lx-5,lap-top_left,l-end", "l-text,i-a,lx-5,l-end"),
    ("if-ar_gt_4-2,w-1,if-end", "if-ar_gt_2,w-1,if-end"), ("if-w_gt_1,w-1,if-else,if-end", "if-w_gt_1,w-1,if-end"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIASES)
def test_aliases_and_defaults_mean_the_same(one, other):
    assert meaning(one) == meaning(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("tr:w-300/a.jpg", ""), ("a.jpg", "tr=w-300")),
        (("f/tr:w-300/a.jpg", ""), ("tr:w-300/f/a.jpg", "")),
        (("tr:w-300:rt-90/a.jpg", ""), ("tr:w-300/a.jpg", "tr=rt-90")),
        (("a.jpg", "v=1&tr=w-300%2Ch-2&updatedAt=5"), ("a.jpg", "tr=w-300,h-2")),
        (("tr:w-300%2Ch-2/f%2Fa.jpg", ""), ("f//a.jpg", "tr=h-2,w-300")),
    ],
)
def test_the_place_of_a_transformation_means_nothing(one, other):
    first, second = parse(*one), parse(*other)
    assert first.path == second.path
    assert read(first.chains).transformation == read(second.chains).transformation


SAMPLES = """- 1 0 0.5 auto true iw_div_2 iw_div_0 99999999999 N5 red FF000050 max 1_2_3_4 4-3 x-1_y-2 prompt-a a-5
    prompte-YQ== p-0_0_9_0_9_9_0_9 %FF %00 @@ \0 blurred_5_N5 genfill face car_bus ik_canvas pow_pow_pow 9_pow_9
    multiply top"""
VALUES = st.one_of(st.sampled_from(["", *SAMPLES.split()]), st.text(max_size=12))
LAYER_KEYS = "n i ie lx ly lxc lyc lap lfo lm fs ff co ia pa al tg lh raw zz"
KEY = st.sampled_from([*PICTURE, *LAYER_KEYS.split()])
WORD = st.one_of(
    st.builds("{}-{}".format, KEY, VALUES),
    KEY,
    st.sampled_from(
        ["l-text", "l-image", "l-end", "if-w_gt_1", "if-else", "if-end", "if-ar_eq_4-3_and_h_lt_2"]
    ),
)
ANY = st.lists(st.tuples(WORD, st.sampled_from([",", ":"])), max_size=12).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)


@settings(max_examples=400)
@given(ANY | st.text(max_size=60), st.booleans())
def test_any_text_is_a_reading_or_a_refusal(text, thumbnail):
    names = {"small": "w-3", "5": text, "": text}
    try:
        reading = read([Chain(text)], names.get, thumbnail=thumbnail)
    except Invalid as error:
        assert error.message.endswith(".")  # noqa: PT017 - both outcomes are fine
    else:
        assert isinstance(reading.transformation, Transformation)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_url_is_a_reading_or_a_refusal(path, query):
    try:
        assert read(parse(f"tr:{path}", f"tr={query}").chains)
    except Refused as error:
        assert error.message  # noqa: PT017 - both outcomes are fine


def _calls(text: str) -> int:
    """Count the function calls that reading *text* takes: a measure of work that no busy machine disturbs."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        read([Chain(text)])
    except Invalid:
        pass
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "part",
    ["((((", "a,", "w-1,", "%2C", "-", "_", "iw_add_", "w-iw_add_iw_", "e-shadow-x-1_", "cr-red_", "r-1_", "fo-car_",
     "l-text,i-a,l-end,", "if-w_gt_1_and_", "ar-1:", "pa-1_", "bg-blurred_"],
)  # fmt: skip
def test_work_grows_with_the_length_and_not_with_its_square(part):
    short, long = part * (1000 // len(part)), part * (8000 // len(part))
    assert _calls(long) < 10 * _calls(short) + 1000
