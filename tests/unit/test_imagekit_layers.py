"""Layers: what they show, where they lie, and what may be done to them."""

import pytest

from calotype.dialects.imagekit.grammar import Chain
from calotype.dialects.imagekit.reading import read
from calotype.errors import Invalid
from calotype.operations.colours import CLEAR, Colour
from calotype.operations.flip import Flip
from calotype.operations.focus import Gravity
from calotype.operations.gradient_overlay import GradientOverlay
from calotype.operations.layer import ImageSource, Layer, Mode, SolidSource, TextSource
from calotype.operations.models import RemoveBackground
from calotype.operations.placing import Offset, Position
from calotype.operations.quantities import Expression
from calotype.operations.resize import Resize
from calotype.operations.rotate import Rotate
from calotype.operations.round import Round
from calotype.operations.steps import Branch, Comparison, Step
from calotype.operations.text_style import Align
from calotype.operations.trim import Trim

RED = Colour(red=255, green=0, blue=0)
BLUE = Colour(red=0, green=0, blue=255)
TRIM = Step((Trim(threshold=10),))
LOGO = ImageSource(path="/logo.png")


def layer(text):
    (step,) = read([Chain(text)]).transformation.steps
    (only,) = step.operations
    return only


def words(text):
    return {word.text: word.meaning for word in read([Chain(text)]).words}


def half(variable):
    return Expression(first=variable, rest=(("mul", 0.5),))


FULL = (
    "l-text,i-Every%20thing,lx-10,ly-20,lfo-center,lso-5,leo-15,ldu-10,w-bw_mul_0.5,fs-20,ff-Arial,co-0000ff,"
    "ia-left,pa-5,al-7,tg-b,bg-red,r-10,rt-N45,fl-h,lh-20,l-end"
)
FULL_LAYER = Layer(
    source=TextSource(
        text="Every thing", family="Arial", size=20, colour=BLUE, width=half("bw"), align=Align.LEFT,
        padding=(5, 5, 5, 5), background=RED, bold=True, line_height=20,
    ),
    steps=(Step((Round.all(10), Flip(horizontal=True), Rotate(angle=315))),),
    position=Position(x=Offset(value=10), y=Offset(value=20)),
    opacity=0.7,
)  # fmt: skip

LAYERS = [
    (FULL, FULL_LAYER),
    ("l-image,i-logo.png,l-end", Layer(source=LOGO, steps=(TRIM,))),
    ("l-image,i-logo.png,t-false,l-end", Layer(source=LOGO)),
    ("l-image,i-a.gif,t-false,pg-3,l-end", Layer(source=ImageSource(path="/a.gif", page=3))),
    ("l-image,i-logo.png,t-20,l-end", Layer(source=LOGO, steps=(Step((Trim(threshold=20),)),))),
    ("l-image,i-a@@b@@logo.png,t-false,l-end", Layer(source=ImageSource(path="/a/b/logo.png"))),
    ("l-image,ie-L2EvYi5wbmcv,i-x,t-false,l-end", Layer(source=ImageSource(path="/a/b.png"))),
    (
        "l-image,i-logo.png,w-10:rt-90,l-end",
        Layer(source=LOGO, steps=(Step((Trim(), Resize(width=10))), Step((Rotate(angle=90),)))),
    ),
    ("l-image,i-logo.png,e-bgremove,t-false,l-end", Layer(source=LOGO, steps=(Step((RemoveBackground(),)),))),
    (
        "l-image,i-logo.png,t-false,w-bw_mul_0.5,l-end",
        Layer(source=LOGO, steps=(Step((Resize(width=half("bw")),)),)),
    ),
    ("l-image,i-logo.png,t-false,lm-multiply,l-end", Layer(source=LOGO, mode=Mode.MULTIPLY)),
    (
        "l-image,i-logo.png,t-false,lm-displace,x-10,y-N20,l-end",
        Layer(source=LOGO, mode=Mode.DISPLACE, shift=(10, -20)),
    ),
    (
        "l-image,i-logo.png,t-false,if-w_gt_9,w-9,if-end,l-end",
        None,  # refused: a conditional is alone in its step
    ),
    (
        "l-image,i-logo.png:if-w_gt_9,w-9,if-end,l-end",
        Layer(
            source=LOGO,
            steps=(TRIM, Branch(((Comparison("w", "gt", 9),),), (Step((Resize(width=9),)),))),
        ),
    ),
    (
        "l-image,i-ik_canvas,bg-FF0000,w-300,h-100,l-end",
        Layer(source=SolidSource(width=300, height=100, colour=RED)),
    ),
    ("l-image,i-ik_canvas,bg-FF0000,al-4,l-end", Layer(source=SolidSource(colour=RED), opacity=0.4)),
    (
        "l-image,i-ik_canvas,bg-FF000050,al-4,l-end",
        Layer(source=SolidSource(colour=Colour(red=255, green=0, blue=0, opacity=0.5))),
    ),
    (
        "l-image,i-ik_canvas,e-gradient-ld-90_from-FF0000_to-0000FF,w-bw,h-bh_mul_0.5,r-5,l-end",
        Layer(
            source=SolidSource(width=Expression(first="bw"), height=half("bh"), colour=CLEAR),
            steps=(Step((GradientOverlay(start=RED, end=BLUE, direction=90), Round.all(5))),),
        ),
    ),
    (
        "l-image,i-ik_canvas,bg-FF0000,al-5,e-gradient,l-end",
        Layer(source=SolidSource(colour=RED), steps=(Step((GradientOverlay(),)),), opacity=0.5),
    ),
    ("l-image,i-ik_canvas,bg-red,al-4,l-end", Layer(source=SolidSource(colour=RED))),
    ("l-text,i-Hello-World_2,l-end", Layer(source=TextSource(text="Hello-World_2"))),
    ("l-text,ie-4KS54KS%2F4KSo4KWN4KSm4KWA,l-end", Layer(source=TextSource(text="हिन्दी"))),
    ("l-text,i-plain,ie-YjY0,l-end", Layer(source=TextSource(text="b64"))),
    ("l-text,i-A%2Cb%3Ac,tg-b_i_strikethrough,l-end", Layer(
        source=TextSource(text="A,b:c", bold=True, italic=True, strikethrough=True))),
    ("l-text,i-a,pa-1_2,l-end", Layer(source=TextSource(text="a", padding=(1, 2, 1, 2)))),
    ("l-text,i-a,pa-1_2_3,l-end", Layer(source=TextSource(text="a", padding=(1, 2, 3, 2)))),
    ("l-text,i-a,pa-1_2_3_4,l-end", Layer(source=TextSource(text="a", padding=(1, 2, 3, 4)))),
    ("l-text,i-a,pa-bw_mul_0.5,l-end", Layer(source=TextSource(text="a", padding=(half("bw"),) * 4))),
    ("l-text,i-a,fs-bh_mul_0.5,l-end", Layer(source=TextSource(text="a", size=half("bh")))),
    ("l-text,i-a:rt-30,l-end", Layer(source=TextSource(text="a"), steps=(Step((Rotate(angle=30),)),))),
    (
        "l-image,i-ik_canvas,bg-FF0000,w-300,h-80,r-5,l-text,i-Hello,fs-30,l-end,l-end",
        Layer(
            source=SolidSource(width=300, height=80, colour=RED),
            steps=(Step((Round.all(5), Layer(source=TextSource(text="Hello", size=30)))),),
        ),
    ),
    (
        "l-text,i-a,l-image,i-logo.png,t-false,l-end:rt-30,l-end",
        Layer(
            source=TextSource(text="a"),
            steps=(Step((Layer(source=LOGO),)), Step((Rotate(angle=30),))),
        ),
    ),
    (
        "l-text,i-a:if-w_gt_9,l-text,i-b,l-end,if-end,l-end",
        Layer(
            source=TextSource(text="a"),
            steps=(
                Branch(((Comparison("w", "gt", 9),),), (Step((Layer(source=TextSource(text="b")),)),)),
            ),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row for row in LAYERS if row[1]])
def test_a_documented_layer_is_this_one(text, expected):
    assert layer(text) == expected


POSITIONS = [
    ("", Position()),
    ("lfo-top_left", Position(focus=Gravity.TOP_LEFT)),
    ("lap-bottom,lfo-top", Position(focus=Gravity.TOP)),
    ("lx-10", Position(x=Offset(value=10), y=Offset())),
    ("ly-N0", Position(x=Offset(), y=Offset(value=0, far=True))),
    ("lx-N10,ly-20,lfo-top", Position(x=Offset(value=10, far=True), y=Offset(value=20))),
    ("lxc-10,ly-20", Position(x=Offset(value=10, centre=True), y=Offset(value=20))),
    ("lyc-Nbh_mul_0.5", Position(x=Offset(), y=Offset(value=half("bh"), far=True, centre=True))),
    ("lx-5,lap-bottom_right", Position(x=Offset(value=5), y=Offset(), anchor=Gravity.BOTTOM_RIGHT)),
]


@pytest.mark.parametrize(("text", "expected"), POSITIONS)
def test_a_layer_lies_by_its_focus_or_by_its_coordinates(text, expected):
    assert layer(f"l-text,i-a,{text},l-end").position == expected


def test_a_layer_may_hold_layers_three_deep():
    innermost = layer("l-image,i-a,t-false,l-image,i-b,t-false,l-text,i-c,l-end,l-end,l-end")
    for _ in range(2):
        innermost = innermost.steps[0].operations[0]
    assert innermost == Layer(source=TextSource(text="c"))


def test_a_text_and_a_colour_may_hold_layers_three_deep():
    innermost = layer("l-image,i-ik_canvas,l-text,i-b,l-image,i-ik_canvas,w-9,l-end,l-end,l-end")
    for _ in range(2):
        innermost = innermost.steps[0].operations[0]
    assert innermost == Layer(source=SolidSource(width=9))


def test_layers_of_one_step_lie_in_the_order_in_which_they_are_written():
    (step,) = read([Chain("l-text,i-1,l-end,w-9,l-text,i-2,l-end")]).transformation.steps
    assert step.operations == (
        Resize(width=9), Layer(source=TextSource(text="1")), Layer(source=TextSource(text="2")),
    )  # fmt: skip


def test_what_a_layer_does_not_know_is_ignored():
    noted = words("l-image,i-a,e-upscale,q-5,f-webp,lso-3,pg-2,n-x,l-end")
    for text in ("e-upscale", "q-5", "f-webp", "n-x"):
        assert noted[text] == "ignored: no such parameter here"
    assert noted["lso-3"] == "ignored: only videos have a time"
    assert words("l-text,i-a,pg-2,l-end")["pg-2"] == "ignored: it has nothing to act on in this step"


def test_an_opacity_beside_a_colour_that_says_its_own_is_ignored():
    named, eight = (
        words("l-image,i-ik_canvas,bg-red,al-4,l-end"),
        words("l-image,i-ik_canvas,bg-FF000050,al-4,l-end"),
    )
    assert named["al-4"] == "ignored: a colour that has a name is as opaque as its name says"
    assert eight["al-4"] == "ignored: the colour says its own opacity"


def test_a_font_that_is_not_here_says_what_stands_in_for_it():
    assert words("l-text,i-a,ff-Comic,l-end")["ff-Comic"] == "font: it is not here, Roboto stands in for it"
    assert words("l-text,i-a,ff-Open%20Sans,l-end")["ff-Open%20Sans"] == "font"


@pytest.mark.parametrize(
    "text",
    [
        "l-image,l-end", "l-text,l-end", "l-image,i-,l-end", "l-image,ie-%%,l-end", "l-image,i-%FF,l-end",
        "l-video,i-a.mp4,l-end",
        "l-subtitles,i-a.srt,l-end", "l-shape,i-a,l-end", "l-,i-a,l-end", "l-text,i-a,fs-x,l-end",
        "l-text,i-a,al-10,l-end", "l-text,i-a,tg-u,l-end", "l-text,i-a,ia-middle,l-end",
        "l-text,i-a,pa-1_2_3_4_5,l-end",
        "l-text,i-a,bg-blurred,l-end", "l-text,i-a,co-FFF,l-end", "l-text,i-a,lm-blend,l-end",
        "l-image,i-a,pg-0,l-end",
        "l-text,i-a,lx-1,lxc-1,l-end", "l-text,i-a,lfo-auto,l-end", "l-text,i-a,lx-x,l-end", "l-text,i-%FF,l-end",
        "l-text,i-a,l-text,i-b,l-text,i-c,l-text,i-d,l-end,l-end,l-end,l-end",
        "l-image,i-a,lm-displace,x-999999,l-end", "l-image,i-logo.png,if-w_gt_9,w-9,if-end,w-3,l-end",
    ],
)  # fmt: skip
def test_a_malformed_layer_is_refused_with_its_place(text):
    with pytest.raises(Invalid, match=r"' at \d+: .+\.$"):
        read([Chain(text)])
