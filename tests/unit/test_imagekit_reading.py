"""What each documented string of ImageKit's transformations comes to in the core's own words."""

from functools import partial

import pytest

from calotype.dialects.imagekit.encoding import ENCODING
from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import PICTURE, read
from calotype.domain.formats import Format
from calotype.domain.transformations import OutputWish, Transformation
from calotype.errors import Invalid
from calotype.operations.background import Background
from calotype.operations.blur import Blur
from calotype.operations.border import Border
from calotype.operations.colorize import Colorize
from calotype.operations.colour_replace import ColourReplace
from calotype.operations.colours import BLACK, CLEAR, Colour
from calotype.operations.contrast_stretch import ContrastStretch
from calotype.operations.distort import Distort
from calotype.operations.extract import Extract
from calotype.operations.fill import Blurred, Dominant, EdgeGradient
from calotype.operations.flip import Flip
from calotype.operations.focus import Custom, Faces, Gravity, Interest, Objects, Point
from calotype.operations.gradient_overlay import GradientOverlay
from calotype.operations.grayscale import Grayscale
from calotype.operations.models import (
    ChangeBackground,
    DropShadow,
    Edit,
    GenerativeFill,
    RemoveBackground,
    Retouch,
    Upscale,
    Variation,
)
from calotype.operations.opacity import Opacity
from calotype.operations.pad import Pad
from calotype.operations.quantities import Expression, Share
from calotype.operations.resize import Fit, Resize
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from calotype.operations.shadow import Shadow
from calotype.operations.sharpen import Sharpen
from calotype.operations.steps import Branch, Comparison, Step
from calotype.operations.trim import Trim
from calotype.operations.unsharp import Unsharp

wish = partial(OutputWish, matte=BLACK)  # what fills transparent areas of a JPEG

RED = Colour(red=255, green=0, blue=0)
BLUE = Colour(red=0, green=0, blue=255)
YELLOW = Colour(red=255, green=255, blue=0)


def steps(text):
    return read([Chain(text)]).transformation.steps


def output(text):
    return read([Chain(text)]).transformation.output


def ignored(text):
    return [(word.text, word.meaning) for word in read([Chain(text)]).words if word.ignored]


def resize(**fields):
    return Resize(width=300, height=200, **fields)


def expression(first, *rest):
    return Expression(first=first, rest=rest)


ONE_STEP = [
    # How large it is to be (contract, 3.4)
    ("w-300,h-200", [resize()]),
    ("w-200", [Resize(width=200)]),
    ("h-200", [Resize(height=200)]),
    ("w-0.4", [Resize(width=Share(of=0.4))]),
    ("w-1", [Resize(width=1)]),
    ("ar-4-3,w-400", [Resize(width=400, ratio=4 / 3)]),
    ("ar-4_3,w-400", [Resize(width=400, ratio=4 / 3)]),
    ("ar-4:3,w-400", [Resize(width=400, ratio=4 / 3)]),
    ("ar-1.5,h-400", [Resize(height=400, ratio=1.5)]),
    ("ar-iar_mul_0.75,h-400", [Resize(height=400, ratio=expression("iar", ("mul", 0.75)))]),
    ("w-100,dpr-2", [Resize(width=100, dpr=2)]),
    (
        "w-iw_div_4,h-ih_div_2",
        [Resize(width=expression("iw", ("div", 4)), height=expression("ih", ("div", 2)))],
    ),
    ("w-300,h-70000", [Resize(width=300)]),
    ("w-65536", []),
    # Crop strategies, section 3.5
    ("w-300,h-200,c-maintain_ratio", [resize()]),
    ("w-300,h-200,c-force", [resize(fit=Fit.STRETCH)]),
    ("w-300,h-200,c-at_max", [resize(fit=Fit.INSIDE)]),
    ("w-300,h-200,c-at_max_enlarge", [resize(fit=Fit.INSIDE_ENLARGE)]),
    ("w-300,h-200,c-at_least", [resize(fit=Fit.OUTSIDE)]),
    ("w-300,h-200,c-maintain_ratio_no_enlarge", [resize(fit=Fit.COVER_WITHIN)]),
    ("w-300,h-200,cm-pad_resize", [resize(fit=Fit.PAD)]),
    ("w-300,h-200,c-pad_resize", [resize(fit=Fit.PAD)]),
    ("w-300,h-200,cm-pad_resize_no_enlarge", [resize(fit=Fit.PAD_WITHIN)]),
    ("w-300,h-200,cm-extract", [Extract(width=300, height=200)]),
    ("w-300,h-300,cm-extract,x-100,y-300", [Extract(width=300, height=300, focus=Point(x=100, y=300))]),
    ("w-9,h-9,cm-extract,xc-5,yc-0", [Extract(width=9, height=9, focus=Point(x=5, y=0, centre=True))]),
    ("w-300,h-200,cm-pad_extract", [Pad(width=300, height=200)]),
    ("w-300,h-200,cm-pad_extract_no_shrink", [Pad(width=300, height=200, shrink=False)]),
    ("w-300,cm-pad_resize", [Resize(width=300)]),
    ("w-300,cm-extract", [Resize(width=300)]),
    ("w-300,c-at_max", [Resize(width=300, fit=Fit.INSIDE)]),
    ("w-300,ar-3-2,c-force", [Resize(width=300, ratio=1.5, fit=Fit.STRETCH)]),
    # Focus, section 3.5
    ("w-300,h-200,fo-top_left", [resize(focus=Gravity.TOP_LEFT)]),
    ("w-300,h-200,fo-auto", [resize(focus=Interest.ATTENTION)]),
    ("w-300,h-200,fo-custom", [resize(focus=Custom())]),
    ("w-300,h-200,fo-face,z-0.5", [resize(focus=Faces(zoom=0.5))]),
    ("fo-face", [Resize(focus=Faces())]),
    ("fo-car_trafficLight,ar-1", [Resize(ratio=1, focus=Objects(names=("car", "trafficLight")))]),
    ("w-300,h-200,cm-extract,fo-custom", [Extract(width=300, height=200, focus=Custom())]),
    ("cm-extract,fo-custom", [Extract(focus=Custom())]),
    ("w-300,h-200,cm-pad_resize,fo-left", [resize(fit=Fit.PAD, focus=Gravity.LEFT)]),
    # Backgrounds, section 3.7
    ("bg-FF0000", [Background(colour=RED)]),
    ("bg-red", [Background(colour=RED)]),
    ("bg-ff000050", [Background(colour=Colour(red=255, green=0, blue=0, opacity=0.5))]),
    ("w-300,h-200,cm-pad_resize,bg-red", [resize(fit=Fit.PAD, fill=RED), Background(colour=RED)]),
    (
        "w-300,h-200,cm-pad_resize,bg-FF000050",
        [resize(fit=Fit.PAD, fill=CLEAR), Background(colour=Colour(red=255, green=0, blue=0, opacity=0.5))],
    ),
    ("w-300,h-200,cm-pad_resize,bg-blurred", [resize(fit=Fit.PAD, fill=Blurred())]),
    ("w-300,h-200,cm-pad_resize,bg-blurred_auto", [resize(fit=Fit.PAD, fill=Blurred())]),
    (
        "w-300,h-200,cm-pad_resize,bg-blurred_10_N50",
        [resize(fit=Fit.PAD, fill=Blurred(intensity=10, brightness=-50))],
    ),
    ("w-300,h-200,cm-pad_extract,bg-dominant", [Pad(width=300, height=200, fill=Dominant())]),
    ("w-300,h-200,cm-pad_resize,bg-gradient_dominant_4", [resize(fit=Fit.PAD, fill=EdgeGradient(colours=4))]),
    ("w-300,h-200,cm-pad_resize,bg-genfill", [resize(fit=Fit.PAD), GenerativeFill()]),
    (
        "w-300,h-200,cm-pad_resize,bg-genfill-prompt-a%20sea",
        [resize(fit=Fit.PAD), GenerativeFill(prompt="a sea")],
    ),
    ("o-50,bg-FF000010", [Opacity(percent=50), Background(colour=RED)]),
    ("rt-30,bg-red", [Background(colour=RED), Rotate(angle=30, background=RED)]),
    # Appearance, section 3.7
    ("b-5_A94D34", [Border(width=5, colour=Colour.from_hex("A94D34"))]),
    ("b-5-A94D34", [Border(width=5, colour=Colour.from_hex("A94D34"))]),
    ("b-ih_mul_0.05_red", [Border(width=expression("ih", ("mul", 0.05)), colour=RED)]),
    ("b-cw_mul_0.05_yellow", [Border(width=expression("cw", ("mul", 0.05)), colour=YELLOW)]),
    ("r-20", [Round(corners=(20, 20, 20, 20))]),
    ("r-max", [Round(corners=("max", "max", "max", "max"))]),
    ("r-10_20_20_max", [Round(corners=(10, 20, 20, "max"))]),
    ("rt-90", [Rotate(angle=90)]),
    ("rt-N45", [Rotate(angle=315)]),
    ("rt-auto", []),
    ("rt-360", []),
    ("fl-h", [Flip(horizontal=True)]),
    ("fl-h_v", [Flip(horizontal=True, vertical=True)]),
    ("fl-v_h", [Flip(horizontal=True, vertical=True)]),
    ("bl-10", [Blur(sigma=10)]),
    ("o-40", [Opacity(percent=40)]),
    ("t-true", [Trim(threshold=10)]),
    ("t-25", [Trim(threshold=25)]),
    ("t-false", []),
    ("e-grayscale", [Grayscale()]),
    ("e-contrast", [ContrastStretch()]),
    ("e-sharpen", [Sharpen()]),
    ("e-sharpen-5", [Sharpen(amount=5)]),
    ("e-sharpen-200", [Sharpen(amount=10)]),
    ("e-usm", [Unsharp()]),
    ("e-usm-0-5-1-0.05", [Unsharp(radius=15, sigma=5, amount=1, threshold=0.05)]),
    ("e-usm-0-50-1-0.05", [Unsharp(radius=100, sigma=50, amount=1, threshold=0.05)]),
    ("e-usm-2-2-0.8-0.024", [Unsharp(radius=2, sigma=2, amount=0.8, threshold=0.024)]),
    ("e-shadow", [Shadow()]),
    ("e-shadow-bl-15_st-40_x-10_y-N5", [Shadow(blur=15, strength=40, x=10, y=-5)]),
    ("e-gradient", [GradientOverlay()]),
    (
        "e-gradient-ld-top_right_from-red_to-0000FF00_sp-ih_mul_0.5",
        [
            GradientOverlay(
                direction=45,
                start=RED,
                end=Colour(red=0, green=0, blue=255, opacity=0),
                stop=expression("ih", ("mul", 0.5)),
            )
        ],
    ),
    ("e-gradient-ld-90_sp-0.4", [GradientOverlay(direction=90, stop=0.4)]),
    ("cr-FF0000", [ColourReplace(to=RED)]),
    ("cr-FF0000_10_0000FF", [ColourReplace(to=RED, tolerance=10, source=BLUE)]),
    ("e-colorize-co-red_in-50", [Colorize(colour=RED, intensity=50)]),
    ("e-distort-p-0_1_9_N2_8_8_1_7", [Distort(perspective=((0, 1), (9, -2), (8, 8), (1, 7)))]),
    ("e-distort-a-N30", [Distort(arc=-30)]),
    # What needs a model, section 3.7
    ("e-bgremove", [RemoveBackground()]),
    ("e-removedotbg", [RemoveBackground()]),
    ("e-changebg-prompt-snow", [ChangeBackground(prompt="snow")]),
    ("e-changebg-prompte-c25vdw%3D%3D", [ChangeBackground(prompt="snow")]),
    ("e-edit-prompt-add%20a%20hat", [Edit(prompt="add a hat")]),
    ("e-dropshadow", [DropShadow()]),
    ("e-dropshadow-az-215_el-45_st-80", [DropShadow(azimuth=215, elevation=45, strength=80)]),
    ("e-retouch", [Retouch()]),
    ("e-upscale", [Upscale()]),
    ("e-genvar", [Variation()]),
    # What is passed over
    ("so-5,eo-6,du-7,vc-h264,ac-aac,sr-240_360,oi-a.png,nonsense", []),
]


@pytest.mark.parametrize(("text", "operations"), ONE_STEP, ids=[text for text, _ in ONE_STEP])
def test_a_documented_string_is_these_operations(text, operations):
    assert steps(text) == ((Step(tuple(operations)),) if operations else ())


def test_every_key_that_changes_pixels_is_in_an_example():
    parts = {part for text, _ in ONE_STEP for part in text.split(",")}
    keys = PICTURE.keys() - ENCODING.keys() - {"di", "c2pa"}
    assert [key for key in keys if not any(part == key or part.startswith(f"{key}-") for part in parts)] == []


def test_steps_run_in_the_order_in_which_they_are_written():
    quarter = Resize(width=expression("iw", ("div", 4)), height=expression("ih", ("div", 2)))
    border = Border(width=expression("cw", ("mul", 0.05)), colour=YELLOW)
    assert steps("w-iw_div_4,h-ih_div_2:b-cw_mul_0.05_yellow") == (Step((quarter,)), Step((border,)))


def test_a_background_is_laid_behind_corners_after_they_are_rounded():
    assert steps("w-200,r-20,bg-red") == (
        Step((Resize(width=200), Round.all(20))),
        Step((Background(colour=RED),)),
    )


def test_what_concerns_the_output_alone_makes_no_step():
    assert steps("w-300:q-80:f-webp") == steps("w-300,q-80,f-webp") == (Step((Resize(width=300),)),)


CONDITIONS = [
    (
        "if-ar_gt_1,w-200,if-else,w-300,if-end",
        Branch(((Comparison("ar", "gt", 1),),), (Step((Resize(width=200),)),), (Step((Resize(width=300),)),)),
    ),
    (
        "if-h_eq_200_and_iw_lte_9.5_or_iar_ne_4-3,bl-2:rt-90,if-end",
        Branch(
            (
                (Comparison("h", "eq", 200), Comparison("iw", "lte", 9.5)),
                (Comparison("iar", "ne", 4 / 3),),
            ),
            (Step((Blur(sigma=2),)), Step((Rotate(angle=90),))),
        ),
    ),
]


@pytest.mark.parametrize(("text", "branch"), CONDITIONS)
def test_a_conditional_is_a_branch(text, branch):
    assert steps(f"h-400:{text}:rt-90") == (Step((Resize(height=400),)), branch, Step((Rotate(angle=90),)))


IGNORED = [
    ("w-300,nonsense-1", [("nonsense-1", "ignored: no such parameter here")]),
    ("w-70000,h-5", [("w-70000", "ignored: over 65535")]),
    ("w-1,w-2", [("w-1", "ignored: given again later in this step")]),
    ("w-3,h-2,ar-4-3", [("ar-4-3", "ignored: both width and height are given")]),
    ("w-3000,dpr-2", [("dpr-2", "ignored: the result would be below 1 pixel or above 5000")]),
    ("w-3,h-2,c-force,cm-extract", [("c-force", "ignored: cm is given too")]),
    ("w-3,h-2,c-force,fo-top", [("fo-top", "ignored: nothing is cropped")]),
    (
        "c-force,fo-top",
        [(text, "ignored: neither width nor height is given") for text in ("c-force", "fo-top")],
    ),
    ("w-3,h-2,x-5", [("x-5", "ignored: only cm-extract takes a region")]),
    ("bg-blurred", [("bg-blurred", "ignored: there is no padding to fill")]),
    ("so-5", [("so-5", "ignored: only videos have it")]),
    ("rt-auto", [("rt-auto", "ignored: every picture is upright")]),
    ("orig-true,w-3", [("w-3", "ignored: the original is asked for")]),
]


@pytest.mark.parametrize(("text", "expected"), IGNORED)
def test_what_is_ignored_says_why(text, expected):
    assert ignored(text) == expected


def test_every_token_is_accounted_for_with_its_place():
    words = read([Chain("w-300,bogus:l-text,i-a,fs-9,l-end", at=5)]).words
    assert [(word.text, word.at, word.ignored) for word in words] == [
        ("w-300", 5, False), ("bogus", 11, True), ("l-text", 17, False), ("i-a", 24, False), ("fs-9", 28, False),
    ]  # fmt: skip


REFUSED = [
    "w-", "w", "w-abc", "w-0", "w-N5", "w-iw_div", "w-iw_div_", "w-iw_foo_2", "w-idu", "h-auto", "ar-4-0", "ar-0",
    "w-1e5", "w-inf", "w-nan", "w-٣", "c-cover", "cm-crop", "fo-nowhere", "fo-top_car", "z-0", "w-9,dpr-9", "dpr-0",
    "x-N5", "q-0", "q-101", "q-high", "f-bmp", "f-mp4", "pr-yes", "dn-0", "dn-2000", "pg-0", "pg-2-4", "orig-1",
    "bg-FFF", "bg-12345", "bg-FF0000FF", "bg-currentcolor", "bg-url(x)", "bg-blurred_101", "bg-blurred_1_N300",
    "bg-genfill-x", "b-5", "b-red", "b-_red", "r-1_2", "r-abc", "rt-x", "rt-", "fl-x", "fl-h_h", "bl-0", "bl-101",
    "o-101", "t-100", "t-x", "e-grayscale-5", "e-usm-1-2", "e-usm-1-0-1-1", "e-shadow-bl-16", "e-shadow-q-1",
    "e-shadow-x-N101", "e-gradient-from-x", "cr-", "cr-red_101", "cr-red_1_blue_2", "e-colorize-in-101",
    "e-distort-p-1_2", "e-distort-x", "e-distort-a-400", "e-changebg", "e-edit-prompt-", "e-edit-prompte-%%%",
    "e-dropshadow-el-91", "if-x_gt_1,if-end", "if-w_over_1,if-end", "if-w_gt_x,if-end", "if-,if-end",
    "if-ar_gt_1-0,if-end", "if-w_gt_1,q-50,if-end", "if-w_gt_1,pg-2,if-end", "di-%FF",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_a_malformed_value_is_refused_with_its_place(text):
    with pytest.raises(Invalid, match=r"' at \d+: .+\.$"):
        read([Chain(text)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("o-101", "at most 100 is expected."),
        ("t-0", "at least 1 is expected."),
        ("e-usm-1-0-1-1", "more than 0 is expected."),
        ("e-shadow-x-N101", "at least -100 is expected."),
    ],
)
def test_a_limit_of_the_core_is_worded_like_every_other(text, expected):
    with pytest.raises(Invalid) as refusal:
        read([Chain(text)])
    assert refusal.value.message == f"'{text}' at 0: {expected}"


def test_a_default_image_is_a_path_of_the_library():
    assert read([Chain("di-folder@@no%20photo.jpg,w-300")]).default_image == "/folder/no photo.jpg"


def test_the_path_applies_before_the_query():
    reading = read([Chain("w-300", 3), Chain("rt-90,q-50", 40)])
    expected = (Step((Resize(width=300),)), Step((Rotate(angle=90),)))
    assert reading.transformation == Transformation(expected, wish(quality=50))


def test_a_thumbnail_is_one_frame_as_jpeg_unless_it_says_otherwise():
    still = read([Chain("w-9,pg-1")], thumbnail=True).transformation
    assert still.output == wish(Format.JPEG, still=True)
    webp = read([Chain("pg-2,f-webp")], thumbnail=True).transformation
    assert webp.output == wish(Format.WEBP, page=2, still=True)
